/**
 * Which steps get a checkpoint, which of them stay on disk, and what that takes: pure functions of the
 * configuration, so that the trainer, the form and the command line say the same before, during and after a run.
 */
import type { RunConfig } from './config'

export type CheckpointConfig = RunConfig['checkpoints']
type Spacing = Pick<CheckpointConfig, 'every' | 'perDecade' | 'denseEvery' | 'denseUntil'>
type Retention = Pick<CheckpointConfig, 'keep' | 'thin'>

export interface CheckpointSchedule {
  at(step: number): boolean
  /** How many checkpoints fall on steps from 1 to `step`. */
  upTo(step: number): number
}

/**
 * Checkpoints fall on the multiples of `every`, up to `denseUntil` also on those of `denseEvery`, on the log-spaced
 * steps round(10^(k/perDecade)), and on the last step; never on step 0.
 */
export function checkpointSchedule(spacing: Spacing, steps: number): CheckpointSchedule {
  const { every, perDecade, denseEvery, denseUntil } = spacing
  const even = (step: number): boolean => step % every === 0
  const dense = (step: number): boolean => step <= denseUntil && step % denseEvery === 0
  const extras = [...new Set([...logSpaced(perDecade, steps), steps])].filter(
    (step) => !even(step) && !dense(step)
  )
  const isExtra = new Set(extras)
  const both = leastCommonMultiple(every, denseEvery)
  return {
    at: (step) => step > 0 && step <= steps && (even(step) || dense(step) || isExtra.has(step)),
    upTo(step) {
      const last = Math.min(step, steps)
      const inDense = Math.min(last, denseUntil)
      return (
        Math.floor(last / every) +
        (Math.floor(inDense / denseEvery) - Math.floor(inDense / both)) +
        extras.filter((extra) => extra <= last).length
      )
    }
  }
}

/** The steps round(10^(k/perDecade)) from 1 to `steps`, rising and without repetition; none for 0 per decade. */
export function logSpaced(perDecade: number, steps: number): number[] {
  const spaced = new Set<number>()
  for (let k = 0; perDecade > 0; k++) {
    const step = Math.round(10 ** (k / perDecade))
    if (step > steps) break
    spaced.add(step)
  }
  return [...spaced]
}

/**
 * The checkpoints that stay of those there are: the newest `keep`, and of the older ones the first in each of `thin`
 * equal parts of a decade of steps. What stays once would stay again, so it does not matter how often one cleans.
 * @param steps rising
 */
export function retainedCheckpoints(steps: readonly number[], { keep, thin }: Retention): number[] {
  if (keep === null) return [...steps]
  const newest = Math.max(0, steps.length - keep)
  const parts = new Set<number>()
  return steps.filter((step, i) => {
    const part = thin > 0 ? partOf(step, thin) : undefined
    const first = part !== undefined && !parts.has(part)
    if (part !== undefined) parts.add(part)
    return i >= newest || first
  })
}

/** Number of the part of a decade, of `thin` equal ones on a log axis, that a step lies in. */
const partOf = (step: number, thin: number): number =>
  // The sum keeps a part's own first step in it where the logarithm falls short by rounding.
  Math.floor(thin * Math.log10(Math.max(1, step)) + 1e-9)

export interface PlannedCheckpoints {
  /** Checkpoints that the run writes by its schedule. */
  written: number
  /** The most of them that are on disk at once, one that is just being written included. */
  kept: number
  /** States of the ring beside them. How many of these a bend of the metric will keep, nobody knows before. */
  ring: number
}

/** What a run's configuration will write and keep, without the checkpoints that a user asks for. */
export function plannedCheckpoints({
  budget: { steps },
  checkpoints
}: Pick<RunConfig, 'budget' | 'checkpoints'>): PlannedCheckpoints {
  const { keep, thin, ring } = checkpoints
  const { upTo } = checkpointSchedule(checkpoints, steps)
  const written = upTo(steps)
  if (keep === null) return { written, kept: written, ring }
  let parts = 0
  for (let part = 0; thin > 0 && part <= partOf(steps, thin); part++) {
    const [first, end] = [firstStep(part, thin), firstStep(part + 1, thin)]
    if (upTo(end - 1) > upTo(first - 1)) parts++
  }
  return { written, kept: Math.min(written, keep + parts + 1), ring }
}

/** The smallest step of a part. */
const firstStep = (part: number, thin: number): number => Math.ceil(10 ** (part / thin) - 1e-6)

export interface CheckpointForecast extends PlannedCheckpoints {
  bytesEach: number
  /** For what is kept and the ring, before any bend. */
  bytes: number
}

/**
 * Disk space of a run's checkpoints: float32 weights and as many numbers again for each of the optimizer's trees.
 * @param parameterCount scalars in the model
 */
export function forecastCheckpoints(
  config: Pick<RunConfig, 'budget' | 'checkpoints' | 'optimizer'>,
  parameterCount: number
): CheckpointForecast {
  const planned = plannedCheckpoints(config)
  const { filter, window } = config.optimizer.grokfast
  const filterTrees = filter === 'off' ? 0 : filter === 'ema' ? 1 : window
  // Weights, first and second moments; names, shapes, configuration and manifest take a few kilobytes.
  const bytesEach = 4 * parameterCount * (3 + filterTrees) + 16_384
  return { ...planned, bytesEach, bytes: bytesEach * (planned.kept + planned.ring) }
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b]
  while (y > 0) [x, y] = [y, x % y]
  return (a / x) * b
}
