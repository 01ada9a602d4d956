import { describe, expect, it } from 'vitest'
import { createSampler } from '../../../src/main/trainer/sampler'

describe('createSampler', () => {
  it('shows each example once per epoch and keeps the smaller last batch', () => {
    const sampler = createSampler(10, 4, 1)
    expect(sampler.stepsPerEpoch).toBe(3)
    for (const epoch of [0, 1, 2]) {
      const batches = [0, 1, 2].map((i) => Array.from(sampler.batch(epoch * 3 + i)))
      expect(batches.map((b) => b.length)).toEqual([4, 4, 2])
      expect(batches.flat().sort((a, b) => a - b)).toEqual([...Array(10).keys()])
    }
  })

  it('shuffles every epoch anew and differently per seed', () => {
    const order = (seed: number, step: number): string =>
      createSampler(64, 64, seed).batch(step).join()
    expect(new Set([order(1, 0), order(1, 1), order(2, 0), order(2, 1)]).size).toBe(4)
    expect(order(1, 7)).toBe(order(1, 7))
  })

  it('gives a step the same batch however it is reached', () => {
    const straight = createSampler(23, 5, 3)
    const walked = [...Array(20).keys()].map((step) => straight.batch(step).join())
    expect(createSampler(23, 5, 3).batch(17).join()).toBe(walked[17])
    expect(straight.batch(2).join()).toBe(walked[2])
  })
})
