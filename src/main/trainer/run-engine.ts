/**
 * The engine of a run: what its settings leave open is chosen here, before TensorFlow loads, and said in the record. A
 * resumed run keeps what it began with.
 */
import { refuseChoice, refuseOptions } from '@shared/engine-config'
import type { EngineChoice, EngineInfo, Job } from '@shared/events'
import { startEngine, type EngineName } from './backend'
import { lastEngine } from './run-folder'
import { findOneDnn, type TrialHost } from './trial'

/** Floating point operations of a run that is worth a trial: some minutes on two cores. */
const worthATrial = 2e13

interface Chosen {
  readonly oneDnn: boolean | undefined
  readonly chosen?: string
}

/**
 * Starts the engine that a job asks for.
 * @param flops floating point operations that lie ahead of the run
 * @param environment where the user may have set oneDNN by hand
 * @throws {UserError} as `startEngine`, and `engine.option` where the engine cannot do what is asked
 */
export async function startRunEngine(
  job: Job,
  flops: number,
  host: TrialHost,
  environment: NodeJS.ProcessEnv = process.env
): Promise<EngineInfo> {
  const { engine: options } = job.config
  const want = engineOf(job.engine)
  const recorded = job.engine !== 'eager'
  // What can be known to fail is refused before the library is loaded.
  refuseChoice(options, job.engine)
  const earlier = job.resume ? lastEngine(job.folder) : undefined
  const threads = options.threads ?? earlier?.threads ?? job.threads ?? null
  const { oneDnn, chosen } = await choose(earlier)
  const xla = options.xla === 'on'
  const started = await startEngine(want, { threads, oneDnn, xla, environment })
  const { name, reason } = started
  refuseOptions(options, { name, recorded, reason })
  return {
    ...{ name, version: started.version },
    detail: [
      started.detail,
      ...(options.precision === 'fp32' ? [] : [options.precision]),
      ...(xla ? ['XLA'] : [])
    ].join(', '),
    ...{ precision: options.precision, xla },
    ...(started.oneDnn !== undefined && { oneDnn: started.oneDnn }),
    ...(started.threads !== undefined && { threads: started.threads }),
    ...(name === 'native' && chosen !== undefined && { chosen }),
    ...(reason !== undefined && { reason })
  }

  async function choose(before: EngineInfo | undefined): Promise<Chosen> {
    const { oneDnn: asked, precision } = options
    if (asked !== 'auto') return { oneDnn: asked === 'on' }
    if (before?.oneDnn !== undefined) {
      return { oneDnn: before.oneDnn, chosen: before.chosen ?? 'oneDNN as before' }
    }
    // Without it TensorFlow has no fast product of bfloat16 numbers.
    if (precision === 'amp-bf16') return { oneDnn: true, chosen: 'oneDNN on for bf16' }
    const byHand = environment['TF_ENABLE_ONEDNN_OPTS'] !== undefined
    const decided = want === 'wasm' || want === 'cpu' || byHand || !recorded
    if (decided || precision !== 'fp32') return { oneDnn: undefined }
    if (flops < worthATrial) {
      return { oneDnn: undefined, chosen: 'oneDNN off: the run is too short for a trial' }
    }
    const found = await findOneDnn(job.config, threads, host)
    if (!found) return { oneDnn: undefined }
    if ('failed' in found) {
      return { oneDnn: undefined, chosen: `oneDNN off: its trial failed (${found.failed})` }
    }
    const { cpuMs, date } = found
    const [on, off] = [`${cpuMs.with} ms with it`, `${cpuMs.without} ms without`]
    return {
      oneDnn: found.oneDnn,
      chosen: `oneDNN ${found.oneDnn ? 'on' : 'off'}: a step took ${on}, ${off} (processor time, trial of ${date})`
    }
  }
}

/** `eager` is the native engine without recordings. */
export const engineOf = (engine: EngineChoice): EngineName | 'auto' =>
  engine === 'eager' ? 'native' : engine
