import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Claim } from '@shared/study'
import { claimMedianText, judgeClaim, verdictText } from '@shared/study-claims'
import type { CellResult, CellState } from '@shared/study-results'
import type { Lifetime } from '@shared/statistics/survival'

const at = (step: number): Lifetime => ({ step, event: true })
const until = (step: number): Lifetime => ({ step, event: false })

let made = 0
const cell = (
  labels: Record<string, string>,
  lifetime: Lifetime | null,
  state: CellState = 'finished'
): CellResult => {
  const key = `cell ${made++}`
  return {
    ...{ cell: { key, labels, hash: key, issues: [] }, state, run: null, lifetime },
    ...{ memorisation: null, generalisation: null, delay: null, plateau: null, rise: null }
  }
}
const cells = (family: string, lifetimes: readonly Lifetime[], decay = '0'): CellResult[] =>
  lifetimes.map((lifetime) => cell({ family, decay }, lifetime))
const claim = (over: Partial<Claim> = {}): Claim =>
  Claim.parse({
    ...{ sentence: 'B is later.', axis: 'family', first: 'A', second: 'B', direction: 'later' },
    ...over
  })
const judge = (over: Partial<Claim>, ...results: CellResult[][]) =>
  judgeClaim(claim(over), results.flat())

const early = cells('A', [100, 200, 300, 400].map(at))
const late = cells('B', [500, 600, 700, 800].map(at))

describe('a claim', () => {
  it('is supported or contradicted by where the effect points, with the evidence', () => {
    const later = judge({}, early, late)
    // By hand: E of B is 4/8 + 4/7 + 4/6 + 4/5 + 4, V is 16/64 + 12/49 + 8/36 + 4/25.
    expect(later.test!.chiSquare).toBeCloseTo(7.3444, 4)
    // Two of the 70 ways to choose 4 of 8; the chi-square would have it at 0.0067.
    expect(later.test).toMatchObject({ p: 2 / 70, orders: 70, exact: true })
    expect(later.hazardRatio!.ratio).toBeCloseTo(0.05537, 4)
    // Nobody is censored: the means are 250 and 650.
    expect(later.meanDifference).toMatchObject({ steps: 400, horizon: 800 })
    expect(later.first).toMatchObject({ runs: 4, events: 4, unfinished: 0, last: 400 })
    expect([later.first, later.second].map(claimMedianText)).toEqual(['200', '600'])
    expect(later).toMatchObject({ verdict: 'supported', reason: null, provisional: false })
    expect(verdictText(later)).toBe('Supported')
    expect(judge({ direction: 'earlier' }, early, late).verdict).toBe('contradicted')
    expect(judge({ direction: 'differs' }, early, late).verdict).toBe('supported')
  })

  it('is about its own cells alone', () => {
    const elsewhere = cells('B', [at(10), at(20), at(30), at(40)], '1')
    const third = cells('C', [at(1), at(2)])
    expect(judge({ where: { decay: '0' } }, early, late, elsewhere, third).second.runs).toBe(4)
    expect(judge({}, early, late, elsewhere, third).second.runs).toBe(8)
  })

  it('is not decided by a p that is not below its alpha', () => {
    const found = judge({ alpha: 0.001 }, [...early, ...early], cells('B', [250, 350].map(at)))
    expect(found).toMatchObject({ verdict: 'undecided', reason: 'few-runs' })
    const mixed = judge({}, early, cells('B', [150, 250, 350, 450].map(at)))
    expect(mixed).toMatchObject({ verdict: 'undecided', reason: 'p' })
    expect(verdictText(mixed)).toMatch(/^Not decided: p = 0\.\d{3} is not below 0\.05$/)
  })

  it('is not decided by so few runs that no order of them could be that rare', () => {
    // 3 of 6 can be chosen in 20 ways: completely apart is two of them.
    const three = judge({}, early.slice(0, 3), late.slice(0, 3))
    expect(three.test!.p).toBe(0.1)
    expect(three).toMatchObject({ verdict: 'undecided', reason: 'few-runs', provisional: false })
    expect(verdictText(three)).toBe(
      'Not decided: 3 and 3 runs are too few for alpha 0.05; 4 and 4 can be enough'
    )
    expect(judge({}).reason).toBe('few-runs')
  })

  it('is provisional while its cells are unfinished', () => {
    const b = { family: 'B', decay: '0' }
    const few = judge({}, early, late.slice(0, 2), [
      ...[cell(b, null, 'missing'), cell(b, null, 'interrupted'), cell(b, null, 'failed')],
      cell(b, null, 'refused')
    ])
    expect(few).toMatchObject({ reason: 'unfinished', provisional: true })
    expect(few.second).toMatchObject({ cells: 5, unfinished: 2, runs: 2, failures: 1 })
    expect(verdictText(few)).toBe(
      'Not decided: 4 and 2 runs so far are too few for alpha 0.05; provisional, 2 of 9 cells are unfinished'
    )
    const running = judge({}, early, late.slice(0, 3), [cell(b, until(900), 'running')])
    expect(verdictText(running)).toBe('Supported; provisional, 1 of 8 cells is unfinished')
  })

  it('is not decided without an event, or where the effects oppose', () => {
    const never = [1000, 1000, 1000, 1000].map(until)
    const none = judge({}, cells('A', never), cells('B', never))
    expect(none).toMatchObject({ verdict: 'undecided', reason: 'no-events', test: null })
    expect(claimMedianText(none.first)).toBe('> 1,000')
    // Half of A is very early and half never comes: fewer events, and yet fewer steps on the mean.
    const split = cells('A', [
      ...Array.from({ length: 40 }, () => at(10)),
      ...Array.from({ length: 60 }, () => until(1000))
    ])
    const steady = cells(
      'B',
      Array.from({ length: 100 }, (_, i) => at(700 + i))
    )
    const crossed = judge({}, split, steady)
    expect(crossed.meanDifference!.steps).toBeGreaterThan(0)
    expect(crossed.hazardRatio!.ratio).toBeGreaterThan(1)
    expect(crossed).toMatchObject({ verdict: 'undecided', reason: 'opposed' })
    expect(judge({ direction: 'differs' }, split, steady).verdict).toBe('supported')
  })

  it('with its groups exchanged turns later into earlier', () => {
    const runs = fc.array(
      fc.record({ step: fc.integer({ min: 1, max: 40 }), event: fc.boolean() }),
      { minLength: 4, maxLength: 8 }
    )
    let decided = 0
    fc.assert(
      fc.property(runs, runs, fc.integer({ min: 0, max: 40 }), (a, b, shift) => {
        const shifted = b.map(({ step, event }) => ({ step: step + shift, event }))
        const results = [...cells('A', a), ...cells('B', shifted)]
        const exchange = { first: 'B', second: 'A' } as const
        const later = judge({}, results)
        const other = judge({ ...exchange, direction: 'earlier' }, results)
        const against = judge(exchange, results)
        expect([other.verdict, other.reason]).toEqual([later.verdict, later.reason])
        expect(against.reason).toBe(later.reason)
        const opposite = { supported: 'contradicted', contradicted: 'supported' } as const
        if (later.verdict === 'undecided') return
        decided++
        expect(against.verdict).toBe(opposite[later.verdict])
        expect(other.hazardRatio!.ratio).toBeCloseTo(1 / later.hazardRatio!.ratio, 6)
        expect(other.meanDifference!.steps).toBeCloseTo(-later.meanDifference!.steps, 6)
      }),
      { seed: 1, numRuns: 300 }
    )
    expect(decided).toBeGreaterThan(20)
  })
})
