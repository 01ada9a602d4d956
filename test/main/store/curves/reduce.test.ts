import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { positionOf, scaleFor, type AxisScale } from '@shared/figure/scale'
import { reduceCurve, reducePath } from '../../../../src/main/store/curves/reduce'

const array = (values: readonly (number | null)[]): Float64Array =>
  Float64Array.from(values, (value) => value ?? NaN)

/** Straight from the definition: for every pixel column, its points by filter, then those that stay. */
function naive(
  x: Float64Array,
  y: Float64Array,
  scale: AxisScale,
  [low, high]: readonly [number, number],
  columns: number
): number[] {
  const [left, right] = [positionOf(low, scale)!, positionOf(high, scale)!]
  const within = [...x.keys()].filter((i) => x[i]! >= low && x[i]! <= high)
  const columnOf = (i: number): number => {
    if (right <= left) return 0
    const share = (positionOf(x[i]!, scale)! - left) / (right - left)
    return Math.min(columns - 1, Math.floor(share * columns))
  }
  const kept = new Set<number>()
  for (let column = 0; column < columns; column++) {
    const own = within.filter((i) => columnOf(i) === column)
    if (own.length === 0) continue
    const finite = own.filter((i) => !Number.isNaN(y[i]!))
    const values = finite.map((i) => y[i]!)
    const first = (wanted: number): number => finite.find((i) => y[i] === wanted)!
    const gap = own.find((i) => Number.isNaN(y[i]!))
    for (const i of [own[0]!, own.at(-1)!]) kept.add(i)
    if (finite.length > 0)
      for (const v of [Math.min(...values), Math.max(...values)]) kept.add(first(v))
    if (gap !== undefined) kept.add(gap)
  }
  const before = [...x.keys()].findLast((i) => x[i]! < low)
  const after = [...x.keys()].find((i) => x[i]! > high)
  return [
    ...(before === undefined ? [] : [before]),
    ...[...kept].sort((a, b) => a - b),
    ...(after === undefined ? [] : [after])
  ]
}

const curve = fc
  .uniqueArray(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 300 })
  .chain((steps) =>
    fc
      .array(fc.option(fc.integer({ min: -5, max: 5 }), { freq: 8 }), {
        minLength: steps.length,
        maxLength: steps.length
      })
      .map((values) => ({ x: array(steps.sort((a, b) => a - b)), y: array(values) }))
  )

describe('reducing a curve', () => {
  it('equals the naive selection per pixel column, on both scales, zoomed or not', () => {
    fc.assert(
      fc.property(
        curve,
        fc.constantFrom('log' as const, 'linear' as const),
        fc.integer({ min: 1, max: 60 }),
        fc.tuple(fc.nat(5000), fc.nat(5000)),
        fc.boolean(),
        ({ x, y }, kind, columns, [a, b], zoomed) => {
          const all = [x[0]!, x.at(-1)!] as const
          const scale = scaleFor(kind, { range: all, least: x.find((v) => v > 0) ?? null })
          const least = kind === 'log' && all[0] > 0 ? 1 : 0
          const range = zoomed
            ? ([Math.max(least, Math.min(a, b)), Math.max(least, a, b)] as const)
            : all
          const kept = reduceCurve(x, [y], { scale, range, columns })
          expect(kept.indices).toEqual(naive(x, y, scale, range, columns))
          expect(kept.total).toBe(x.filter((v) => v >= range[0] && v <= range[1]).length)
        }
      )
    )
  })

  it('never hides a spike, nor the first value that is not finite', () => {
    const x = Float64Array.from({ length: 100_000 }, (_, i) => i)
    const y = new Float64Array(100_000).fill(1)
    y[54_321] = 9
    y[77_777] = NaN
    for (const kind of ['log', 'linear'] as const) {
      const scale = scaleFor(kind, { range: [0, 99_999], least: 1 })
      const { indices } = reduceCurve(x, [y], { scale, range: [0, 99_999], columns: 50 })
      expect(indices).toContain(54_321)
      expect(indices).toContain(77_777)
      expect(indices.length).toBeLessThanOrEqual(5 * 50)
      expect([indices[0], indices.at(-1)]).toEqual([0, 99_999])
    }
  })

  it('gives every decade of a log axis the same width', () => {
    const x = Float64Array.from({ length: 100_000 }, (_, i) => i + 1)
    const y = x.map((_, i) => Math.sin(i))
    const scale = scaleFor('log', { range: [1, 100_000], least: 1 })
    const { indices } = reduceCurve(x, [y], { scale, range: [1, 100_000], columns: 500 })
    const inDecade = (from: number): number =>
      indices.filter((i) => x[i]! >= from && x[i]! < 10 * from).length
    // 100 columns a decade: four points in each where there are as many.
    expect(inDecade(10_000)).toBeGreaterThan(390)
    expect(inDecade(1000)).toBeGreaterThan(380)
    expect(inDecade(1)).toBe(9)
  })

  it('keeps the extremes of a band’s ends as well', () => {
    const x = Float64Array.from({ length: 1000 }, (_, i) => i)
    const [centre, low] = [new Float64Array(1000), new Float64Array(1000)]
    low[333] = -7
    const scale = scaleFor('linear', { range: [0, 999], least: 1 })
    const columns = { scale, range: [0, 999] as const, columns: 2 }
    expect(reduceCurve(x, [centre], columns).indices).not.toContain(333)
    expect(reduceCurve(x, [centre, low], columns).indices).toContain(333)
  })
})

describe('a curve over another metric', () => {
  it('goes back and forth, and leaves out only what falls into the same pixel', () => {
    const x = array([0, 5, 5.001, 2, 10])
    const y = array([0, 1, 1.0001, 2, 10])
    const scale = scaleFor('linear', { range: [0, 10], least: 2 })
    const kept = reducePath({ x, y }, { scale, range: [0, 10], columns: 100 }, 100)
    expect(kept).toEqual({ indices: [0, 1, 3, 4], total: 5 })
  })
})
