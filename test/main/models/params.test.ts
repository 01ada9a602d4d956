import { beforeAll, describe, expect, it } from 'vitest'
import * as tf from '@tensorflow/tfjs'
import { createRng } from '@shared/rng'
import {
  constant,
  countParameters,
  disposeTree,
  drawParameters,
  flatten,
  mapTree,
  normal,
  toHost,
  toVariables,
  unflatten
} from '../../../src/main/models/params'
import { startEngine } from '../../../src/main/trainer/backend'

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
