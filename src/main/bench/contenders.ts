/** Who is timed: each in a process of its own, of which it is asked for blocks of steps. */
import type { OpTime } from './profile'
import type { Workload } from './workloads'

export type ContenderName =
  | 'grokscope-native'
  | 'grokscope-native-eager'
  | 'grokscope-wasm'
  | 'torch-eager'
  | 'torch-compile'
  | 'torch-eager-restricted'
  | 'torch-compile-restricted'

export type Contender = { name: ContenderName; title: string } & (
  | { runtime: 'node'; engine: 'native' | 'wasm'; record: boolean }
  | {
      runtime: 'python'
      compile: boolean
      /** The last block computes queries and MLP at the answer positions only, as Grokscope's models do. */
      restricted: boolean
    }
)

export const contenders: readonly Contender[] = [
  {
    name: 'grokscope-native',
    title: 'Grokscope, native, recorded',
    runtime: 'node',
    engine: 'native',
    record: true
  },
  {
    name: 'grokscope-native-eager',
    title: 'Grokscope, native, eager',
    runtime: 'node',
    engine: 'native',
    record: false
  },
  {
    name: 'grokscope-wasm',
    title: 'Grokscope, WebAssembly',
    runtime: 'node',
    engine: 'wasm',
    record: false
  },
  {
    name: 'torch-eager',
    title: 'PyTorch, eager',
    runtime: 'python',
    compile: false,
    restricted: false
  },
  {
    name: 'torch-compile',
    title: 'PyTorch, torch.compile',
    runtime: 'python',
    compile: true,
    restricted: false
  },
  {
    name: 'torch-eager-restricted',
    title: 'PyTorch, eager, last block restricted',
    runtime: 'python',
    compile: false,
    restricted: true
  },
  {
    name: 'torch-compile-restricted',
    title: 'PyTorch, torch.compile, last block restricted',
    runtime: 'python',
    compile: true,
    restricted: true
  }
]

/** Those that can run on a GPU. */
export const onGpu = (contender: Contender): boolean =>
  contender.runtime === 'python' || contender.engine === 'native'

/** What a contender has to be told before it can start, once per workload. */
export interface StartRequest {
  type: 'start'
  /** Folder of the exchange (exchange.ts). */
  folder: string
  workload: Workload
  threads: number
  gpu: boolean
  contender: Contender
}

export type Request =
  | StartRequest
  /** So many training steps in a row. */
  | { type: 'block'; steps: number }
  /** Products of two square float32 matrices of this size, the best of those that fit in half a second. */
  | { type: 'matmul'; size: number }
  /** The most memory the process has held at once. */
  | { type: 'memory' }
  /** So many steps, each operation timed by itself: native and eager only. */
  | { type: 'profile'; steps: number }

/** Loss (before the update) and gradient norm (before clipping) of one of the first steps. */
export interface StepCheck {
  loss: number
  gradNorm: number
}

export interface Replies {
  start: {
    /** Of the first `checkedSteps` steps. */
    checks: StepCheck[]
    /** Names and versions of what runs, e.g. `torch`. */
    versions: Record<string, string>
    /** The device in words. */
    device: string
    gpu: boolean
  }
  /** Wall time, and processor time of all its threads. */
  block: { ms: number; cpuMs: number }
  matmul: { gflops: number }
  memory: { peakBytes: number }
  profile: { ops: OpTime[] }
}

/** One line of JSON from the child. */
export type Reply =
  { ok: Replies[keyof Replies] } | { error: { code: string; message: string; hint: string } }

/** Steps whose loss and gradient norm are compared before anything is timed. */
export const checkedSteps = 4
/** The loss is read back at multiples of this, as a run with default settings does. */
export const lossEvery = 10
