import { beforeAll, describe, expect, it } from 'vitest'
import * as tf from '@tensorflow/tfjs'
import { createRng } from '@shared/rng'
import {
  along,
  constant,
  countParameters,
  disposeTree,
  drawParameters,
  flatten,
  mapTree,
  normal,
  orthogonal,
  toHost,
  toVariables,
  unflatten,
  uniform
} from '../../../src/main/models/params'
import type { Parameter } from '../../../src/main/models/params'
import { startEngine } from '../../../src/main/trainer/backend'
import { expectNormal, expectUniform } from '../../support/statistics'

const parameters = {
  h: [{ w: normal([2, 3], 0.5) }, { w: constant([4], 7) }],
  head: { weight: normal([5], 2) }
}

describe('trees of parameters', () => {
  beforeAll(async () => {
    await startEngine('cpu')
  })

  it('names leaves by their dotted path, lists by index, in tree order', () => {
    expect(flatten(parameters).map(([name]) => name)).toEqual(['h.0.w', 'h.1.w', 'head.weight'])
    expect(countParameters(parameters)).toBe(6 + 4 + 5)
  })

  it('draws in tree order from one stream and nothing for constants', () => {
    const rng = createRng(9)
    const wanted = (n: number, std: number): Float32Array =>
      Float32Array.from({ length: n }, () => std * rng.normal())
    const drawn = flatten(drawParameters(parameters, createRng(9)))
    expect(drawn.map(([, { values }]) => values)).toEqual([
      wanted(6, 0.5),
      new Float32Array(4).fill(7),
      wanted(5, 2)
    ])
  })

  it('unflattens what it flattened and refuses another number of leaves', () => {
    const leaves = flatten(parameters).map(([, leaf]) => leaf)
    expect(unflatten(parameters, leaves)).toEqual(parameters)
    expect(Array.isArray((unflatten(parameters, leaves) as { h: unknown }).h)).toBe(true)
    expect(() => unflatten(parameters, [...leaves, leaves[0]!])).toThrow('4 leaves for a tree of 3')
  })

  it('hands names to a map and keeps the form', () => {
    const names = mapTree(parameters, (_leaf, name) => ({ shape: [], name }))
    expect(names).toEqual({
      h: [{ w: { shape: [], name: 'h.0.w' } }, { w: { shape: [], name: 'h.1.w' } }],
      head: { weight: { shape: [], name: 'head.weight' } }
    })
  })

  it('goes to the engine and back unchanged, leaving nothing behind', async () => {
    const before = tf.memory().numTensors
    const initial = drawParameters(parameters, createRng(9))
    const variables = toVariables(initial)
    expect(tf.memory().numTensors).toBe(before + 3)
    expect(await toHost(variables)).toEqual(flatten(initial))
    disposeTree(variables)
    expect(tf.memory().numTensors).toBe(before)
  })
})

describe('distributions', () => {
  const draw = ({ shape, fill }: Parameter, seed = 5): Float32Array => {
    const values = new Float32Array(shape.reduce((a, b) => a * b, 1))
    fill(values, createRng(seed))
    return values
  }

  it('normal and uniform have the moments they are named for', () => {
    expectNormal(draw(normal([40, 50], 0.3)), 0.3, 'normal')
    expectUniform(draw(uniform([40, 50], 0.3)), 0.3, 'uniform')
  })

  it('along gives each entry of the last axis its value, in every row the same', () => {
    const values = draw(along([2, 2, 3], (i) => 10 * i))
    expect([...values]).toEqual([0, 10, 20, 0, 10, 20, 0, 10, 20, 0, 10, 20])
    const rng = createRng(5)
    const drawn = draw(along([2, 3], () => rng.uniform()))
    expect(drawn.subarray(0, 3)).toEqual(drawn.subarray(3))
    expect(new Set(drawn).size).toBe(3)
  })

  describe.each([
    [30, 8],
    [8, 30],
    [12, 12]
  ])('orthogonal [%d, %d]', (rows, columns) => {
    const gain = 1.5
    const values = draw(orthogonal([rows, columns], gain))
    const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)]
    const entry = (n: number, i: number): number =>
      (rows >= columns ? values[i * columns + n] : values[n * columns + i])! / gain

    it('has orthogonal columns, or rows, of norm `gain`', () => {
      for (let a = 0; a < count; a++) {
        for (let b = 0; b < count; b++) {
          let product = 0
          for (let i = 0; i < length; i++) product += entry(a, i) * entry(b, i)
          expect(Math.abs(product - (a === b ? 1 : 0))).toBeLessThan(1e-6)
        }
      }
    })

    it('points in random directions: the first has the first normal draws, normalised', () => {
      const rng = createRng(5)
      const first = Array.from({ length }, () => rng.normal())
      const norm = Math.sqrt(first.reduce((sum, x) => sum + x * x, 0))
      first.forEach((x, i) => expect(entry(0, i)).toBeCloseTo(x / norm, 6))
      expect(draw(orthogonal([rows, columns], gain), 6)).not.toEqual(values)
    })
  })

  it('orthogonal gives every entry the same spread, over many matrices', () => {
    // Entries of a uniform orthogonal [2, 2] are cosines of a uniform angle: mean square 1/2, fourth moment 3/8.
    const rng = createRng(8)
    const sums = new Float64Array(12)
    const n = 4000
    for (let i = 0; i < n; i++) {
      const values = new Float32Array(4)
      orthogonal([2, 2], 1).fill(values, rng)
      values.forEach((x, j) => {
        sums[j]! += x / n
        sums[4 + j]! += x ** 2 / n
        sums[8 + j]! += x ** 4 / n
      })
    }
    const limit = 5 / Math.sqrt(n) // five standard errors or more of each
    for (let j = 0; j < 4; j++) {
      expect(Math.abs(sums[j]!)).toBeLessThan(limit)
      expect(Math.abs(sums[4 + j]! - 1 / 2)).toBeLessThan(limit)
      expect(Math.abs(sums[8 + j]! - 3 / 8)).toBeLessThan(limit)
    }
  })
})
