/** Machines for the doctor: a whole one, and what makes others of it. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { EngineOutcome } from '../../src/main/doctor/engine-probe'
import { readAnswer, type NvidiaAnswer } from '../../src/main/doctor/nvidia'
import type { Observations } from '../../src/main/doctor/observations'
import { requirements } from '../../src/main/doctor/requirements'
import type { ProgramResult } from '../../src/main/doctor/run-program'

/** A text of test/fixtures/machines. */
export const recorded = (name: string): string =>
  readFileSync(resolve('test/fixtures/machines', `${name}.txt`), 'utf8')

export const said = (change: Partial<ProgramResult> = {}): ProgramResult => ({
  ...{ code: 0, missing: false, signal: null, timedOut: false, stdout: '', stderr: '' },
  ...change
})

/** What nvidia-smi means by such a text. */
export const nvidia = (name: string, code = 0): NvidiaAnswer =>
  readAnswer(said({ stdout: recorded(`smi-${name}`), code }))

const details = {
  native: 'TensorFlow 2.21.0, 8 CPU cores',
  wasm: 'TensorFlow.js 4.22.0 WebAssembly, SIMD, 1 thread',
  cpu: 'TensorFlow.js 4.22.0 plain JavaScript, 1 thread'
}

/** An engine that works. */
export function works(
  name: EngineOutcome['name'],
  gflops: number,
  device: 'cpu' | 'gpu' = 'cpu',
  words = ''
): EngineOutcome {
  const version = name === 'native' ? '2.21.0' : '4.22.0'
  const detail = device === 'gpu' ? 'TensorFlow 2.21.0, GPU' : details[name]
  const answer = { type: 'works' as const, name, version, detail, device, gflops }
  return { name, answer, ended: null, signal: null, words }
}

/** An engine that says why not. */
export const refuses = (name: EngineOutcome['name'], message: string): EngineOutcome => ({
  ...{ name, ended: null, signal: null, words: '' },
  answer: { type: 'refused', message, hint: 'Run `npm run engine` to install it.' }
})

/** An engine that takes its process along, or never answers. */
export const breaks = (
  name: EngineOutcome['name'],
  ended: 'silent' | 'hung',
  signal: string | null = null,
  words = ''
): EngineOutcome => ({ name, answer: null, ended, signal, words })

/** The same machine with another native engine. */
export const withNative = (native: EngineOutcome): Observations['engines'] => [
  native,
  works('wasm', 20),
  works('cpu', 0.8)
]

/** A Linux machine without a GPU on which everything is as it should be. */
export function machine(change: Partial<Observations> = {}): Observations {
  return {
    platform: 'linux',
    arch: 'x64',
    cpu: { model: 'AMD Ryzen 7 5700G', cores: 8, features: ['avx', 'avx2', 'fma'] },
    memory: { totalBytes: 32 * 2 ** 30, freeBytes: 24 * 2 ** 30 },
    wsl: null,
    displayVendors: ['0x1a03'],
    nvidia: { state: 'missing' },
    visibleDevices: undefined,
    libraries: requirements.libraries.map(({ name }) => ({ name, path: null })),
    installed: {
      ...{ folder: '/app/tfjs-node-gpu', build: 'cpu', addon: true, addonArch: 'x64' },
      failure: null
    },
    engines: withNative(works('native', 310)),
    library: {
      ...{ folder: '/home/ada/.local/share/grokscope', exists: true, writable: true },
      ...{ freeBytes: 200 * 2 ** 30, writeBytesPerSecond: 900 * 2 ** 20 },
      ...{ sqlite: '3.54.1', reason: null, place: null }
    },
    busy: null,
    ...change
  }
}

/** One with an H200, its driver and the engine's GPU build. */
export function gpuMachine(change: Partial<Observations> = {}): Observations {
  const whole = machine()
  return {
    ...whole,
    displayVendors: ['0x10de'],
    nvidia: nvidia('h200'),
    libraries: whole.libraries.map(({ name }) => ({ name, path: `/app/deps/nvidia/${name}` })),
    installed: { ...whole.installed, build: 'cuda' },
    engines: withNative(works('native', 38_000, 'gpu')),
    ...change
  }
}
