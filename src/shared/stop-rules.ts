/**
 * When a run ends before its budget: pure functions of its evaluations so far, so that a resumed run ends at the
 * same step as one that never stopped. There is no rule that stops on a plateau, since grokking comes after one.
 */
import type { BudgetConfig } from './config'
import { crossingOf, definition, type AccuracyCurve, type Crossing } from './milestones'

const testRoles: readonly string[] = ['iid', 'ood', 'test']

/**
 * Why the run ends at `step`, in words, or null where it goes on.
 * - `generalised`: the tests have generalised, by the definition of milestones.ts, and `margin` steps have passed
 *   since the step at which they did.
 * - `target`: the tests have held the target accuracy for as many evaluations as a milestone needs.
 * @param curves accuracy of every split up to `step`, the last evaluation
 */
export function stopReason(
  { stop, margin, target, tests }: BudgetConfig,
  curves: readonly AccuracyCurve[],
  step: number
): string | null {
  if (stop === 'never') return null
  const { thresholds, persistence } = definition
  const tested = curves.filter(({ role, points }) => testRoles.includes(role) && points.length > 0)
  const crossings = tested.map(({ role, points }) =>
    crossingOf(points, stop === 'target' ? target : thresholds[role], persistence)
  )
  const at = tests === 'any' ? earliest(crossings) : latest(crossings)
  if (at === null) return null
  const which = tests === 'any' ? 'a test' : tested.length > 1 ? 'all tests' : 'the test'
  if (stop === 'target') return `${which} reached accuracy ${target} at step ${at}`
  return step >= at + margin
    ? `${which} generalised at step ${at}, and ${margin} steps passed`
    : null
}

const reachedSteps = (crossings: readonly Crossing[]): number[] =>
  crossings.flatMap((crossing) => (crossing.state === 'reached' ? crossing.step : []))

function earliest(crossings: readonly Crossing[]): number | null {
  const steps = reachedSteps(crossings)
  return steps.length > 0 ? Math.min(...steps) : null
}

function latest(crossings: readonly Crossing[]): number | null {
  const steps = reachedSteps(crossings)
  return steps.length > 0 && steps.length === crossings.length ? Math.max(...steps) : null
}
