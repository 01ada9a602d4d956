import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { boxSummary, quantile } from '@shared/statistics/quartiles'

type Case = { values: number[] } & Record<'q1' | 'median' | 'q3' | 'low' | 'high', number>
const fixture = new URL('../../fixtures/parity/statistics/quartiles.json', import.meta.url)
const cases = JSON.parse(readFileSync(fixture, 'utf8')) as Case[]

describe('quartiles', () => {
  it.each(cases.map((c) => [c.values.length, c] as const))(
    'and whiskers of %i values equal NumPy’s',
    (_, { values, ...wanted }) => {
      const found = boxSummary(values)!
      expect(found.n).toBe(values.length)
      for (const name of ['q1', 'median', 'q3', 'low', 'high'] as const) {
        expect(found[name], name).toBeCloseTo(wanted[name], 12)
      }
    }
  )

  it('do not depend on the order of values', () => {
    const { values } = cases.at(-1)!
    expect(boxSummary(values.toReversed())).toEqual(boxSummary(values))
  })

  it('of nothing are none, and stay finite beside an infinite value', () => {
    expect(boxSummary([])).toBeNull()
    expect(quantile([1, 2, Infinity], 0.5)).toBe(2)
    expect(quantile([1, Infinity], 0.5)).toBe(Infinity)
  })
})
