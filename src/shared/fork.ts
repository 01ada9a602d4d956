/**
 * Forks: a run that goes on from a checkpoint of another, with some settings changed. It counts its steps on from
 * there, so order of examples, schedules and evaluations fall where they would have fallen: with nothing changed it
 * is the parent, to the bit.
 */
import { z } from 'zod'
import { settingDifferences } from './compare/setting-differences'
import type { RunConfig } from './config'
import { valueAt } from './config-input'
import type { FieldIssue } from './errors'

/** Where a run began, if not at fresh weights. */
export const ForkOrigin = z.object({
  /** Id of the run that it was forked from. */
  run: z.string(),
  /** The step of the checkpoint. */
  step: z.int().positive(),
  /** `kept`: the optimizer goes on with what it remembers. `reset`: it begins anew, its bias corrections too. */
  moments: z.enum(['kept', 'reset'])
})
export type ForkOrigin = z.infer<typeof ForkOrigin>

/** Settings that a fork may change: none of them has a say in the data or in the shapes of weights. */
const free = [
  /^optimizer\./,
  /^batchSize$/,
  /^(budget|evaluation|checkpoints|engine)\./,
  /^orderSeed$/,
  /^model\.(passes|dropout|l2Wrap|ropeTheta|layerNormEps|rmsNormEps)$/
]

/** Whether a fork may have another value here. */
export const mayChange = (path: string): boolean => free.some((pattern) => pattern.test(path))

/** What the optimizer remembers depends on these: moments of one filter mean nothing to another. */
const remembered = ['optimizer.kind', 'optimizer.grokfast.filter', 'optimizer.grokfast.window']

/**
 * Why a run cannot be forked like this, by setting; none where it can.
 * @param parent the config of the run that is forked
 */
export function forkIssues(
  parent: unknown,
  config: RunConfig,
  { step, moments }: Pick<ForkOrigin, 'step' | 'moments'>
): FieldIssue[] {
  const differing = settingDifferences([parent, config]).map(({ path }) => path)
  const fixed = differing
    .filter((path) => !mayChange(path))
    .map((path) => ({
      path,
      message: 'decides the data or the weights: a fork has that of its parent',
      nearest: valueAt(parent, path.split('.'))
    }))
  /** A scaled loss has a scale and a count of updates among what the optimizer remembers. */
  const rescales = (path: string): boolean =>
    path === 'engine.precision' &&
    [config.engine.precision, valueAt(parent, path.split('.'))].includes('amp-fp16')
  const tooShort =
    config.budget.steps <= step
      ? [{ path: 'budget.steps', message: `must be above the fork's ${step}`, nearest: step + 1 }]
      : []
  const unfit = differing
    .filter((path) => moments === 'kept' && (remembered.includes(path) || rescales(path)))
    .map((path) => ({
      path,
      message: 'changes what the optimizer remembers: reset its moments',
      nearest: valueAt(parent, path.split('.'))
    }))
  return [...fixed, ...tooShort, ...unfit]
}
