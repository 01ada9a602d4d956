/** When things are due: pure functions of the step, so a resumed run keeps the very same schedule. */
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
  const extra = new Set([0, steps])
  for (let k = 0; perDecade > 0; k++) {
    const step = Math.round(10 ** (k / perDecade))
    if (step > steps) break
    extra.add(step)
  }
  return due(every, steps, extra)
}

/** A batch's loss is recorded at each of the first 100 steps, at multiples of `every` and at the last step. */
export function lossDue(every: number, steps: number): Due {
  return due(every, steps, new Set([...Array(101).keys(), steps]))
}

/** Checkpoints fall on multiples of `every` and on the last step. */
export function checkpointDue(every: number, steps: number): Due {
  const schedule = due(every, steps, new Set([steps]))
  return { ...schedule, at: (step) => step > 0 && schedule.at(step) }
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
