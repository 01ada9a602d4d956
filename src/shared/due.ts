/** When evaluations and losses are due: pure functions of the step, so a resumed run keeps the very same schedule. */
import { logSpaced } from './checkpoint-schedule'

export interface Due {
  at(step: number): boolean
  /** How many due steps lie behind `step`, up to the end of the run. */
  left(step: number): number
}

/**
 * Evaluations: step 0, the log-spaced steps round(10^(k/perDecade)), the multiples of `every`, and always the
 * last step.
 */
export function evaluationDue(schedule: { every: number; perDecade: number }, steps: number): Due {
  const { every, perDecade } = schedule
  return due(every, steps, new Set([0, ...logSpaced(perDecade, steps), steps]))
}

/** A batch's loss is recorded at each of the first 100 steps, at multiples of `every` and at the last step. */
export function lossDue(every: number, steps: number): Due {
  return due(every, steps, new Set([...Array(101).keys(), steps]))
}

function due(every: number, steps: number, extra: ReadonlySet<number>): Due {
  const extras = [...extra].filter((step) => step <= steps && step % every !== 0)
  return {
    at: (step) => step % every === 0 || extra.has(step),
    left: (step) =>
      Math.floor(steps / every) -
      Math.floor(step / every) +
      extras.filter((other) => other > step).length
  }
}
