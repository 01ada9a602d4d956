import { describe, expect, it } from 'vitest'
import { panned, zoomedAbout } from '../../src/renderer/src/charts/gestures'

describe('panning', () => {
  it('moves both ends, and stops where there is nothing more', () => {
    expect(panned([2, 4], 1, [0, 10])).toEqual([3, 5])
    expect(panned([2, 4], -5, [0, 10])).toEqual([0, 2])
    expect(panned([2, 4], 50, [0, 10])).toEqual([8, 10])
    expect(panned([0, 10], 3, [0, 10])).toEqual([0, 10])
  })
})

describe('zooming', () => {
  it('leaves the position it is about where it is', () => {
    const [low, high] = zoomedAbout([0, 10], 2, 0.5)
    expect([low, high]).toEqual([1, 6])
    expect((2 - low) / (high - low)).toBeCloseTo(2 / 10, 12)
  })
})
