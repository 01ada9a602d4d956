import { describe, expect, it } from 'vitest'
import { comparisonChance } from '../../src/shared/comparison-counts'

describe('baselines of the comparison task', () => {
  // By hand for V = 20: P(<) = P(>) = 0.475; the best guess with one value known is right in 290 of 400 cases.
  it.each([
    [10, 0.45, 0.7],
    [20, 0.475, 0.725],
    [40, 0.4875, 0.7375]
  ])('with %i values are %f and %f', (values, prior, oneValue) => {
    expect(comparisonChance(values).prior).toBeCloseTo(prior, 12)
    expect(comparisonChance(values).oneValue).toBeCloseTo(oneValue, 12)
  })

  it('agree with counting every pair of values', () => {
    for (const values of [2, 3, 5, 8]) {
      const label = (a: number, b: number): number => Math.sign(a - b) + 1
      const total = [0, 0, 0]
      let oneKnown = 0
      for (let a = 0; a < values; a++) {
        const seen = [0, 0, 0]
        for (let b = 0; b < values; b++) {
          seen[label(a, b)]!++
          total[label(a, b)]!++
        }
        oneKnown += Math.max(...seen)
      }
      const pairs = values * values
      expect(comparisonChance(values).prior).toBeCloseTo(Math.max(...total) / pairs, 12)
      expect(comparisonChance(values).oneValue).toBeCloseTo(oneKnown / pairs, 12)
    }
  })
})
