/** Are the contenders doing the same work? Same weights and batches must give the same numbers. */
import type { StepCheck } from './contenders'

/**
 * Relative deviations allowed: of the first step, where only rounding differs, and of the later ones, where AdamW has
 * divided by roots of tiny second moments.
 */
export const tolerances = { first: 1e-4, later: 2e-3 } as const

/**
 * The first deviation in words, undefined where two contenders agree.
 * @param expected of the contender that the others are compared with
 */
export function disagreement(
  expected: readonly StepCheck[],
  found: readonly StepCheck[]
): string | undefined {
  if (found.length !== expected.length) {
    return `${found.length} steps instead of ${expected.length} were checked`
  }
  for (let step = 0; step < expected.length; step++) {
    const tolerance = step === 0 ? tolerances.first : tolerances.later
    for (const key of ['loss', 'gradNorm'] as const) {
      const [a, b] = [expected[step]![key], found[step]![key]]
      // Written so that a NaN on either side is a disagreement.
      if (!(Math.abs(a - b) <= tolerance * Math.abs(a))) {
        return `${key} of step ${step} is ${b} instead of ${a}`
      }
    }
  }
  return undefined
}
