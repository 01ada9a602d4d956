import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  effectiveRank,
  histogram,
  matrixShape,
  momentsOf,
  principalComponents,
  singularValues,
  stableRank,
  updateOf
} from '../../../src/main/inspect/spectra'

const matrices = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }))
  .chain(([m, n]) =>
    fc
      .array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: m * n, maxLength: m * n })
      .map((values) => ({ m, n, values }))
  )
const squares = (values: readonly number[]): number => values.reduce((sum, x) => sum + x * x, 0)

describe('singular values', () => {
  it('of a 2 x 2 matrix are those of the closed form', () => {
    const [a, b, c, d] = [3, -1, 2, 0.5]
    const s = a * a + b * b + c * c + d * d
    const root = Math.sqrt(s * s - 4 * (a * d - b * c) ** 2)
    const [first, second] = singularValues([a, b, c, d], [2, 2]) as [number, number]
    expect(first).toBeCloseTo(Math.sqrt((s + root) / 2), 10)
    expect(second).toBeCloseTo(Math.sqrt((s - root) / 2), 10)
  })

  it('fall, hold the Frobenius norm, and are those of the transpose', () => {
    fc.assert(
      fc.property(matrices, ({ m, n, values }) => {
        const singular = singularValues(values, [m, n])
        expect(singular).toHaveLength(Math.min(m, n))
        expect(singular).toEqual([...singular].sort((a, b) => b - a))
        expect(squares(singular)).toBeCloseTo(squares(values), 6)
        const transposed = Array.from(
          { length: m * n },
          (_, i) => values[(i % m) * n + Math.floor(i / m)]!
        )
        singularValues(transposed, [n, m]).forEach((s, i) => expect(s).toBeCloseTo(singular[i]!, 5))
      })
    )
  })
})

describe('ranks', () => {
  it('of equal singular values are their number, of one alone 1, of none 0', () => {
    expect(effectiveRank([2, 2, 2, 2])).toBeCloseTo(4, 12)
    expect(stableRank([2, 2, 2, 2])).toBe(4)
    expect(effectiveRank([3, 0, 0])).toBeCloseTo(1, 12)
    expect(stableRank([3, 0, 0])).toBe(1)
    expect([effectiveRank([0, 0]), stableRank([0, 0])]).toEqual([0, 0])
    // exp of the entropy of 3/4 and 1/4
    expect(effectiveRank([3, 1])).toBeCloseTo((4 / 3) ** 0.75 * 4 ** 0.25, 12)
  })
})

it('arrays of several dimensions are matrices of the first by the rest, vectors are none', () => {
  expect(matrixShape([3, 4])).toEqual([3, 4])
  expect(matrixShape([2, 3, 4])).toEqual([2, 12])
  expect(matrixShape([1, 1, 7])).toBeNull()
  expect(matrixShape([16, 1, 4])).toEqual([16, 4])
  expect(matrixShape([5])).toBeNull()
})

it('moments, histograms and updates are what they say', () => {
  expect(momentsOf([1, 2, 3, 4])).toEqual({
    ...{ norm: Math.sqrt(30), mean: 2.5, std: Math.sqrt(1.25), min: 1, max: 4 }
  })
  expect([...histogram([-1, -0.9, 0, 0.99, 1], [-1, 1], 4)]).toEqual([2, 0, 1, 2])
  const array = (...values: number[]) => ({ shape: [2], values: Float32Array.from(values) })
  const { norm, relative, cosine } = updateOf(array(3, 4), array(1.5, 2))
  expect(norm).toBeCloseTo(2.5, 6)
  expect(relative).toBeCloseTo(0.5, 6)
  expect(cosine).toBeCloseTo(-1, 6) // pure decay
})

describe('principal components', () => {
  it('keep all distances where all are kept, and their shares add up to 1', () => {
    fc.assert(
      fc.property(
        matrices.filter(({ m, n }) => m > 1 && n > 1),
        ({ m, n, values }) => {
          const rows = Array.from({ length: m }, (_, i) => values.slice(i * n, (i + 1) * n))
          const k = Math.min(m, n)
          const { coordinates, explained } = principalComponents(rows, k)
          const distance = (of: (i: number) => ArrayLike<number>, i: number, j: number): number =>
            Math.hypot(...Array.from(of(i), (x, c) => x - of(j)[c]!))
          for (let i = 0; i < m; i++) {
            for (let j = 0; j < i; j++) {
              const projected = distance((r) => coordinates.subarray(r * k, (r + 1) * k), i, j)
              expect(projected).toBeCloseTo(
                distance((r) => rows[r]!, i, j),
                5
              )
            }
          }
          const sum = explained.reduce((a, b) => a + b, 0)
          expect(sum === 0 || Math.abs(sum - 1) < 1e-9).toBe(true)
        }
      )
    )
  })

  it.each([
    [[0, 0, 0, -5e-324, 0.5000000000000001, 0]],
    [[5.7e-307, 0, 0, -0.125, -2e-323, -2e-323]],
    [[5e-324, 0, 1e-320, 0, 0, -3e-310]]
  ])('are numbers where some values are next to nothing: %j', (values) => {
    const rows = [0, 1, 2].map((i) => values.slice(2 * i, 2 * i + 2))
    const { coordinates, explained } = principalComponents(rows, 2)
    expect([...coordinates, ...explained].every(Number.isFinite)).toBe(true)
    expect(singularValues(values, [3, 2]).every(Number.isFinite)).toBe(true)
  })

  it('find the line on which points lie', () => {
    const rows = [-2, -1, 0, 1, 5].map((t) => [3 * t + 1, -4 * t, 7])
    const { coordinates, explained } = principalComponents(rows, 2)
    expect(explained[0]).toBeCloseTo(1, 12)
    const along = [0, 1, 2, 3, 4].map((i) => coordinates[2 * i]!)
    along.forEach((x, i) => expect(x).toBeCloseTo(5 * ([-2, -1, 0, 1, 5][i]! - 0.6), 9))
  })
})
