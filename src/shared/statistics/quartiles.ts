/** Quartiles and whiskers of a box plot, said once so that figures can state what they show. */

export interface BoxSummary {
  n: number
  /** The furthest value within 1.5 interquartile ranges of the box. */
  low: number
  q1: number
  median: number
  q3: number
  high: number
}

/** How quartiles and whiskers are defined, for notes and captions. */
export const quartileDefinition =
  'quartiles by linear interpolation (R type 7), whiskers to the furthest run within 1.5 interquartile ranges'

/**
 * The p-quantile by linear interpolation between order statistics (Hyndman and Fan 1996, type 7: the default of R,
 * NumPy and SciPy).
 * @param sorted at least one value, rising
 */
export function quantile(sorted: readonly number[], p: number): number {
  const place = p * (sorted.length - 1)
  const low = Math.floor(place)
  // Without a share of the next one: it may be infinite.
  if (place === low) return sorted[low]!
  return sorted[low]! + (place - low) * (sorted[low + 1]! - sorted[low]!)
}

/** Null without values. */
export function boxSummary(values: readonly number[]): BoxSummary | null {
  const sorted = values.toSorted((a, b) => a - b)
  if (sorted.length === 0) return null
  const [q1, median, q3] = [0.25, 0.5, 0.75].map((p) => quantile(sorted, p)) as [
    number,
    number,
    number
  ]
  const reach = 1.5 * (q3 - q1)
  // A whisker never ends inside of its box.
  const low = Math.min(q1, ...sorted.filter((value) => value >= q1 - reach))
  const high = Math.max(q3, ...sorted.filter((value) => value <= q3 + reach))
  return { n: sorted.length, low, q1, median, q3, high }
}
