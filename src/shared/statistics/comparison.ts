/**
 * Do groups differ in when the event comes, and by how much? A test alone says little: each pair also has its
 * hazard ratio with an interval, and the difference of restricted mean steps, which is in steps and needs no
 * proportional hazards (Royston and Parmar 2013).
 */
import { usualLevel } from './aggregate'
import { chiSquareTail, normalQuantile } from './distributions'
import { survivalCurve, type Lifetime } from './survival'

export interface LogRank {
  chiSquare: number
  /** Groups minus one. */
  df: number
  p: number
}

/**
 * The log-rank test that all groups have the same hazard (Mantel 1966; Peto and Peto 1972), against a chi-square
 * with one degree of freedom less than there are groups. Null where it says nothing: fewer than two groups with
 * runs, or no event while two groups were at risk.
 */
export function logRank(groups: readonly (readonly Lifetime[])[]): LogRank | null {
  const filled = groups.filter((runs) => runs.length > 0)
  if (filled.length < 2) return null
  const { observed, expected, covariance } = tally(filled)
  // One row is redundant: the differences sum to zero.
  const difference = observed.slice(1).map((o, i) => o - expected[i + 1]!)
  const inner = covariance.slice(1).map((row) => row.slice(1))
  const solved = solve(inner, difference)
  if (!solved) return null
  const chiSquare = difference.reduce((sum, d, i) => sum + d * solved[i]!, 0)
  const df = filled.length - 1
  return { chiSquare, df, p: chiSquareTail(chiSquare, df) }
}

export interface HazardRatio {
  /** How much more often, at any step, a run of the second group has the event than one of the first. */
  ratio: number
  low: number
  high: number
}

/**
 * The hazard ratio of `second` to `first` from the log-rank tally, exp((O - E) / V) with standard error 1 / √V of
 * its logarithm (Peto's one-step estimate: Yusuf et al. 1985). Null where no event came while both were at risk.
 */
export function hazardRatio(
  first: readonly Lifetime[],
  second: readonly Lifetime[],
  level: number = usualLevel
): HazardRatio | null {
  if (first.length === 0 || second.length === 0) return null
  const { observed, expected, covariance } = tally([first, second])
  const variance = covariance[1]![1]!
  if (variance <= 0) return null
  const log = (observed[1]! - expected[1]!) / variance
  const reach = normalQuantile((1 + level) / 2) / Math.sqrt(variance)
  return { ratio: Math.exp(log), low: Math.exp(log - reach), high: Math.exp(log + reach) }
}

export interface RestrictedMean {
  /** Mean steps without the event up to `horizon`: the area under S. */
  mean: number
  standardError: number
}

/**
 * The mean step of the event restricted to a horizon, with the standard error of Klein and Moeschberger 2003,
 * equation 4.5.2 (Greenwood's form).
 */
export function restrictedMean(runs: readonly Lifetime[], horizon: number): RestrictedMean {
  const inside = survivalCurve(runs).filter(({ step, events }) => events > 0 && step < horizon)
  const from = [0, ...inside.map(({ step }) => step)]
  const survival = [1, ...inside.map(({ fraction }) => 1 - fraction)]
  const areas = from.map((step, i) => survival[i]! * ((from[i + 1] ?? horizon) - step))
  const total = (after: number): number => areas.slice(after).reduce((a, b) => a + b, 0)
  const variance = inside.reduce((sum, { atRisk, events }, i) => {
    const rest = atRisk - events
    return rest === 0 ? sum : sum + (total(i + 1) ** 2 * events) / (atRisk * rest)
  }, 0)
  return { mean: total(0), standardError: Math.sqrt(variance) }
}

export interface MeanDifference {
  /** Steps that the second group takes longer than the first, up to the horizon. */
  steps: number
  /** Null where a group has one run, whose spread nothing tells, or where no step differs from another. */
  low: number | null
  high: number | null
  horizon: number
}

