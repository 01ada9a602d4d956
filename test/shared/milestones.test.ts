import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  crossingOf,
  definition,
  describeCrossing,
  describeDelay,
  latestOf,
  milestonesOf,
  RunMilestones,
  type CurvePoint
} from '@shared/milestones'

/** Evaluations at multiples of 100, from 0. */
const every100 = (...values: (number | null)[]): CurvePoint[] => values.map((v, i) => [100 * i, v])

describe('a crossing', () => {
  it('is the first evaluation of three at or above the threshold, with the one before', () => {
    const points = every100(0, 0.5, 0.99, 0.9, 0.99, 1, 0.995, 0.2)
    expect(crossingOf(points, 0.99, 3)).toEqual({ state: 'reached', step: 400, after: 300 })
  })

  it('does not last over a value that is no number', () => {
    expect(crossingOf(every100(1, 1, null, 1), 0.9, 3)).toEqual({
      state: 'open',
      step: 300,
      after: 200
    })
  })

  it('is open while too few evaluations follow, and censored below the threshold', () => {
    expect(crossingOf(every100(0, 0, 1, 1), 0.9, 3).state).toBe('open')
    expect(crossingOf(every100(0, 1, 1, 0.89), 0.9, 3)).toEqual({ state: 'censored', at: 300 })
  })

  it('at the first evaluation has nothing before it but step 0', () => {
    const points: CurvePoint[] = [10, 20, 30].map((step) => [step, 1])
    expect(crossingOf(points, 0.9, 3)).toEqual({ state: 'reached', step: 10, after: 0 })
  })

  it('agrees with the definition read literally, for any curve', () => {
    const value = fc.oneof(fc.constant(null), fc.double({ min: 0, max: 1, noNaN: true }))
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 30 }),
        fc.double({ min: 0.1, max: 0.9, noNaN: true }),
        fc.integer({ min: 1, max: 5 }),
        (values, threshold, persistence) => {
          const holds = (i: number): boolean => (values[i] ?? -1) >= threshold
          const first = values.findIndex((_, i) =>
            [...Array(persistence).keys()].every((k) => i + k < values.length && holds(i + k))
          )
          const crossing = crossingOf(every100(...values), threshold, persistence)
          expect(crossing.state === 'reached' ? crossing.step : -100).toBe(100 * first)
        }
      )
    )
  })

  it('never moves once it is reached, whatever is evaluated later', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (later) => {
        const points = every100(0, 0.4, 1, 1, 1)
        const [early, late] = [points, every100(...points.map(([, v]) => v), ...later)]
        expect(crossingOf(late, 0.9, 3)).toEqual(crossingOf(early, 0.9, 3))
      })
    )
  })
})

describe('the latest of several crossings', () => {
  it('waits for all of them', () => {
    const early = { state: 'reached', step: 10, after: 5 } as const
    const late = { state: 'reached', step: 30, after: 20 } as const
    expect(latestOf([late, early])).toEqual(late)
    expect(latestOf([early, { state: 'censored', at: 50 }])).toEqual({ state: 'censored', at: 50 })
    expect(latestOf([late, { ...early, state: 'open' }])?.state).toBe('open')
    expect(latestOf([])).toBeNull()
  })
})

describe('the events of a run', () => {
  const train = {
    split: 'train_inferred',
    role: 'train',
    points: every100(0, 0.6, 1, 1, 1, 1, 1, 1, 1)
  } as const
  const iid = {
    split: 'test_inferred_iid',
    role: 'iid',
    points: every100(0, 0.2, 0.3, 0.3, 0.5, 0.96, 0.97, 0.98, 1)
  } as const
  const ood = {
    split: 'test_inferred_ood',
    role: 'ood',
    points: every100(0, 0.2, 0.3, 0.3, 0.5, 0.4, 0.3, 0.3, 0.2)
  } as const

  it('hold the delay with the brackets of both ends', () => {
    const { memorisation, splits, at } = milestonesOf([train, iid, ood])!
    expect(at).toBe(800)
    expect(memorisation).toEqual({ state: 'reached', step: 200, after: 100 })
    // Generalised in (400, 500], memorised in (100, 200].
    expect(splits[1]).toMatchObject({
      threshold: 0.95,
      crossing: { step: 500, after: 400 },
      delay: { steps: 300, low: 200, high: 400 }
    })
    expect(splits[2]).toMatchObject({
      crossing: { state: 'censored', at: 800 },
      delay: { steps: null, low: 600, high: null }
    })
    expect(splits[0]!.delay).toBeNull()
  })

  it('have no delay before the run has memorised', () => {
    const early = { ...train, points: every100(0, 0.6, 0.9) }
    const { memorisation, splits } = milestonesOf([early, iid])!
    expect(memorisation).toEqual({ state: 'censored', at: 200 })
    expect(splits[1]!.delay).toBeNull()
  })

  it('tell plateau and rise', () => {
    const { splits } = milestonesOf([train, iid])!
    const [a, b, c] = [0.97, 0.98, 1]
    const mean = (a + b + c) / 3
    const std = Math.sqrt(((a - mean) ** 2 + (b - mean) ** 2 + (c - mean) ** 2) / 2)
    const plateau = splits[1]!.plateau!
    expect(plateau).toMatchObject({ evaluations: 3, from: 600 })
    expect(plateau.mean).toBeCloseTo(mean, 12)
    expect(plateau.std).toBeCloseTo(std, 12)
    expect(splits[1]!.rise).toEqual({ from: 0, to: 500 })
    expect(splits[0]!.rise).toEqual({ from: 0, to: 200 })
    const flat = milestonesOf([{ ...ood, points: every100(0.5, 0.5, 0.55) }])!
    expect(flat.splits[0]!.rise).toBeNull()
  })

  it('are none without evaluations, and fit their schema with them', () => {
    expect(milestonesOf([{ ...train, points: [] }])).toBeNull()
    const milestones = milestonesOf([train, iid, ood])
    expect(RunMilestones.parse(milestones)).toEqual(milestones)
    expect(
      RunMilestones.safeParse({ ...milestones, version: definition.version + 1 }).success
    ).toBe(false)
  })

  it('are said in words', () => {
    expect(describeCrossing({ state: 'reached', step: 1200, after: 1000 })).toBe(
      '1,200 (after 1,000)'
    )
    expect(describeCrossing({ state: 'censored', at: 40000 })).toBe('not by 40,000')
    expect(describeDelay({ steps: 300, low: 200, high: 400 })).toBe('300 (200 to 400)')
    expect(describeDelay({ steps: null, low: 600, high: null })).toBe('more than 600')
  })
})
