import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  linearTicks,
  nearestIndex,
  nearestStep,
  shortCount,
  spreadLabels,
  stepAt,
  stepDomain,
  stepPosition,
  stepRange,
  stepTicks,
  valueDomain,
  valuePosition,
  valueTicks,
  zeroPosition,
  type Point
} from '@shared/figure/scale'

describe('the step axis', () => {
  it('gives step 0 a place of its own left of step 1 on a log axis', () => {
    expect(stepPosition(0, 'log')).toBe(zeroPosition)
    expect(zeroPosition).toBeLessThan(stepPosition(1, 'log'))
    expect(stepPosition(1000, 'log')).toBeCloseTo(3, 12)
    expect(stepPosition(1000, 'linear')).toBe(1000)
  })

  it('finds the step back from its position on either scale', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100_000_000 }),
        fc.constantFrom('log' as const, 'linear' as const),
        (step, scale) => stepAt(stepPosition(step, scale), scale) === step
      )
    )
  })

  it('puts ticks on the decades and one on step 0', () => {
    expect(stepTicks(stepDomain([0, 20_000], 'log'), 'log').map((t) => t.label)).toEqual([
      '0',
      '1',
      '10',
      '100',
      '1k',
      '10k'
    ])
  })

  it('falls back to 1-2-5 and to round numbers when zoomed in', () => {
    expect(stepTicks(stepDomain([100, 1000], 'log'), 'log').map((t) => t.label)).toEqual([
      '100',
      '200',
      '500',
      '1k'
    ])
    const near = stepTicks(stepDomain([1200, 1300], 'log'), 'log')
    expect(near.length).toBeGreaterThan(2)
    for (const { position, label } of near) {
      expect(10 ** position).toBeCloseTo(Number(label.replace('k', '')) * 1000, 6)
    }
  })

  it('shows whole steps only, however close', () => {
    expect(stepTicks([3, 5], 'linear').map((t) => t.label)).toEqual(['3', '4', '5'])
  })

  it('has some width even for a single step', () => {
    expect(stepDomain([0, 0], 'log')[1]).toBeGreaterThan(stepDomain([0, 0], 'log')[0])
    expect(stepDomain([7, 7], 'linear')[1]).toBeGreaterThan(7)
  })

  it('spans all lines', () => {
    expect(
      stepRange([
        [[5, 1]],
        [],
        [
          [0, 1],
          [9, 2]
        ]
      ])
    ).toEqual([0, 9])
    expect(stepRange([[], []])).toBeNull()
  })
})

describe('the value axis', () => {
  const points: Point[] = [
    [0, 7],
    [10, 0.5],
    [20, null],
    [30, 0]
  ]

  it('leaves a gap where a log axis has no place for a value', () => {
    expect(valuePosition(0, 'log')).toBeNull()
    expect(valuePosition(null, 'linear')).toBeNull()
    expect(valuePosition(0.01, 'log')).toBeCloseTo(-2, 12)
  })

  it('holds every value in sight and ignores those out of it', () => {
    const [low, high] = valueDomain([points], [0, 30], 'linear')
    expect(low).toBe(0)
    expect(high).toBeGreaterThan(7)
    expect(valueDomain([points], [5, 30], 'linear')[1]).toBeLessThan(0.6)
    const log = valueDomain([points], [0, 30], 'log')
    expect(log[0]).toBeLessThan(Math.log10(0.5))
    expect(log[1]).toBeGreaterThan(Math.log10(7))
  })

  it('has width for one value and for none', () => {
    const [low, high] = valueDomain([[[0, 3]]], [0, 1], 'linear')
    expect(high).toBeGreaterThan(low)
    expect(valueDomain([[]], [0, 1], 'log')).toEqual([0, 1])
  })

  it('labels without the crumbs of binary fractions', () => {
    expect(valueTicks([0, 1], 'linear', 10).map((t) => t.label)).toEqual(
      [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1].map(String)
    )
    expect(valueTicks([-5, -2], 'log').map((t) => t.label)).toEqual([
      '1e-5',
      '1e-4',
      '0.001',
      '0.01'
    ])
  })

  it('never crowds and never leaves an axis bare', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
        (low, width) => {
          const ticks = linearTicks([low, low + width], 8)
          expect(ticks.length).toBeLessThanOrEqual(10)
          expect(ticks.length).toBeGreaterThanOrEqual(2)
          for (const tick of ticks) {
            expect(tick).toBeGreaterThanOrEqual(low - width * 1e-3)
            expect(tick).toBeLessThanOrEqual(low + width * 1.001)
          }
        }
      )
    )
  })
})

describe('the cursor', () => {
  const points: Point[] = [
    [0, 1],
    [1, 1],
    [10, 1],
    [100, 1]
  ]

  it('finds the nearest point as the axis shows it', () => {
    expect(nearestIndex(points, 40, 'log')).toBe(3)
    expect(nearestIndex(points, 40, 'linear')).toBe(2)
    expect(nearestIndex(points, 0, 'log')).toBe(0)
    expect(nearestIndex(points, 1e9, 'log')).toBe(3)
    expect(nearestIndex([], 4, 'log')).toBe(-1)
  })

  it('snaps to a recorded step of any line', () => {
    expect(nearestStep([points, [[42, null]]], 40, 'linear')).toBe(42)
    expect(nearestStep([[], []], 40, 'linear')).toBeNull()
  })
})

describe('labels at the lines’ ends', () => {
  it('keep their distance, their order and their bounds, or give up', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -50, max: 250, noNaN: true }), { minLength: 1, maxLength: 12 }),
        (wanted) => {
          const placed = spreadLabels(wanted, 16, [0, 200])
          expect(placed).not.toBeNull()
          const sorted = [...placed!].sort((a, b) => a - b)
          sorted.forEach((y, i) => {
            expect(y).toBeGreaterThanOrEqual(8 - 1e-9)
            expect(y).toBeLessThanOrEqual(192 + 1e-9)
            if (i > 0) expect(y - sorted[i - 1]!).toBeGreaterThanOrEqual(16 - 1e-9)
          })
          wanted.forEach((a, i) =>
            wanted.forEach((b, j) => {
              if (a < b) expect(placed![i]).toBeLessThan(placed![j]!)
            })
          )
        }
      )
    )
    expect(spreadLabels([1, 2, 3], 16, [0, 40])).toBeNull()
  })

  it('stay where they are when nothing is in the way', () => {
    expect(spreadLabels([100, 40, 170], 16, [0, 200])).toEqual([100, 40, 170])
  })
})

it('writes counts short', () => {
  expect([0, 999, 1000, 2500, 300_000, 1_000_000].map(shortCount)).toEqual([
    '0',
    '999',
    '1k',
    '2.5k',
    '300k',
    '1M'
  ])
})
