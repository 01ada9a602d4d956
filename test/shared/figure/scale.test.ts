import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  domainOf,
  extentOf,
  linearScale,
  nearestIndex,
  nearestX,
  positionOf,
  scaleFor,
  spreadLabels,
  valueAt,
  valueDomain,
  zeroGap,
  type AxisScale,
  type Point
} from '@shared/figure/scale'

const steps = scaleFor('log', { range: [0, 20_000], least: 1 })
const log: AxisScale = { kind: 'log', zero: null }

describe('a scale', () => {
  it('gives 0 a place of its own left of the smallest positive value on a log axis', () => {
    expect(positionOf(0, steps)).toBe(-zeroGap)
    expect(positionOf(1, steps)).toBe(0)
    expect(positionOf(1000, steps)).toBeCloseTo(3, 12)
    // Where nothing is recorded before step 100, 0 stands beside it.
    const late = scaleFor('log', { range: [0, 5000], least: 100 })
    expect(positionOf(0, late)).toBeCloseTo(2 - zeroGap, 12)
    // Without a 0 to show, there is no place for it.
    expect(positionOf(0, scaleFor('log', { range: [5, 50], least: 5 }))).toBeNull()
  })

  it('finds the value back from its position, whatever the scale', () => {
    const scales: AxisScale[] = [linearScale, steps, { kind: 'symlog', unit: 100 }]
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100_000_000 }),
        fc.constantFrom(...scales),
        fc.boolean(),
        (size, scale, negative) => {
          const value = negative && scale.kind !== 'log' ? -size : size
          const back = valueAt(positionOf(value, scale)!, scale)
          expect(Math.abs(back - value)).toBeLessThanOrEqual(1e-9 * Math.abs(value))
        }
      )
    )
  })

  it('rises with its values', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e9, max: 1e9, noNaN: true }),
        fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
        (value, more) => {
          const scale: AxisScale = { kind: 'symlog', unit: 50 }
          expect(positionOf(value + more, scale)!).toBeGreaterThanOrEqual(positionOf(value, scale)!)
        }
      )
    )
  })

  it('shows values of either sign on a log axis: linear about 0, decades beyond', () => {
    const aligned = scaleFor('log', { range: [-400, 90_000], least: 100 })
    expect([-1000, -100, 0, 50, 100, 1000].map((x) => positionOf(x, aligned))).toEqual(
      [-2, -1, 0, 0.5, 1, 2].map((p) => expect.closeTo(p, 12))
    )
  })

  it('leaves a gap where a log axis has no place for a value', () => {
    expect(positionOf(0, log)).toBeNull()
    expect(positionOf(-3, steps)).toBeNull()
    expect(positionOf(null, linearScale)).toBeNull()
    expect(positionOf(0.01, log)).toBeCloseTo(-2, 12)
  })

  it('has some width even for a single value', () => {
    for (const [range, scale] of [
      [[0, 0], steps],
      [[7, 7], linearScale],
      [[0, 0], linearScale],
      [[-3, -3], linearScale]
    ] as const) {
      const [low, high] = domainOf(range, scale)
      expect(high).toBeGreaterThan(low)
    }
  })
})

it('the extent of lines tells their ends and their least size', () => {
  const lines: Point[][] = [
    [[5, 1]],
    [],
    [
      [0, 1],
      [9, 2]
    ]
  ]
  expect(extentOf(lines)).toEqual({ range: [0, 9], least: 5 })
  expect(extentOf([[[-2, 1]]])).toEqual({ range: [-2, -2], least: 2 })
  expect(extentOf([[[0, 1]]])).toEqual({ range: [0, 0], least: null })
  expect(extentOf([[], []])).toBeNull()
})

describe('a value axis', () => {
  const points: Point[] = [
    [0, 7],
    [10, 0.5],
    [20, null],
    [30, 0]
  ]

  it('holds every value in sight and ignores those out of it', () => {
    const { domain } = valueDomain([points], [0, 30], linearScale)
    expect(domain[0]).toBe(0)
    expect(domain[1]).toBeGreaterThan(7)
    expect(valueDomain([points], [5, 30], linearScale).domain[1]).toBeLessThan(0.6)
    const onLog = valueDomain([points], [0, 30], log)
    expect(onLog.domain[0]).toBeLessThan(Math.log10(0.5))
    expect(onLog.domain[1]).toBeGreaterThan(Math.log10(7))
  })

  it('counts the values that have no place on it', () => {
    expect(valueDomain([points], [0, 30], log).unplaced).toBe(1)
    expect(valueDomain([points], [0, 20], log).unplaced).toBe(0)
    expect(valueDomain([points], [0, 30], linearScale).unplaced).toBe(0)
  })

  it('has width for one value and for none', () => {
    const [low, high] = valueDomain([[[0, 3]]], [0, 1], linearScale).domain
    expect(high).toBeGreaterThan(low)
    expect(valueDomain([[]], [0, 1], log).domain).toEqual([0, 1])
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
    expect(nearestIndex(points, 40, steps)).toBe(3)
    expect(nearestIndex(points, 40, linearScale)).toBe(2)
    expect(nearestIndex(points, 0, steps)).toBe(0)
    expect(nearestIndex(points, 1e9, steps)).toBe(3)
    expect(nearestIndex([], 4, steps)).toBe(-1)
  })

  it('snaps to a recorded x of any line', () => {
    expect(nearestX([points, [[42, null]]], 40, linearScale)).toBe(42)
    expect(nearestX([[], []], 40, linearScale)).toBeNull()
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
