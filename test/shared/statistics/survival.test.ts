import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { hazardRatio, logRank, meanDifference, restrictedMean } from '@shared/statistics/comparison'
import { chiSquareTail } from '@shared/statistics/distributions'
import { atRiskAt, medianStep, survivalCurve, type Lifetime } from '@shared/statistics/survival'

interface Parity {
  runs: { group: string; step: number; event: 0 | 1 }[]
  curves: Record<
    string,
    {
      step: number
      at_risk: number
      events: number
      censored: number
      fraction: number
      low: number | null
      high: number | null
    }[]
  >
  logrank: Test
  logrank_pairs: Record<string, Test>
}
interface Test {
  chi2: number
  df: number
  p: number
}

const fixture = new URL('../../fixtures/parity/statistics/survival.json', import.meta.url)
const parity = JSON.parse(readFileSync(fixture, 'utf8')) as Parity
const group = (name: string): Lifetime[] =>
  parity.runs
    .filter((run) => run.group === name)
    .map(({ step, event }) => ({ step, event: event === 1 }))

describe('Kaplan-Meier curves', () => {
  it.each(Object.keys(parity.curves))('equal lifelines in group %s', (name) => {
    const curve = survivalCurve(group(name))
    const wanted = parity.curves[name]!
    expect(curve).toHaveLength(wanted.length)
    for (const [i, row] of curve.entries()) {
      const { step, at_risk: atRisk, events, censored, fraction, low, high } = wanted[i]!
      expect(row).toMatchObject({ step, atRisk, events, censored })
      expect(row.fraction).toBeCloseTo(fraction, 13)
      for (const [bound, reference] of [
        [row.low, low],
        [row.high, high]
      ] as const) {
        if (reference === null) expect(bound).toBeNull()
        else expect(bound!).toBeCloseTo(reference, 13)
      }
    }
  })

  it('without censoring are the shares of runs with the event so far', () => {
    const runs = [3, 1, 4, 1, 5].map((step) => ({ step, event: true }))
    expect(
      survivalCurve(runs).map(({ step, fraction }) => [step, Math.round(fraction * 5)])
    ).toEqual([
      [1, 2],
      [3, 3],
      [4, 4],
      [5, 5]
    ])
  })

  it('of runs that never had the event stay at 0, with no interval and no median', () => {
    const curve = survivalCurve([20, 30].map((step) => ({ step, event: false })))
    expect(curve.map(({ fraction, low }) => [fraction, low])).toEqual([
      [0, null],
      [0, null]
    ])
    expect(medianStep(curve)).toEqual({ step: null, low: null, high: null })
  })
})

describe('the median step', () => {
  it('is the first at which half have the event; its interval follows the bounds', () => {
    // By hand from the reference curves: fraction, high and low first reach a half there.
    expect(medianStep(survivalCurve(group('a')))).toEqual({ step: 800, low: 500, high: 1000 })
    expect(medianStep(survivalCurve(group('b')))).toEqual({ step: 1100, low: 400, high: 2900 })
    expect(medianStep(survivalCurve(group('c')))).toEqual({ step: 2000, low: 800, high: null })
  })
})

describe('the log-rank test', () => {
  it('equals lifelines over all groups and over each pair', () => {
    const check = (found: ReturnType<typeof logRank>, { chi2, df, p }: Test): void => {
      expect(found!.df).toBe(df)
      expect(Math.abs(found!.chiSquare / chi2 - 1)).toBeLessThan(1e-12)
      expect(Math.abs(found!.p / p - 1)).toBeLessThan(1e-12)
    }
    check(logRank(['a', 'b', 'c'].map(group)), parity.logrank)
    for (const [pair, test] of Object.entries(parity.logrank_pairs)) {
      check(logRank([...pair].map(group)), test)
    }
  })

  it('has exact tails where 1 - P(X <= x) has none', () => {
    // One degree of freedom: erfc(√(x / 2)), and the asymptotic series of erfc at 10.
    const x = 200
    const asymptotic = Math.exp(-100) / (10 * Math.sqrt(Math.PI))
    const series = 1 - 1 / 200 + 3 / 200 ** 2 - 15 / 200 ** 3
    expect(chiSquareTail(x, 1) / (asymptotic * series)).toBeCloseTo(1, 6)
    // Two: exp(-x / 2).
    expect(chiSquareTail(60, 2) / Math.exp(-30)).toBeCloseTo(1, 12)
    expect(chiSquareTail(0, 3)).toBe(1)
  })

  it('says nothing where there is nothing to compare', () => {
    expect(logRank([group('a'), []])).toBeNull()
    expect(logRank([[{ step: 5, event: false }], [{ step: 6, event: false }]])).toBeNull()
  })
})

describe('effect sizes', () => {
  it('the hazard ratio turns around with the groups, and its interval agrees with the test', () => {
    for (const [pair, { chi2 }] of Object.entries(parity.logrank_pairs)) {
      const [first, second] = [...pair].map(group) as [Lifetime[], Lifetime[]]
      const there = hazardRatio(first, second)!
      const back = hazardRatio(second, first)!
      expect(there.ratio * back.ratio).toBeCloseTo(1, 12)
      expect(there.low * back.high).toBeCloseTo(1, 12)
      // log ratio / standard error = (O - E) / √V, whose square is the statistic.
      const standardError = Math.log(there.high / there.low) / (2 * 1.959963984540054)
      expect((Math.log(there.ratio) / standardError) ** 2).toBeCloseTo(chi2, 10)
    }
  })

  it('the restricted mean is the mean of min(step, horizon) where nothing is censored', () => {
    const steps = [100, 300, 300, 800, 1500]
    const runs = steps.map((step) => ({ step, event: true }))
    const cut = steps.map((step) => Math.min(step, 1000))
    const mean = cut.reduce((a, b) => a + b, 0) / 5
    const { mean: found, standardError } = restrictedMean(runs, 1000)
    expect(found).toBeCloseTo(mean, 10)
    // Greenwood's variance without censoring is the sample's own, divided by n.
    const variance = cut.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 5
    expect(standardError).toBeCloseTo(Math.sqrt(variance / 5), 10)
  })

  it('the difference of means ends where a curve does', () => {
    const quick = [100, 200].map((step) => ({ step, event: true }))
    const slow = [
      { step: 400, event: true },
      { step: 1000, event: false }
    ]
    expect(meanDifference(quick, slow)).toMatchObject({ steps: 550, horizon: 1000 })
    // One run has no spread: a difference, and no interval around it.
    expect(meanDifference(quick, [{ step: 400, event: true }])).toEqual({
      ...{ steps: 250, low: null, high: null, horizon: 400 }
    })
    const twice = [400, 400].map((step) => ({ step, event: true }))
    expect(meanDifference(twice, twice)).toMatchObject({ steps: 0, low: null, high: null })
    expect(meanDifference(quick, [])).toBeNull()
    const never = [{ step: 900, event: false }]
    expect(meanDifference(never, never)).toBeNull()
  })

  it('the table at risk counts runs that are looked at until a step at least', () => {
    expect(atRiskAt(group('a'), [0, 600, 601, 2000])).toEqual([8, 7, 4, 0])
  })
})
