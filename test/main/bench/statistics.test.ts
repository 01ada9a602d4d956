import { describe, expect, it } from 'vitest'
import { median, summary } from '../../../src/main/bench/statistics'

describe('median', () => {
  it('is the middle value, or the mean of the two in the middle, and leaves the values alone', () => {
    const values = [9, 1, 5]
    expect(median(values)).toBe(5)
    expect(values).toEqual([9, 1, 5])
    expect(median([4, 1, 3, 2])).toBe(2.5)
    // By size, not as text.
    expect(median([10, 9, 100])).toBe(10)
    expect(median([7])).toBe(7)
  })

  it('refuses to make up a number', () => {
    expect(() => median([])).toThrow(RangeError)
  })
})

it('a summary spans all values', () => {
  expect(summary([3, 1, 2, 10])).toEqual({ median: 2.5, min: 1, max: 10 })
})
