import type { Progress, RunPace } from '@shared/events'

/**
 * How fast a run goes and when it will end. Steps, evaluations and checkpoints are timed apart, so pauses cost
 * nothing and a slow evaluation does not pass for slow steps. The range spans the 10th to the 90th percentile
 * of the recent stretches of steps.
 */
export interface Pace {
  /** A stretch of steps took this long, without the evaluations, checkpoints and pauses in it. */
  steps(count: number, ms: number): void
  evaluation(ms: number): void
  checkpoint(ms: number): void
  /** Of all that was told so far; 0 for what has not happened yet. */
  means(): RunPace
  /** `left` counts the evaluations and checkpoints between `step` and the end. */
  progress(
    step: number,
    steps: number,
    left: { evaluations: number; checkpoints: number }
  ): Progress
}

const stretches = 40

export function createPace(): Pace {
  const recent: { count: number; ms: number }[] = []
  const evaluations = mean()
  const checkpoints = mean()
  const all = { count: 0, ms: 0 }

  return {
    steps(count, ms) {
      all.count += count
      all.ms += ms
      recent.push({ count, ms })
      if (recent.length > stretches) recent.shift()
    },
    evaluation: evaluations.add,
    checkpoint: checkpoints.add,
    means: () => ({
      stepMs: all.count > 0 ? all.ms / all.count : 0,
      evaluationMs: evaluations.value(),
      checkpointMs: checkpoints.value()
    }),
    progress(step, steps, left) {
      const count = recent.reduce((sum, s) => sum + s.count, 0)
      const ms = recent.reduce((sum, s) => sum + s.ms, 0)
      if (count === 0 || ms === 0) {
        return { step, steps, stepsPerSecond: null, etaMs: null, expectedMs: null }
      }
      const perStep = recent.map((s) => s.ms / s.count).sort((a, b) => a - b)
      const at = (share: number): number => perStep[Math.round(share * (perStep.length - 1))]!
      const fixed = left.evaluations * evaluations.value() + left.checkpoints * checkpoints.value()
      const middle = ms / count
      const low = Math.min(at(0.1), middle)
      const high = Math.max(at(0.9), middle)
      return {
        step,
        steps,
        stepsPerSecond: (1000 * count) / ms,
        etaMs: [(steps - step) * low + fixed, (steps - step) * high + fixed],
        expectedMs: (steps - step) * middle + fixed
      }
    }
  }
}

/** Mean of the last ten values, 0 before the first. */
function mean(): { add(value: number): void; value(): number } {
  const values: number[] = []
  return {
    add(value) {
      values.push(value)
      if (values.length > 10) values.shift()
    },
    value: () => (values.length ? values.reduce((a, b) => a + b, 0) / values.length : 0)
  }
}
