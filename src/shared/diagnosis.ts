/**
 * What this machine can train on, what is missing, and what to do about it: one diagnosis for the command line
 * (`grokscope doctor --json` prints it) and the Machine screen. Made in src/main/doctor.
 */
import { z } from 'zod'
import { EngineInfo } from './events'

const EngineName = EngineInfo.shape.name

/**
 * What an engine says of itself after it started and computed. A trainer process that is asked for a probe
 * answers with one of these and ends; one whose engine breaks the process answers nothing.
 */
export const ProbeAnswer = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('works'),
    name: EngineName,
    version: z.string(),
    detail: z.string(),
    device: z.enum(['gpu', 'cpu']),
    /** 10^9 floating point operations a second in a product of two square float32 matrices. */
    gflops: z.number()
  }),
  z.object({ type: z.literal('refused'), message: z.string(), hint: z.string() })
])
export type ProbeAnswer = z.infer<typeof ProbeAnswer>

/**
 * `problem`: nothing can be trained or recorded until it is mended. `warning`: training works, below what this
 * machine could do or at a risk. `note`: worth knowing.
 */
export const FindingLevel = z.enum(['problem', 'warning', 'note'])
export type FindingLevel = z.infer<typeof FindingLevel>

export const NextStep = z.object({
  /** One sentence: what to do. */
  text: z.string(),
  /** A command for a terminal in Grokscope's folder, where one does it. */
  command: z.string().optional()
})
export type NextStep = z.infer<typeof NextStep>

export const Finding = z.object({
  /** Stable, machine-readable kind, e.g. `gpu.driverOld`. */
  id: z.string(),
  level: FindingLevel,
  /** One sentence: what was found, with the value. */
  sentence: z.string(),
  next: NextStep.nullable()
})
export type Finding = z.infer<typeof Finding>

export const EngineReport = z.object({
  name: EngineName,
  ok: z.boolean(),
  version: z.string().nullable(),
  detail: z.string().nullable(),
  device: z.enum(['gpu', 'cpu']).nullable(),
  gflops: z.number().nullable(),
  /** Why it cannot be used. */
  reason: z.string().nullable(),
  /** The native engine only: which TensorFlow build is installed, `cpu` or `cuda`. */
  build: z.string().optional()
})
export type EngineReport = z.infer<typeof EngineReport>

export const GpuReport = z.object({
  name: z.string(),
  /** As the driver says it, e.g. `143771 MiB`. */
  memory: z.string(),
  driver: z.string(),
  /** CUDA's number for a generation of cards, e.g. `9.0`; null where the driver does not tell. */
  computeCapability: z.string().nullable()
})
export type GpuReport = z.infer<typeof GpuReport>

export const LibraryReport = z.object({
  folder: z.string(),
  exists: z.boolean(),
  writable: z.boolean(),
  freeBytes: z.number().nullable(),
  /** Bytes a second of one synced write; null where the folder does not exist yet or did not take it. */
  writeBytesPerSecond: z.number().nullable(),
  /** Version of SQLite, null where it cannot be loaded. */
  sqlite: z.string().nullable(),
  /** Why nothing can be recorded there. */
  reason: z.string().nullable(),
  /** What is wrong with where it lies (a network, a synchronised folder), in a sentence. */
  place: z.string().nullable().default(null)
})
export type LibraryReport = z.infer<typeof LibraryReport>

export const Diagnosis = z.object({
  version: z.string(),
  /** As in `linux x64`. */
  platform: z.string(),
  /** The operating system in words. */
  system: z.string(),
  node: z.string(),
  cpu: z.object({
    model: z.string(),
    cores: z.int(),
    /** Vector instructions that TensorFlow's kernels choose between; null where they cannot be asked for. */
    features: z.array(z.string()).nullable()
  }),
  memory: z.object({ totalBytes: z.number(), freeBytes: z.number() }),
  gpus: z.array(GpuReport),
  gpu: z.object({
    /** Whether the engine computes on a GPU. */
    used: z.boolean(),
    /** Why it does not, as a clause that completes "because". */
    reason: z.string().nullable(),
    /** CUDA's and cuDNN's libraries that the engine's GPU build loads, with the file it would find, or null. */
    libraries: z.array(z.object({ name: z.string(), path: z.string().nullable() }))
  }),
  engines: z.array(EngineReport),
  library: LibraryReport,
  findings: z.array(Finding),
  /** What training runs on; `nothing` if it cannot. */
  trainsOn: z.enum(['gpu', 'cpu', 'wasm', 'nothing']),
  /** One sentence. */
  verdict: z.string(),
  /** What to do next. */
  next: z.string(),
  ok: z.boolean(),
  /** A run that was at work meanwhile: rates are lower than they could be. */
  busy: z.string().nullable(),
  /** Unix milliseconds. */
  at: z.number(),
  tookMs: z.number()
})
export type Diagnosis = z.infer<typeof Diagnosis>
