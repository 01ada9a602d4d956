/** All groups of a study against one another: one test over all, and each pair with its effect sizes. */
import { createRng } from '../rng'
import {
  hazardRatio,
  logRank,
  meanDifference,
  type HazardRatio,
  type LogRank,
  type MeanDifference
} from './comparison'
import { permutationLogRank, type PermutationTest } from './permutation'
import {
  medianStep,
  survivalCurve,
  type Lifetime,
  type MedianStep,
  type SurvivalStep
} from './survival'

export interface GroupCurve {
  key: string
  runs: number
  events: number
  curve: SurvivalStep[]
  median: MedianStep
}

/** The log-rank statistic, and its p value by permutation: groups of seeds are small. */
export type GroupTest = Pick<LogRank, 'chiSquare' | 'df'> & PermutationTest

export interface PairComparison {
  first: string
  second: string
  test: GroupTest | null
  /** The p value after Holm's correction for the number of pairs. */
  adjustedP: number | null
  /** Of the second to the first: above 1 it generalises sooner. */
  hazardRatio: HazardRatio | null
  meanDifference: MeanDifference | null
}

export interface GroupStatistics {
  groups: GroupCurve[]
  test: GroupTest | null
  pairs: PairComparison[]
  /** Whether only pairs with the first group are here: there were too many groups for all. */
  againstFirst: boolean
}

/** Above so many groups, each is compared with the first alone. */
const mostGroups = 8

export function compareGroups(
  groups: readonly { key: string; lifetimes: readonly Lifetime[] }[]
): GroupStatistics {
  const filled = groups.filter(({ lifetimes }) => lifetimes.length > 0)
  const againstFirst = filled.length > mostGroups
  const pairs = filled.flatMap((first, i) =>
    againstFirst && i > 0 ? [] : filled.slice(i + 1).map((second) => compare(first, second))
  )
  const adjusted = holm(pairs.map(({ test }) => test?.p ?? null))
  return {
    groups: filled.map(({ key, lifetimes }) => {
      const curve = survivalCurve(lifetimes)
      const events = lifetimes.filter(({ event }) => event).length
      return { key, runs: lifetimes.length, events, curve, median: medianStep(curve) }
    }),
    test: testGroups(filled.map(({ lifetimes }) => lifetimes)),
    pairs: pairs.map((pair, i) => ({ ...pair, adjustedP: adjusted[i]! })),
    againstFirst
  }
}

/**
 * Whether groups differ in when the event comes; null where that cannot be tested. What has to be drawn comes from
 * one seed, so that page, command line and report say the same.
 */
export function testGroups(groups: readonly (readonly Lifetime[])[]): GroupTest | null {
  const key = JSON.stringify(groups.map((runs) => runs.map(({ step, event }) => [step, event])))
  const found = tested.get(key)
  if (found !== undefined) return found
  const test = compute(groups)
  const [oldest] = tested.keys()
  if (tested.size >= mostTested) tested.delete(oldest!)
  tested.set(key, test)
  return test
}

/** By what was tested: a page asks again whenever a run reports a step, which most of the time changes no lifetime. */
const tested = new Map<string, GroupTest | null>()
const mostTested = 200

function compute(groups: readonly (readonly Lifetime[])[]): GroupTest | null {
  const statistic = logRank(groups)
  const permutation = permutationLogRank(groups, () => createRng(0, 'log-rank'))
  if (!statistic || !permutation) return null
  const { chiSquare, df } = statistic
  return { chiSquare, df, ...permutation }
}

function compare(
  first: { key: string; lifetimes: readonly Lifetime[] },
  second: { key: string; lifetimes: readonly Lifetime[] }
): PairComparison {
  const both = [first.lifetimes, second.lifetimes] as const
  return {
    first: first.key,
    second: second.key,
    test: testGroups(both),
    adjustedP: null,
    hazardRatio: hazardRatio(...both),
    meanDifference: meanDifference(...both)
  }
}

/** Holm 1979: the k-th smallest of m p values times m - k + 1, made to rise, at most 1. Nulls are no tests. */
export function holm(values: readonly (number | null)[]): (number | null)[] {
  const tests = values.flatMap((p, i) => (p === null ? [] : [{ p, i }])).sort((a, b) => a.p - b.p)
  const adjusted: (number | null)[] = values.map(() => null)
  let most = 0
  for (const [rank, { p, i }] of tests.entries()) {
    most = Math.max(most, Math.min(1, p * (tests.length - rank)))
    adjusted[i] = most
  }
  return adjusted
}
