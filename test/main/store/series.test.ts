import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnOf, reducePoints, type Point } from '../../../src/main/store/series'

/** Straight from the definition: for every column, its points by filter, then the five that stay. */
function naive(points: Point[], column: (step: number) => number, columns: number): Point[] {
  const kept = new Set<Point>()
  for (let c = 0; c < columns; c++) {
    const own = points.filter((p) => column(p[0]) === c)
    if (own.length === 0) continue
    kept.add(own[0]!)
    kept.add(own[own.length - 1]!)
    const finite = own.filter((p) => p[1] !== null) as [number, number][]
    if (finite.length > 0) {
      const values = finite.map((p) => p[1])
      kept.add(finite.find((p) => p[1] === Math.min(...values))!)
      kept.add(finite.find((p) => p[1] === Math.max(...values))!)
    }
    const gap = own.find((p) => p[1] === null)
    if (gap) kept.add(gap)
  }
  return points.filter((p) => kept.has(p))
}

const series = fc.uniqueArray(fc.nat(5000), { maxLength: 300 }).chain((steps) =>
  fc
    .array(fc.option(fc.integer({ min: -5, max: 5 }), { freq: 8 }), {
      minLength: steps.length,
      maxLength: steps.length
    })
    .map((values) => steps.sort((a, b) => a - b).map((step, i): Point => [step, values[i] ?? null]))
)
const scale = fc.constantFrom('log' as const, 'linear' as const)

describe('reducing a series', () => {
  it('equals the naive selection per column, on both scales', () => {
    fc.assert(
      fc.property(series, scale, fc.integer({ min: 1, max: 60 }), (points, scale, columns) => {
        const low = points[0]?.[0] ?? 0
        const high = points.at(-1)?.[0] ?? 0
        const column = columnOf(scale, columns, low, high)
        const reduced = reducePoints(points, column)
        expect(reduced.points).toEqual(naive(points, column, columns))
        expect(reduced.total).toBe(points.length)
        expect(reduced.points.length).toBeLessThanOrEqual(5 * columns)
        expect(reduced.points[0]).toEqual(points[0])
        expect(reduced.points.at(-1)).toEqual(points.at(-1))
      })
    )
  })

  it('never hides a spike, nor the first value that is not finite', () => {
    const points = Array.from({ length: 100_000 }, (_, step): Point => [step, 1])
    points[54_321]![1] = 9
    points[77_777]![1] = null
    for (const scale of ['log', 'linear'] as const) {
      const reduced = reducePoints(points, columnOf(scale, 50, 0, 99_999)).points
      expect(reduced).toContainEqual([54_321, 9])
      expect(reduced).toContainEqual([77_777, null])
    }
  })
})

describe('pixel columns', () => {
  it('rise with the step and stay within the axis', () => {
    fc.assert(
      fc.property(
        scale,
        fc.integer({ min: 1, max: 4000 }),
        fc.nat(1e6),
        fc.nat(1e6),
        fc.array(fc.nat(1e6)),
        (scale, columns, a, b, steps) => {
          const [low, high] = [Math.min(a, b), Math.max(a, b)]
          const column = columnOf(scale, columns, low, high)
          const inside = steps.filter((s) => s >= low && s <= high).sort((x, y) => x - y)
          const at = inside.map(column)
          expect(at).toEqual([...at].sort((x, y) => x - y))
          expect(at.every((c) => Number.isInteger(c) && c >= 0 && c < columns)).toBe(true)
        }
      )
    )
  })

  it('of a log axis give every decade the same width, and step 0 a column of its own', () => {
    const column = columnOf('log', 301, 0, 1000)
    expect([0, 1, 10, 100, 1000].map(column)).toEqual([0, 1, 101, 201, 300])
    // Without step 0 in the range the decades have it all.
    expect([1, 10, 100, 999].map(columnOf('log', 300, 1, 1000))).toEqual([0, 100, 200, 299])
  })

  it('of a linear axis are equally wide', () => {
    expect([0, 24, 25, 50, 99, 100].map(columnOf('linear', 4, 0, 100))).toEqual([0, 0, 1, 2, 3, 3])
  })
})
