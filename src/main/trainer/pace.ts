import type { Progress, RunPace } from '@shared/events'

/**
 * How fast a run goes and when it will end. Steps, evaluations and checkpoints are timed apart, so pauses cost
 * nothing and a slow evaluation does not pass for slow steps.
 *
 * Each is taken at the mean of its middle half (the interquartile mean, steps weighted by the length of their stretch):
 * the first of a kind records its graph and is compiled, others are held up by what else the machine does, and
 * neither says anything of those to come. The range spans the 10th to the 90th percentile of all three.
 */
export interface Pace {
  /** A stretch of steps took this long, without the evaluations, checkpoints and pauses in it. */
  steps(count: number, ms: number): void
  evaluation(ms: number): void
  checkpoint(ms: number): void
  /** Plain means of all that was told so far; 0 for what has not happened yet. */
  means(): RunPace
  /** `left` counts the evaluations and checkpoints between `step` and the end. */
  progress(
    step: number,
    steps: number,
    left: { evaluations: number; checkpoints: number }
  ): Progress
}

/** So many stretches of steps, and evaluations or checkpoints, are the recent ones. */
const recent = { stretches: 40, others: 10 }

export function createPace(): Pace {
  const steps = createTimes(recent.stretches)
  const evaluations = createTimes(recent.others)
  const checkpoints = createTimes(recent.others)

  return {
    steps: steps.add,
    evaluation: (ms) => evaluations.add(1, ms),
    checkpoint: (ms) => checkpoints.add(1, ms),
    means: () => ({
      stepMs: steps.mean(),
      evaluationMs: evaluations.mean(),
      checkpointMs: checkpoints.mean()
    }),
    progress(step, end, left) {
      const middle = steps.within(0.25, 0.75)
      if (middle === 0) {
        return { step, steps: end, stepsPerSecond: null, etaMs: null, expectedMs: null }
      }
      const total = (low: number, high: number): number =>
        (end - step) * steps.within(low, high) +
        left.evaluations * evaluations.within(low, high) +
        left.checkpoints * checkpoints.within(low, high)
      const expectedMs = total(0.25, 0.75)
      return {
        step,
        steps: end,
        stepsPerSecond: 1000 / middle,
        etaMs: [total(0.1, 0.1), total(0.9, 0.9)],
        expectedMs
      }
    }
  }
}

/** How long something took, each time that it happened. */
interface Times {
  /** `count` of them took `ms` together. */
  add(count: number, ms: number): void
  /** Milliseconds of one: the mean of all ever told; 0 before the first. */
  mean(): number
  /**
   * Milliseconds of one: the mean of the recent between two quantiles, or the quantile where the two are the same;
   * 0 before the first.
   */
  within(low: number, high: number): number
}

function createTimes(most: number): Times {
  const all = { count: 0, ms: 0 }
  const kept: { count: number; each: number }[] = []
  return {
    add(count, ms) {
      all.count += count
      all.ms += ms
      kept.push({ count, each: ms / count })
      if (kept.length > most) kept.shift()
    },
    mean: () => (all.count > 0 ? all.ms / all.count : 0),
    within(low, high) {
      const total = kept.reduce((sum, { count }) => sum + count, 0)
      let [from, ms, weight] = [0, 0, 0]
      for (const { count, each } of [...kept].sort((a, b) => a.each - b.each)) {
        const to = from + count
        if (low === high && to >= low * total) return each
        // How many of this stretch lie between the quantiles.
        const share = Math.max(0, Math.min(to, high * total) - Math.max(from, low * total))
        ms += share * each
        weight += share
        from = to
      }
      return weight > 0 ? ms / weight : 0
    }
  }
}
