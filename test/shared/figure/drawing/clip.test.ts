import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clipArea, clipLine } from '../../../../src/shared/figure/drawing/clip'
import type { XY } from '../../../../src/shared/figure/drawing/drawing'

const edges = { left: 10, right: 30, top: 5, bottom: 25 }
const coordinate = fc.integer({ min: -10, max: 50 })
const points = fc.array(fc.tuple(coordinate, coordinate), { maxLength: 12 })

const isWithin = ([x, y]: XY): boolean =>
  x >= edges.left - 1e-9 &&
  x <= edges.right + 1e-9 &&
  y >= edges.top - 1e-9 &&
  y <= edges.bottom + 1e-9

const lengthOf = (line: readonly XY[]): number =>
  line.reduce(
    (sum, [x, y], i) => (i === 0 ? 0 : sum + Math.hypot(x - line[i - 1]![0], y - line[i - 1]![1])),
    0
  )

/** Length of a line within the edges, by looking at many places of it. */
function sampledLength(line: readonly XY[]): number {
  const samples = 4000
  let sum = 0
  for (let i = 1; i < line.length; i++) {
    const [a, b] = [line[i - 1]!, line[i]!]
    const length = Math.hypot(b[0] - a[0], b[1] - a[1])
    for (let k = 0; k < samples; k++) {
      const t = (k + 0.5) / samples
      if (isWithin([a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])])) sum += length / samples
    }
  }
  return sum
}

const areaOf = (polygon: readonly XY[]): number =>
  polygon.reduce((sum, [x, y], i) => {
    const [px, py] = polygon.at(i - 1)!
    return sum + (px * y - x * py) / 2
  }, 0)

describe('lines cut off at the edges of a plot', () => {
  it('keep exactly what lies within', () => {
    fc.assert(
      fc.property(points, (line) => {
        const pieces = clipLine(line, edges)
        expect(pieces.flat().every(isWithin)).toBe(true)
        expect(pieces.every((piece) => piece.length > 1)).toBe(true)
        const kept = pieces.reduce((sum, piece) => sum + lengthOf(piece), 0)
        expect(Math.abs(kept - sampledLength(line))).toBeLessThan(0.2)
      }),
      { numRuns: 60 }
    )
  })

  it('stay whole where nothing is cut', () => {
    const line: XY[] = [
      [12, 6],
      [20, 20],
      [29, 7]
    ]
    expect(clipLine(line, edges)).toEqual([line])
  })

  it('are joined again where they leave and come back', () => {
    const line: XY[] = [
      [12, 10],
      [40, 10],
      [40, 20],
      [12, 20]
    ]
    expect(clipLine(line, edges)).toEqual([
      [
        [12, 10],
        [30, 10]
      ],
      [
        [30, 20],
        [12, 20]
      ]
    ])
  })
})

describe('areas cut off at the edges of a plot', () => {
  it('have the area of the part within, for triangles', () => {
    const corner = fc.tuple(coordinate, coordinate)
    fc.assert(
      fc.property(corner, corner, corner, (a, b, c) => {
        const clipped = clipArea([a, b, c], edges)
        expect(clipped.every(isWithin)).toBe(true)
        // The independent count: quarters of unit squares whose middle lies in both.
        const inTriangle = (p: XY): boolean => {
          const side = (u: XY, v: XY): number =>
            (v[0] - u[0]) * (p[1] - u[1]) - (v[1] - u[1]) * (p[0] - u[0])
          const sides = [side(a, b), side(b, c), side(c, a)]
          return sides.every((s) => s > 0) || sides.every((s) => s < 0)
        }
        let count = 0
        for (let x = edges.left + 0.125; x < edges.right; x += 0.25)
          for (let y = edges.top + 0.125; y < edges.bottom; y += 0.25)
            if (inTriangle([x, y])) count++
        expect(Math.abs(Math.abs(areaOf(clipped)) - count / 16)).toBeLessThan(5)
      }),
      { numRuns: 60 }
    )
  })

  it('are empty beside the plot, and the plot itself around it', () => {
    expect(
      clipArea(
        [
          [40, 5],
          [50, 5],
          [45, 9]
        ],
        edges
      )
    ).toEqual([])
    const around: XY[] = [
      [0, 0],
      [50, 0],
      [50, 50],
      [0, 50]
    ]
    expect(Math.abs(areaOf(clipArea(around, edges)))).toBeCloseTo(400, 9)
  })
})
