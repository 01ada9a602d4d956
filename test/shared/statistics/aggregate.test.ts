import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { aggregate, aggregateCurves, type SeedCurve } from '@shared/statistics/aggregate'

interface Parity {
  series: { steps: number[]; values: number[] }[]
  rows: ({ step: number; n: number } & Record<Name, number | null>)[]
}
type Name = 'mean' | 'std' | 'min' | 'max' | 'low' | 'high'

const fixture = new URL('../../fixtures/parity/statistics/aggregates.json', import.meta.url)
const parity = JSON.parse(readFileSync(fixture, 'utf8')) as Parity

const curves: SeedCurve[] = parity.series.map(({ steps, values }) =>
  steps.map((step, i) => [step, values[i]!])
)

describe('aggregates per step', () => {
  it('equal SciPy to twelve digits', () => {
    const rows = aggregateCurves(curves)
    expect(rows.map(({ step, n }) => [step, n])).toEqual(parity.rows.map((r) => [r.step, r.n]))
    for (const [i, row] of rows.entries()) {
      for (const name of ['mean', 'std', 'min', 'max', 'low', 'high'] as const) {
        const wanted = parity.rows[i]![name]
        if (wanted === null) expect(row[name], `${name} at ${row.step}`).toBeNull()
        else {
          const error = Math.abs(row[name]! - wanted) / Math.max(1e-3, Math.abs(wanted))
          expect(error, `${name} at ${row.step}`).toBeLessThan(1e-12)
        }
      }
    }
  })

  it('are made of the values alone, in whatever order the seeds come', () => {
    const there = aggregateCurves(curves)
    const back = aggregateCurves(curves.toReversed())
    for (const [i, row] of there.entries()) {
      expect(back[i]!.mean).toBeCloseTo(row.mean, 12)
      expect(back[i]!.median).toBe(row.median)
    }
  })
})

describe('the aggregate of values', () => {
  it('passes over what is no number, and says how many there were', () => {
    expect(aggregate([1, null, 4, NaN, 2])).toMatchObject({ n: 3, median: 2, min: 1, max: 4 })
    expect(aggregate([3, 1, 2, 10])!.median).toBe(2.5)
    expect(aggregate([null, Infinity])).toBeNull()
  })

  it('has no spread for a single value', () => {
    expect(aggregate([0.5])).toEqual({
      ...{ n: 1, mean: 0.5, median: 0.5, min: 0.5, max: 0.5 },
      ...{ std: null, standardError: null, low: null, high: null }
    })
  })

  it('has a narrower interval at a lower level', () => {
    const [wide, narrow] = [aggregate([1, 2, 3], 0.99)!, aggregate([1, 2, 3], 0.5)!]
    expect(wide.low!).toBeLessThan(narrow.low!)
    // t(0.75, 2) = 1/√(3/2)... = 0.816497, and std/√n = 1/√3.
    expect(narrow.high! - 2).toBeCloseTo(0.816496580927726 / Math.sqrt(3), 12)
  })
})
