/** Statistics in words and numbers: page, command line and report say them alike. */
import type { HazardRatio, MeanDifference } from './statistics/comparison'
import type { GroupCurve, GroupTest } from './statistics/group-comparison'

const count = (value: number): string => Math.round(value).toLocaleString('en')

/** "p = 0.021", "p < 0.001". */
export const pText = (p: number): string => (p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`)

/** Three digits: "0.0554", "12.3", "1,230". */
function digits(value: number): string {
  if (Math.abs(value) >= 1000) return count(value)
  const size = Math.abs(value)
  return size > 0 && size < 1e-4 ? value.toExponential(1) : String(Number(value.toPrecision(3)))
}

/** "0.0554 (0.0069 to 0.444)". */
export const ratioText = ({ ratio, low, high }: HazardRatio): string =>
  `${digits(ratio)} (${digits(low)} to ${digits(high)})`

/** "3,400 (1,900 to 4,400)"; "3,400 (no interval)" where runs are too few for one. */
export const differenceText = ({ steps, low, high }: Omit<MeanDifference, 'horizon'>): string =>
  low === null || high === null
    ? `${count(steps)} (no interval)`
    : `${count(steps)} (${count(low)} to ${count(high)})`

/** "later by 3,400 (1,900 to 4,400) steps up to 20,000", said of the second group; earlier where it is. */
export function laterText({ steps, low, high, horizon }: MeanDifference): string {
  const [word, said] =
    steps < 0
      ? (['earlier', { steps: -steps, low: high && -high, high: low && -low }] as const)
      : (['later', { steps, low, high }] as const)
  return `${word} by ${differenceText(said)} steps up to ${count(horizon)}`
}

/** "12,000", "> 20,000" where half of the runs did not get there. */
export function medianText({ median, curve }: Pick<GroupCurve, 'median' | 'curve'>): string {
  return median.step === null ? `> ${count(curve.at(-1)!.step)}` : count(median.step)
}

/** "9,000 to 14,000", "9,000 to unknown"; '' where nothing is known of the lower end. */
export const intervalText = ({ median: { low, high } }: Pick<GroupCurve, 'median'>): string =>
  low === null ? '' : `${count(low)} to ${high === null ? 'unknown' : count(high)}`

/** "χ² = 7.34, 1 df, p = 0.029 by permutation (all 70 assignments)". */
export function testText(test: GroupTest): string {
  const { chiSquare, df, p, orders, exact } = test
  const by = exact ? `all ${count(orders)} assignments` : `${count(orders)} drawn assignments`
  return `χ² = ${chiSquare.toFixed(2)}, ${df} df, ${pText(p)} by permutation (${by})`
}
