import { expect, test } from 'vitest'
import { wilson } from '@shared/binomial'

test.each([
  // Newcombe 1998, Statistics in Medicine 17, table I, method 3
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718]
])("Wilson's interval of %i in %i", (hits, n, low, high) => {
  const [from, to] = wilson(hits, n)
  expect(from).toBeCloseTo(low, 4)
  expect(to).toBeCloseTo(high, 4)
})

test('is symmetric, holds the share, and knows nothing of nothing', () => {
  const [low, high] = wilson(3, 10)
  const [mirroredLow, mirroredHigh] = wilson(7, 10)
  expect(mirroredLow).toBeCloseTo(1 - high, 12)
  expect(mirroredHigh).toBeCloseTo(1 - low, 12)
  for (const hits of [0, 5, 10]) {
    const [low, high] = wilson(hits, 10)
    expect(low).toBeLessThanOrEqual(hits / 10)
    expect(high).toBeGreaterThanOrEqual(hits / 10)
  }
  expect(wilson(0, 0)).toEqual([0, 1])
})
