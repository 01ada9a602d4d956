/**
 * The permutation test against an enumeration of its own: every subset by its bits, with observed and expected events
 * of each tallied anew over the steps, instead of fixed scores and recursion.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRng } from '@shared/rng'
import { testGroups } from '@shared/statistics/group-comparison'
import {
  drawnOrders,
  leastP,
  logRankScores,
  mostOrders,
  permutationLogRank
} from '@shared/statistics/permutation'
import type { Lifetime } from '@shared/statistics/survival'

const unused = () => expect.fail('small groups need no draws')
const events = (...steps: number[]): Lifetime[] => steps.map((step) => ({ step, event: true }))

/** Observed minus expected events of the runs that are `inside`, step by step. */
function difference(runs: readonly Lifetime[], inside: (i: number) => boolean): number {
  let sum = 0
  for (const at of new Set(runs.filter(({ event }) => event).map(({ step }) => step))) {
    const atRisk = runs.map(({ step }) => step >= at)
    const here = runs.map(({ step, event }) => event && step === at)
    const count = (flags: boolean[], own: boolean): number =>
      flags.filter((flag, i) => flag && (!own || inside(i))).length
    sum += count(here, true) - (count(here, false) * count(atRisk, true)) / count(atRisk, false)
  }
  return sum
}

function enumerated(first: readonly Lifetime[], second: readonly Lifetime[]) {
  const runs = [...first, ...second]
  const seen = Math.abs(difference(runs, (i) => i < first.length))
  let [far, all] = [0, 0]
  for (let bits = 0; bits < 2 ** runs.length; bits++) {
    const inside = (i: number): boolean => ((bits >> i) & 1) === 1
    if (runs.filter((_, i) => inside(i)).length !== first.length) continue
    all++
    if (Math.abs(difference(runs, inside)) >= seen - 1e-9) far++
  }
  return { p: far / all, orders: all }
}

const lifetimes = (minLength: number, maxLength: number) =>
  fc.array(fc.record({ step: fc.integer({ min: 1, max: 9 }), event: fc.boolean() }), {
    minLength,
    maxLength
  })

describe('the log-rank test by permutation', () => {
  it('equals the enumeration of all assignments, ties and censored runs included', () => {
    let tested = 0
    fc.assert(
      fc.property(lifetimes(1, 5), lifetimes(1, 4), (a, b) => {
        const found = permutationLogRank([a, b], unused)
        if (!found) return
        tested++
        expect(found).toEqual({ ...enumerated(a, b), exact: true })
      }),
      { seed: 1, numRuns: 150 }
    )
    expect(tested).toBeGreaterThan(100)
  })

  it('of four runs a side that are completely apart is 2 of 70, of three 2 of 20', () => {
    const apart = [events(1, 2, 3, 4), events(5, 6, 7, 8)]
    expect(permutationLogRank(apart, unused)).toEqual({ p: 2 / 70, orders: 70, exact: true })
    expect(permutationLogRank([events(1, 2, 3), events(7, 8, 9)], unused)!.p).toBe(0.1)
    expect([leastP(4, 4), leastP(3, 3), leastP(1, 3), leastP(0, 9)]).toEqual([2 / 70, 0.1, 0.25, 1])
    // By hand: with sizes that differ the mirror image lies nearer than what was seen.
    expect(permutationLogRank([events(1), events(5, 6, 7)], unused)!.p).toBe(
      enumerated(events(1), events(5, 6, 7)).p
    )
  })

  it('has scores that sum to zero, and to O - E of every group', () => {
    const runs = [...events(3, 3, 5), { step: 4, event: false }, { step: 9, event: false }]
    const scores = logRankScores(runs)
    expect(scores.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 12)
    expect(scores[0]! + scores[1]!).toBeCloseTo(
      difference(runs, (i) => i < 2),
      12
    )
  })

  it('over three groups counts every assignment to them', () => {
    // By hand: 6! / (2! 2! 2!) = 90, and complete separation in one of 3! orders of the groups.
    const found = permutationLogRank([events(1, 2), events(3, 4), events(5, 6)], unused)!
    expect(found.orders).toBe(90)
    expect(found.p * 90).toBeCloseTo(Math.round(found.p * 90), 9)
    expect(found.p).toBeLessThan(0.2)
  })

  it('draws where there are too many, near to the exact p, and the same every time', () => {
    const steps = Array.from({ length: 10 }, (_, i) => i + 1)
    const [a, b] = [events(...steps), events(...steps.map((step) => step + 3.5))]
    const seeded = () => createRng(3, 'test')
    const found = permutationLogRank([a, b], seeded)!
    expect(found).toMatchObject({ orders: drawnOrders, exact: false })
    expect(permutationLogRank([a, b], seeded)).toEqual(found)
    expect(permutationLogRank([b, a], seeded)).toEqual(found)
    // All 184,756, here by fixed scores alone: more than the test itself goes through.
    const scores = logRankScores([...a, ...b])
    const seen = Math.abs(scores.slice(0, 10).reduce((x, y) => x + y, 0))
    let [far, all] = [0, 0]
    for (let bits = 0; bits < 2 ** 20; bits++) {
      let sum = 0
      let size = 0
      for (let i = 0; i < 20; i++) {
        if (((bits >> i) & 1) === 0) continue
        sum += scores[i]!
        size++
      }
      if (size !== 10) continue
      all++
      if (Math.abs(sum) >= seen - 1e-9) far++
    }
    expect(all).toBeGreaterThan(mostOrders)
    const exact = far / all
    // Five standard errors.
    expect(Math.abs(found.p - exact)).toBeLessThan(
      5 * Math.sqrt((exact * (1 - exact)) / drawnOrders)
    )
  })

  it('says nothing where there is nothing to compare', () => {
    const never = [{ step: 5, event: false }]
    expect(permutationLogRank([never, never], unused)).toBeNull()
    expect(permutationLogRank([events(1), []], unused)).toBeNull()
    // The one group was gone when the other's event came.
    expect(permutationLogRank([never, events(6)], unused)).toBeNull()
    expect(testGroups([never, events(6)])).toBeNull()
  })
})
