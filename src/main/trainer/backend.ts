/**
 * The only file that chooses an engine. An engine is a tfjs backend: `native` is TensorFlow's own library through
 * tfjs-node-gpu, `wasm` needs nothing installed and is many times slower, `cpu` is plain JavaScript for
 * comparisons. Models and trainer speak to tfjs alone and never learn which one runs.
 */
import { createRequire } from 'node:module'
import { cpus } from 'node:os'
import { dirname, sep } from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { UserError } from '@shared/errors'
import type { EngineInfo } from '@shared/events'

export type EngineName = EngineInfo['name']

/** What ran, in the words that are stored with a run, and the library bound to it. */
export interface Engine extends EngineInfo {
  readonly tf: typeof tf
}

export interface EngineOptions {
  /** Loads tfjs-node-gpu, which registers itself with tfjs; a test may put its own failure here. */
  readonly loadNative?: () => void
  /** CPU threads to keep to; null: all. */
  readonly threads?: number | null
  /** oneDNN's kernels; left out: off, unless the user's environment says otherwise. */
  readonly oneDnn?: boolean | undefined
  /** XLA is to compile recorded steps: it must do so before the first one. */
  readonly xla?: boolean
  /** Where TensorFlow's settings are read and, unless the user has set them, written. */
  readonly environment?: NodeJS.ProcessEnv
}

// A bundler must leave these packages alone: they find addon and wasm files beside their own code.
const load = createRequire(__filename)

/**
 * Starts an engine and makes it tfjs's current backend; a second call switches. `auto` is native where it loads,
 * else wasm with the reason kept.
 * @throws {UserError} `engine.native` or `engine.wasm` where the engine asked for cannot run.
 */
export async function startEngine(
  want: EngineName | 'auto',
  options: EngineOptions = {}
): Promise<Engine> {
  tf.enableProdMode() // else tfjs prints an advertisement for its native package
  switch (want) {
    case 'native':
      return startNative(options)
    case 'wasm':
      return startWasm()
    case 'cpu':
      return startCpu()
    case 'auto':
      try {
        return await startNative(options)
      } catch (error) {
        if (!(error instanceof UserError)) throw error
        return { ...(await startWasm()), reason: `${error.message} ${error.hint}` }
      }
    default:
      return want satisfies never
  }
}

async function startNative(options: EngineOptions): Promise<Engine> {
  const environment = options.environment ?? process.env
  // Read when the library loads, once per process. oneDNN takes a third of their speed from recorded graphs on some
  // processors and adds a tenth on others; level 2 keeps TensorFlow's errors and drops its notes about CPU features.
  if (options.oneDnn !== undefined) {
    environment['TF_ENABLE_ONEDNN_OPTS'] = options.oneDnn ? '1' : '0'
  }
  environment['TF_ENABLE_ONEDNN_OPTS'] ??= '0'
  if (options.xla) {
    // Else the first step would run uncompiled, with other last digits than in a run that is resumed there.
    environment['TF_XLA_FLAGS'] =
      `${environment['TF_XLA_FLAGS'] ?? ''} --tf_xla_enable_lazy_compilation=false`.trim()
  }
  const oneDnn = environment['TF_ENABLE_ONEDNN_OPTS'] !== '0'
  environment['TF_CPP_MIN_LOG_LEVEL'] ??= '2'
  // Else the first process takes the GPU's whole memory, and neither a second run nor the desktop has any.
  environment['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true'
  const { threads } = options
  if (threads) {
    environment['TF_NUM_INTRAOP_THREADS'] = String(threads)
    environment['TF_NUM_INTEROP_THREADS'] = String(threads)
  }
  restoreUtil()
  try {
    const loadNative = options.loadNative ?? (() => load('@tensorflow/tfjs-node-gpu'))
    loadNative()
    if (!(await tf.setBackend('tensorflow'))) throw new Error('its backend did not start')
  } catch (error) {
    throw nativeFailure(error)
  }
  const backend = tf.backend() as unknown as {
    binding: { TF_Version: string }
    isUsingGpuDevice: boolean
  }
  const version = backend.binding.TF_Version
  const all = cpus().length
  const cores = threads ? `${threads} of ${all} CPU cores` : `${all} CPU cores`
  const onGpu = backend.isUsingGpuDevice
  const words = [
    `TensorFlow ${version}`,
    onGpu ? 'GPU' : cores,
    ...(oneDnn && !onGpu ? ['oneDNN'] : [])
  ]
  return {
    ...{ tf, name: 'native', version, detail: words.join(', '), oneDnn },
    ...(threads && { threads })
  }
}

/**
 * tfjs-node calls two functions of `util` on every operation. Node 23 took them out, and Node 22 warns of them:
 * both are replaced by the same without the warning.
 */
function restoreUtil(): void {
  const util = load('node:util') as Record<string, unknown>
  util['isNullOrUndefined'] = (value: unknown): boolean => value === null || value === undefined
  util['isArray'] = Array.isArray
}

function nativeFailure(error: unknown): UserError {
  const message = error instanceof Error ? error.message : String(error)
  const missing = /addon module \(tfjs_binding\.node\)|Cannot find module/.test(message)
  const cause = missing ? 'it is not installed' : message.trim().split('\n')[0]
  return new UserError(
    'engine.native',
    `TensorFlow's native engine could not start: ${cause}.`,
    'Run `npm run engine` to install it.'
  )
}

async function startWasm(): Promise<Engine> {
  if (!tf.findBackend('wasm')) {
    const wasm = load('@tensorflow/tfjs-backend-wasm') as { setWasmPaths(folder: string): void }
    wasm.setWasmPaths(dirname(load.resolve('@tensorflow/tfjs-backend-wasm')) + sep)
  }
  if (!(await tf.setBackend('wasm'))) {
    throw new UserError(
      'engine.wasm',
      'The WebAssembly engine could not start.',
      'Run `npm ci` to restore its files, or use the native engine.'
    )
  }
  const version = tf.version['tfjs-core']
  const simd = (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) ? 'SIMD' : 'no SIMD'
  return {
    tf,
    name: 'wasm',
    version,
    detail: `TensorFlow.js ${version} WebAssembly, ${simd}, 1 thread`
  }
}

async function startCpu(): Promise<Engine> {
  await tf.setBackend('cpu')
  const version = tf.version['tfjs-core']
  return { tf, name: 'cpu', version, detail: `TensorFlow.js ${version} plain JavaScript, 1 thread` }
}
