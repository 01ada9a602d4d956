/**
 * How a run is computed, apart from what it computes: read before TensorFlow loads, recorded with the run as it really
 * was, and kept when the run is resumed. All of it moves at least the last digits of every sum.
 */
import { z } from 'zod'
import { UserError } from './errors'
import type { EngineChoice } from './events'
import { field } from './field'
import type { Refuse } from './model-config'

export const EngineConfig = z.strictObject({
  precision: field(z.enum(['fp32', 'amp-bf16', 'amp-fp16']).default('fp32'), {
    label: 'Precision',
    help: 'fp32: single precision throughout. amp-bf16, amp-fp16: the matrix products of a training step take and give half precision, all else and every evaluation stays in single precision; fp16 with loss scaling, and updates whose gradients overflow are left out. Native engine with recorded steps only.',
    group: 'budget',
    advanced: true,
    source: 'Micikevicius et al. 2018, arXiv 1710.03740'
  }),
  xla: field(z.enum(['auto', 'on', 'off']).default('auto'), {
    label: 'XLA',
    help: 'on: XLA compiles the training step before the first one, which takes 5 to 20 seconds. auto: off, since on processors it gained nothing. Native engine with recorded steps only.',
    group: 'budget',
    advanced: true
  }),
  oneDnn: field(z.enum(['auto', 'on', 'off']).default('auto'), {
    label: 'oneDNN',
    help: "The kernels of Intel's library on a processor, which gain on some and lose on others. auto: a run that takes some minutes is tried with and without, once per machine and kind of step; others run without; amp-bf16 runs with them.",
    group: 'budget',
    advanced: true
  }),
  threads: field(z.int().min(1).max(1024).nullable().default(null), {
    label: 'Threads',
    help: 'CPU threads to keep to. Empty: all cores, or for the cells of a study their share of them.',
    group: 'budget',
    advanced: true
  })
})
export type EngineConfig = z.infer<typeof EngineConfig>

/** Rules that span settings. */
export function checkEngine(
  config: {
    engine: EngineConfig
    optimizer: { grokfast: { filter: 'off' | 'ema' | 'ma' }; keepNorm: boolean }
  },
  refuse: Refuse
): void {
  // The filter's weights go by the number of the step, which an update that is left out would shift.
  if (config.engine.precision === 'amp-fp16' && config.optimizer.grokfast.filter !== 'off') {
    refuse(['engine', 'precision'], 'cannot be amp-fp16 where optimizer.grokfast.filter is on')
  }
}

/**
 * Refuses what the engine that a run asks for cannot do, before anything is written. Where it may be any, its trainer says so.
 * @throws {UserError} `engine.option`
 */
export function refuseChoice(config: EngineConfig, choice: EngineChoice): void {
  if (choice === 'auto') return
  const eager = choice === 'eager'
  refuseOptions(config, { name: eager ? 'native' : choice, recorded: !eager })
}

/**
 * What an engine cannot do of what is asked.
 * @param runs the engine, and whether its steps are recorded
 * @throws {UserError} `engine.option`, naming the setting
 */
export function refuseOptions(
  config: EngineConfig,
  runs: { name: 'native' | 'wasm' | 'cpu'; recorded: boolean; reason?: string | undefined }
): void {
  const { precision, xla, oneDnn, threads } = config
  const native = runs.name === 'native'
  const because = runs.reason ? ` ${runs.reason}` : ''
  const engine = native ? 'the native engine, operation by operation,' : `the ${runs.name} engine`
  const refuse = (setting: string, value: unknown, cure: string): never => {
    throw new UserError(
      'engine.option',
      `engine.${setting} is ${String(value)}, which ${engine} cannot do.${because}`,
      cure
    )
  }
  const recorded = 'Train on the native engine with recorded steps (engine auto or native)'
  if (precision !== 'fp32' && !(native && runs.recorded)) {
    refuse('precision', precision, `${recorded}, or set engine.precision to fp32.`)
  }
  if (xla === 'on' && !(native && runs.recorded)) {
    refuse('xla', xla, `${recorded}, or set engine.xla to auto.`)
  }
  if (oneDnn === 'on' && !native) {
    refuse('oneDnn', oneDnn, 'Train on the native engine, or set engine.oneDnn to auto.')
  }
  if (threads !== null && threads > 1 && !native) {
    refuse('threads', threads, 'Train on the native engine, or leave engine.threads empty.')
  }
}
