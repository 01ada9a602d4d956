/** Do two groups of values differ in their mean, and by how much? Variances need not be equal. */
import { aggregate, usualLevel } from './aggregate'
import { tQuantile } from './distributions'

export interface WelchInterval {
  /** Mean of the second group minus that of the first. */
  difference: number
  low: number
  high: number
  /** Degrees of freedom by Welch and Satterthwaite; rarely whole. */
  df: number
  n: readonly [first: number, second: number]
}

/**
 * The t interval of the difference of means, second minus first (Welch 1947). Null where a group has fewer than two
 * values, or where neither group varies: then there is no spread to go by.
 * @param level of the interval, 0.95 for 95 %
 */
export function welchInterval(
  first: readonly number[],
  second: readonly number[],
  level: number = usualLevel
): WelchInterval | null {
  const [a, b] = [aggregate(first, level), aggregate(second, level)]
  if (!a || !b || a.standardError === null || b.standardError === null) return null
  const [u, v] = [a.standardError ** 2, b.standardError ** 2]
  if (u + v === 0) return null
  const df = (u + v) ** 2 / (u ** 2 / (a.n - 1) + v ** 2 / (b.n - 1))
  const difference = b.mean - a.mean
  const reach = tQuantile((1 + level) / 2, df) * Math.sqrt(u + v)
  return { difference, low: difference - reach, high: difference + reach, df, n: [a.n, b.n] }
}
