import { expect, test } from 'vitest'
import { shareDifference, wilson } from '@shared/binomial'

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

test.each([
  // Newcombe 1998, Statistics in Medicine 17, 873-890, table II, method 10; there the first share minus the second
  [56, 70, 48, 80, 0.0524, 0.3339],
  [9, 10, 3, 10, 0.1705, 0.809],
  [6, 7, 2, 7, 0.0582, 0.8062],
  [5, 56, 0, 29, -0.0381, 0.1926],
  [0, 10, 0, 20, -0.1611, 0.2775],
  [0, 10, 0, 10, -0.2775, 0.2775],
  [10, 10, 0, 20, 0.6791, 1],
  [10, 10, 0, 10, 0.6075, 1]
])('the difference of %i in %i and %i in %i', (a, m, b, n, low, high) => {
  const found = shareDifference([b, n], [a, m])
  expect(found.difference).toBeCloseTo(a / m - b / n, 12)
  expect(found.low).toBeCloseTo(low, 4)
  expect(found.high).toBeCloseTo(high, 4)
  const turned = shareDifference([a, m], [b, n])
  expect(turned.low).toBeCloseTo(-high, 4)
  expect(turned.high).toBeCloseTo(-low, 4)
})
