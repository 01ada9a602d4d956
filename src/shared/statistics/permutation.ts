/**
 * The log-rank test with a handful of runs: its p value by permutation instead of by a chi-square, which is too sure
 * of itself there. Observed minus expected events of a group are the sum, over its runs, of one fixed score each,
 *
 *     score = event - sum over the steps of events up to the run's own of (events / runs at risk)
 *
 * of all runs pooled (Peto and Peto 1972), so the test is a permutation test of that sum: who is in which group is
 * exchanged, the scores stay. All assignments are gone through where there are few enough; else so many are drawn,
 * and the one that was seen counts as one of them (Phipson and Smyth 2010), so that no p is 0. R's package coin
 * does the same (logrank_test with an exact or an approximate distribution).
 *
 * It is exact where runs of all groups are censored alike (Heimann and Neuhaus 1998), as they are with one budget.
 */
import type { Rng } from '../rng'
import type { Lifetime } from './survival'

export interface PermutationTest {
  /** Two-sided: the share of assignments whose groups lie at least as far apart as those that were seen. */
  p: number
  /** How many assignments it was told from. */
  orders: number
  /** Whether these are all there are; else they were drawn. */
  exact: boolean
}

/** All assignments are gone through up to so many: 9 against 9 runs are 48,620. */
export const mostOrders = 50_000
/** Else so many are drawn: the standard error of a p of 0.05 is 0.0015. */
export const drawnOrders = 20_000

/**
 * Null where it says nothing: fewer than two groups with runs, or no event while two groups were at risk.
 * @param rng draws assignments where there are too many; called only then
 */
export function permutationLogRank(
  groups: readonly (readonly Lifetime[])[],
  rng: () => Rng
): PermutationTest | null {
  const sizes = groups.map(({ length }) => length).filter((size) => size > 0)
  if (sizes.length < 2 || !metAtRisk(groups)) return null
  const scores = logRankScores(groups.flat())
  // Sums of the same scores in another order differ in their last digits.
  const bound = distance(sumsOf(scores, sizes), sizes) * (1 - 1e-9) - 1e-12
  const all = countOrders(sizes)
  // Sorted, so that what is drawn does not depend on which group is named first.
  const rising = (a: number, b: number): number => a - b
  if (all > mostOrders) return byDraws(scores.sort(rising), sizes.sort(rising), bound, rng())
  let far = 0
  eachOrder(scores, sizes, (found) => {
    if (distance(found, sizes) >= bound) far++
  })
  return { p: far / all, orders: all, exact: true }
}

/**
 * The smallest p that groups of these sizes can have: complete separation is one of all assignments, and so is its
 * mirror image where the sizes are equal.
 */
export function leastP(a: number, b: number): number {
  return Math.min(1, (a === b ? 2 : 1) / countOrders([a, b]))
}

/** Scores in the order of the runs; they sum to zero. */
export function logRankScores(runs: readonly Lifetime[]): number[] {
  const steps = [...new Set(runs.filter(({ event }) => event).map(({ step }) => step))].sort(
    (a, b) => a - b
  )
  let hazard = 0
  const upTo = steps.map((at) => {
    const events = runs.filter(({ step, event }) => event && step === at).length
    hazard += events / runs.filter(({ step }) => step >= at).length
    return { at, hazard }
  })
  return runs.map(({ step, event }) => {
    const before = upTo.findLast(({ at }) => at <= step)?.hazard ?? 0
    return Number(event) - before
  })
}

/** Whether an event came while two groups were at risk. */
function metAtRisk(groups: readonly (readonly Lifetime[])[]): boolean {
  return groups
    .flat()
    .some(
      ({ step: at, event }) =>
        event && groups.filter((runs) => runs.some(({ step }) => step >= at)).length > 1
    )
}

/** How far the groups' sums lie from what is expected, 0, each by its size; of two groups the square of the sum. */
const distance = (sums: readonly number[], sizes: readonly number[]): number =>
  sums.reduce((total, sum, i) => total + sum ** 2 / sizes[i]!, 0)

/** Sums of consecutive parts of these sizes. */
function sumsOf(scores: ArrayLike<number>, sizes: readonly number[]): number[] {
  let from = 0
  return sizes.map((size) => {
    let sum = 0
    for (const end = from + size; from < end; from++) sum += scores[from]!
    return sum
  })
}

/** The multinomial coefficient: in how many ways runs can be put into groups of these sizes. */
function countOrders(sizes: readonly number[]): number {
  let [orders, placed] = [1, 0]
  for (const size of sizes) {
    for (let i = 1; i <= size; i++) orders *= (placed + i) / i
    placed += size
  }
  return Math.round(orders)
}

/** Calls back with the groups' sums for every way to put the runs into groups of these sizes. */
function eachOrder(
  scores: readonly number[],
  sizes: readonly number[],
  found: (sums: readonly number[]) => void
): void {
  const room = [...sizes]
  const sums = sizes.map(() => 0)
  const place = (run: number): void => {
    if (run === scores.length) return found(sums)
    for (let group = 0; group < room.length; group++) {
      if (room[group] === 0) continue
      const before = sums[group]!
      room[group]!--
      sums[group] = before + scores[run]!
      place(run + 1)
      room[group]!++
      sums[group] = before
    }
  }
  place(0)
}

function byDraws(
  scores: readonly number[],
  sizes: readonly number[],
  bound: number,
  rng: Rng
): PermutationTest {
  const mixed = Float64Array.from(scores)
  const chosen = scores.length - sizes.at(-1)!
  let far = 1
  for (let draw = 0; draw < drawnOrders; draw++) {
    // Fisher and Yates, up to where the last group gets what is left.
    for (let i = 0; i < chosen; i++) {
      const j = i + rng.int(mixed.length - i)
      const held = mixed[i]!
      mixed[i] = mixed[j]!
      mixed[j] = held
    }
    if (distance(sumsOf(mixed, sizes), sizes) >= bound) far++
  }
  return { p: far / (drawnOrders + 1), orders: drawnOrders, exact: false }
}
