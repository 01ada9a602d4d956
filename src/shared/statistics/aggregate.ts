/**
 * What several seeds say together: mean, spread and interval, of single values or at each step of their curves.
 * Every point counts; nothing is sampled or smoothed. A value that is no number is left out, and `n` says so.
 */
import { tQuantile } from './distributions'

export interface Aggregate {
  /** How many values there were. */
  n: number
  mean: number
  median: number
  min: number
  max: number
  /** Sample standard deviation (n - 1); null for a single value. */
  std: number | null
  /** Standard error of the mean, std / √n. */
  standardError: number | null
  /** The t interval of the mean: mean ± t(n - 1) × standard error; null for a single value. */
  low: number | null
  high: number | null
}

export interface AggregateAt extends Aggregate {
  step: number
}

/** [step, value], step rising; null where the value was no number. */
export type SeedCurve = readonly (readonly [step: number, value: number | null])[]

export const usualLevel = 0.95

/**
 * The aggregate of single values, one per seed; null where none is a number.
 * @param level of the interval, 0.95 for 95 %
 */
export function aggregate(
  values: readonly (number | null)[],
  level: number = usualLevel
): Aggregate | null {
  const known = values.filter((value): value is number => Number.isFinite(value))
  const n = known.length
  if (n === 0) return null
  const mean = meanOf(known)
  const sorted = [...known].sort((a, b) => a - b)
  const extremes = { n, mean, median: medianOf(sorted), min: sorted[0]!, max: sorted[n - 1]! }
  if (n === 1) return { ...extremes, std: null, standardError: null, low: null, high: null }
  const std = Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1))
  const standardError = std / Math.sqrt(n)
  const reach = tQuantile((1 + level) / 2, n - 1) * standardError
  return { ...extremes, std, standardError, low: mean - reach, high: mean + reach }
}

/**
 * The aggregate at every step at which any of the curves has a number, over the curves that have one there: with
 * other evaluation steps per seed, `n` differs from step to step.
 * @param curves one per seed
 * @returns steps rising
 */
export function aggregateCurves(
  curves: readonly SeedCurve[],
  level: number = usualLevel
): AggregateAt[] {
  const valuesAt = new Map<number, number[]>()
  for (const [step, value] of curves.flat()) {
    if (value === null || !Number.isFinite(value)) continue
    const values = valuesAt.get(step)
    if (values) values.push(value)
    else valuesAt.set(step, [value])
  }
  return [...valuesAt]
    .sort(([a], [b]) => a - b)
    .map(([step, values]) => ({ step, ...aggregate(values, level)! }))
}

/** The mean, with a second pass for what rounding left. */
function meanOf(values: readonly number[]): number {
  const first = values.reduce((a, b) => a + b, 0) / values.length
  return first + values.reduce((sum, value) => sum + (value - first), 0) / values.length
}

function medianOf(sorted: readonly number[]): number {
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
