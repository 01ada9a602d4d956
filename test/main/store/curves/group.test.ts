import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { groupCurve, type Member } from '../../../../src/main/store/curves/group'

interface Parity {
  series: { steps: number[]; values: number[] }[]
  rows: {
    step: number
    n: number
    mean: number
    std: number | null
    min: number
    max: number
    low: number | null
    high: number | null
  }[]
}
const fixture = new URL('../../../fixtures/parity/statistics/aggregates.json', import.meta.url)
const parity = JSON.parse(readFileSync(fixture, 'utf8')) as Parity

const member = (steps: readonly number[], y: readonly number[], x = steps): Member => ({
  steps: Float64Array.from(steps),
  x: Float64Array.from(x),
  y: Float64Array.from(y)
})
const members = parity.series.map(({ steps, values }) => member(steps, values))

const near = (found: number, wanted: number | null): void => {
  if (wanted === null) expect(found).toBeNaN()
  else expect(Math.abs(found - wanted) / Math.max(1e-3, Math.abs(wanted))).toBeLessThan(1e-12)
}

describe('seeds as one curve', () => {
  it('have the mean, extremes, deviation and t interval of SciPy, to twelve digits, at every step of any member', () => {
    const interval = groupCurve(members, { centre: 'mean', band: 'ci95' })
    const extremes = groupCurve(members, { centre: 'mean', band: 'minmax' })
    const deviation = groupCurve(members, { centre: 'mean', band: 'sd' })
    const error = groupCurve(members, { centre: 'mean', band: 'se' })
    expect([...interval.x]).toEqual(parity.rows.map(({ step }) => step))
    expect([...interval.n]).toEqual(parity.rows.map(({ n }) => n))
    parity.rows.forEach((row, i) => {
      near(interval.centre[i]!, row.mean)
      near(interval.low![i]!, row.low)
      near(interval.high![i]!, row.high)
      near(extremes.low![i]!, row.min)
      near(extremes.high![i]!, row.max)
      near(deviation.high![i]!, row.std === null ? null : row.mean + row.std)
      near(error.low![i]!, row.std === null ? null : row.mean - row.std / Math.sqrt(row.n))
    })
  })

  it('do not invent a value where a member has none: it does not count there', () => {
    const group = groupCurve([member([0, 10, 20], [1, NaN, 3]), member([0, 20], [3, 5])], {
      centre: 'mean',
      band: 'minmax'
    })
    // At 10 nobody has a number.
    expect([...group.x]).toEqual([0, 20])
    expect([...group.centre]).toEqual([2, 4])
    expect([...group.n]).toEqual([2, 2])
    const apart = groupCurve([member([0, 10], [1, 2]), member([5], [7])], {
      centre: 'median',
      band: 'none'
    })
    expect([...apart.x]).toEqual([0, 5, 10])
    expect([...apart.n]).toEqual([1, 1, 1])
    expect(apart.low).toBeNull()
  })

  it('stand at the mean of their places where these differ', () => {
    const group = groupCurve([member([0, 10], [1, 1], [0, 30]), member([0, 10], [3, 3], [0, 50])], {
      centre: 'median',
      band: 'none'
    })
    expect([...group.x]).toEqual([0, 40])
    expect([...group.centre]).toEqual([2, 2])
  })
})