/**
 * The difference of restricted means, second minus first, up to the last step at which both curves are known.
 * Null where a group has no runs, or where neither has an event by then: both then lie at the horizon, and how
 * surely is not known.
 */
export function meanDifference(
  first: readonly Lifetime[],
  second: readonly Lifetime[],
  level: number = usualLevel
): MeanDifference | null {
  if (first.length === 0 || second.length === 0) return null
  const horizon = commonHorizon(first, second)
  if (![...first, ...second].some(({ step, event }) => event && step <= horizon)) return null
  const [a, b] = [restrictedMean(first, horizon), restrictedMean(second, horizon)]
  const steps = b.mean - a.mean
  const standardError = Math.hypot(a.standardError, b.standardError)
  if (Math.min(first.length, second.length) < 2 || standardError === 0) {
    return { steps, low: null, high: null, horizon }
  }
  const reach = normalQuantile((1 + level) / 2) * standardError
  return { steps, low: steps - reach, high: steps + reach, horizon }
}

/** A curve is known up to its last run, and for ever where that run had the event: nothing is left at risk. */
function commonHorizon(first: readonly Lifetime[], second: readonly Lifetime[]): number {
  const ends = [first, second].map((runs) => {
    const last = Math.max(...runs.map(({ step }) => step))
    return { last, open: runs.some(({ step, event }) => step === last && !event) }
  })
  const open = ends.filter((end) => end.open).map(({ last }) => last)
  return open.length > 0 ? Math.min(...open) : Math.max(...ends.map(({ last }) => last))
}

interface Tally {
  /** Per group: events seen, and those expected if all groups had one hazard. */
  observed: number[]
  expected: number[]
  /** Of observed - expected, groups x groups: the hypergeometric one, summed over the steps of events. */
  covariance: number[][]
}

function tally(groups: readonly (readonly Lifetime[])[]): Tally {
  const zero = groups.map(() => 0)
  const sums: Tally = {
    observed: [...zero],
    expected: [...zero],
    covariance: groups.map(() => [...zero])
  }
  const all = groups.flat()
  const steps = new Set(all.filter(({ event }) => event).map(({ step }) => step))
  for (const at of steps) {
    const atRisk = groups.map((runs) => runs.filter(({ step }) => step >= at).length)
    const events = groups.map((runs) => runs.filter((r) => r.event && r.step === at).length)
    const n = atRisk.reduce((a, b) => a + b, 0)
    const d = events.reduce((a, b) => a + b, 0)
    const spread = n > 1 ? (d * (n - d)) / (n - 1) : 0
    for (const [i, ni] of atRisk.entries()) {
      sums.observed[i]! += events[i]!
      sums.expected[i]! += (d * ni) / n
      for (const [j, nj] of atRisk.entries()) {
        sums.covariance[i]![j]! += spread * (ni / n) * ((i === j ? 1 : 0) - nj / n)
      }
    }
  }
  return sums
}

/** x with A x = b by elimination with pivots; null where A is singular to within rounding. */
function solve(a: readonly (readonly number[])[], b: readonly number[]): number[] | null {
  const rows = a.map((row, i) => [...row, b[i]!])
  const size = rows.length
  const scale = Math.max(...a.flat().map(Math.abs))
  for (let column = 0; column < size; column++) {
    const below = rows.slice(column)
    const pivot = below.reduce((x, y) => (Math.abs(y[column]!) > Math.abs(x[column]!) ? y : x))
    if (Math.abs(pivot[column]!) <= scale * 1e-12) return null
    const at = rows.indexOf(pivot)
    rows[at] = rows[column]!
    rows[column] = pivot
    for (const [i, row] of rows.entries()) {
      if (i === column) continue
      const factor = row[column]! / pivot[column]!
      rows[i] = row.map((value, j) => value - factor * pivot[j]!)
    }
  }
  return rows.map((row, i) => row[size]! / row[i]!)
}
