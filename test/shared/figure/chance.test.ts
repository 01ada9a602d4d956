import { describe, expect, it } from 'vitest'
import { chanceRules } from '@shared/figure/chance'

const values = (dataset: object): number[] => chanceRules({ dataset }).map(({ at }) => at)

describe('accuracies to read curves against', () => {
  it('of comparisons: the labels known, and one of the two values', () => {
    const [prior, oneValue] = values({ kind: 'comparison', values: 10 })
    // (1 - 1/10) / 2; and with one value known, the mean of max(v, 1, 9 - v) / 10.
    expect(prior).toBeCloseTo(0.45, 12)
    expect(oneValue).toBeCloseTo((9 + 8 + 7 + 6 + 5 + 5 + 6 + 7 + 8 + 9) / 100, 12)
    expect(values({ kind: 'in-context', values: 10 })).toEqual([prior, oneValue])
  })

  it('of two values: one line, since knowing one of them helps nobody', () => {
    expect(values({ kind: 'comparison', values: 2 })).toEqual([0.5])
  })

  it('of equations: the most frequent answer', () => {
    const modular = (operation: string, modulus = 5): number[] =>
      values({ kind: 'modular', operation, modulus })
    expect(modular('x+y')).toEqual([1 / 5])
    // Squares modulo 5 are 0 once, 1 and 4 twice each: 0 + 0, 1 + 4 and 4 + 1 make 0 in 1 + 4 + 4 of 25.
    expect(modular('x^2+y^2')).toEqual([9 / 25])
    // Without y = 0 every answer, 0 too, comes 4 times in 20.
    expect(modular('xy')).toEqual([1 / 5])
    expect(modular('xy in S5')).toEqual([1 / 120])
  })

  it('are left out where the settings do not say, or mean nothing', () => {
    expect(values({ kind: 'composition' })).toEqual([])
    expect(values({ kind: 'facts', path: 'a.csv' })).toEqual([])
    expect(values({ kind: 'unheard-of' })).toEqual([])
    expect(chanceRules({})).toEqual([])
  })
})
