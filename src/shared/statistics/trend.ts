/**
 * Whether a curve still moves at its end: the slope of a straight line through its last part, by least squares, with
 * an interval that allows for evaluations that follow one another being alike (Newey and West 1987: Bartlett weights,
 * floor(4 (n / 100)^(2/9)) lags as they suggested in 1994, n / (n - 2) for few points).
 */
import { usualLevel } from './aggregate'
import { tQuantile } from './distributions'

export interface Trend {
  /** Of the line, from the window's first to its last step. */
  change: number
  /** Bounds of the change. */
  low: number
  high: number
  /** Mean value in the window. */
  mean: number
  /** Evaluations in the window, and the steps of the first and last. */
  n: number
  from: number
  to: number
}

/** With fewer points a line goes through them too well: a window that holds fewer is widened to so many. */
export const leastPoints = 8

/**
 * The trend over the last part of a curve; null where the whole curve holds too few numbers.
 * @param points [step, value], step rising; a value that is null is left out
 * @param share of the steps up to the last one that the window covers, above 0 and at most 1
 */
export function trendAtEnd(
  points: readonly (readonly [step: number, value: number | null])[],
  share: number,
  level: number = usualLevel
): Trend | null {
  const known = points.filter(
    (point): point is readonly [number, number] => point[1] !== null && Number.isFinite(point[1])
  )
  if (known.length < leastPoints) return null
  const since = known.at(-1)![0] * (1 - share)
  const inside = known.filter(([step]) => step >= since).length
  const window = known.slice(-Math.max(inside, leastPoints))
  const n = window.length
  const mean = (of: 0 | 1): number => window.reduce((sum, point) => sum + point[of], 0) / n
  const [meanStep, meanValue] = [mean(0), mean(1)]
  const x = window.map(([step]) => step - meanStep)
  const squares = x.reduce((sum, value) => sum + value ** 2, 0)
  const slope = window.reduce((sum, [, y], i) => sum + x[i]! * (y - meanValue), 0) / squares
  const scores = window.map(([, y], i) => x[i]! * (y - meanValue - slope * x[i]!))
  const error = Math.sqrt(longRunVariance(scores) * (n / (n - 2))) / squares
  const reach = tQuantile((1 + level) / 2, n - 2) * error
  const [from, to] = [window[0]![0], window[n - 1]![0]]
  const span = to - from
  return {
    ...{ change: slope * span, low: (slope - reach) * span, high: (slope + reach) * span },
    ...{ mean: meanValue, n, from, to }
  }
}

/** The variance of the scores' sum, with what neighbours have in common. */
function longRunVariance(scores: readonly number[]): number {
  const lags = Math.floor(4 * (scores.length / 100) ** (2 / 9))
  const product = (lag: number): number =>
    scores.slice(lag).reduce((sum, score, i) => sum + score * scores[i]!, 0)
  let variance = product(0)
  for (let lag = 1; lag <= lags; lag++) variance += 2 * (1 - lag / (lags + 1)) * product(lag)
  // Bartlett's weights keep it above 0 but for rounding.
  return Math.max(0, variance)
}
