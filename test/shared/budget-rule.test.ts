import { describe, expect, it } from 'vitest'
import { BudgetRule, decideBudget, tryBudget, type RunRecordOf } from '@shared/budget-rule'
import { ruleText, triedText } from '@shared/budget-words'
import { parseRunConfig } from '@shared/config-input'
import type { BudgetConfig } from '@shared/config'

const every = (until: number, value: (step: number) => number): [number, number][] =>
  Array.from({ length: until / 100 + 1 }, (_, i) => [100 * i, value(100 * i)])
const record = (
  until: number,
  accuracy: (step: number) => number,
  norm: (step: number) => number = () => 50
): RunRecordOf => ({
  curves: [
    { split: 'train', role: 'train', points: every(until, () => 1) },
    { split: 'ood', role: 'ood', points: every(until, accuracy) }
  ],
  weightNorm: every(until, norm),
  split: 'ood'
})
const rule = (over: object = {}): BudgetRule => BudgetRule.parse({ cap: 10_000, ...over })
const budget = (over: object = {}): BudgetConfig => parseRunConfig({ budget: over }).budget
/** Generalises at 3,000. */
const slow = (step: number): number => Math.min(1, step / 3000)
const still = (): number => 0.4

describe('a budget rule', () => {
  it('goes on while the accuracy rises, or the weight norm moves, and not else', () => {
    expect(decideBudget(rule(), record(2000, slow), 2000)).toMatchObject({ steps: 3000 })
    expect(decideBudget(rule(), record(2000, still), 2000).steps).toBeNull()
    const falling = record(2000, still, (step) => 50 - step / 200)
    expect(decideBudget(rule(), falling, 2000)).toMatchObject({
      steps: 3000,
      why: 'weight norm moved by -3.5 (-3.5 to -3.5) from step 1,300 to 2,000'
    })
    expect(decideBudget(rule({ watch: ['accuracy'] }), falling, 2000).steps).toBeNull()
    // 3.5 of about 42 is 8 %.
    expect(decideBudget(rule({ least: { weightNorm: 0.09 } }), falling, 2000).steps).toBeNull()
  })

  it('does not go on past its cap, nor after generalising, nor where nothing is recorded', () => {
    expect(decideBudget(rule({ cap: 2500 }), record(2000, slow), 2000).steps).toBe(2500)
    expect(decideBudget(rule({ cap: 2000 }), record(2000, slow), 2000)).toEqual({
      ...{ steps: null, why: 'the cap of 2,000 steps is reached' }
    })
    expect(decideBudget(rule(), record(4000, slow), 4000).why).toBe('it has generalised')
    const elsewhere = { ...record(2000, slow), split: 'other' }
    expect(decideBudget(rule(), elsewhere, 2000).steps).toBeNull()
  })

  it('takes noise for no movement', () => {
    const noisy = record(2000, (step) => 0.4 + (0.02 * (((7 * step) / 100) % 11)) / 11)
    expect(decideBudget(rule({ watch: ['accuracy'] }), noisy, 2000).steps).toBeNull()
  })
})

describe('a rule that is tried on a stored run', () => {
  it('ends where the real one would have, after as many extensions', () => {
    const tried = tryBudget(rule(), budget({ steps: 1000 }), record(8000, slow))
    // 1,000, 1,500, 2,250, 3,375: there the last three evaluations are not all at 0.95 before 3,100.
    expect(tried).toMatchObject({ state: 'ended', steps: 3375, tooEarly: false })
    expect(tried.why).toBe('it has generalised')
  })

  it('is too early where the run generalised later, and only there', () => {
    const late = (step: number): number => (step >= 5000 ? 1 : 0.4)
    const early = tryBudget(rule(), budget({ steps: 2000 }), record(8000, late))
    expect(early).toMatchObject({ state: 'ended', steps: 2000, tooEarly: true })
    expect(tryBudget(rule(), budget({ steps: 2000 }), record(8000, still)).tooEarly).toBe(false)
    expect(tryBudget(null, budget({ steps: 2000 }), record(8000, slow)).tooEarly).toBe(true)
  })

  it('says no more than the record: what would have gone on past it is beyond', () => {
    expect(tryBudget(rule(), budget({ steps: 2000 }), record(2500, slow))).toMatchObject({
      ...{ state: 'beyond', steps: 2500, tooEarly: false }
    })
  })

  it('knows the stop rules: the same record, ended as the trainer would have', () => {
    const stops = budget({ steps: 8000, stop: 'target', target: 0.5, tests: 'any' })
    // Half is reached at 1,500 and held by 1,700.
    expect(tryBudget(rule(), stops, record(8000, slow))).toMatchObject({
      ...{ steps: 1700, tooEarly: true, why: 'a test reached accuracy 0.5 at step 1500' }
    })
  })

  it('is summed up with names and steps', () => {
    const run = (id: string, steps: number, tooEarly = false) => ({
      ...{ id, name: `run ${id}`, state: 'ended' as const, steps, recorded: 4000 },
      ...{ why: '', tooEarly }
    })
    expect(triedText([run('a', 1000, true), run('b', 3000), run('c', 4000)])).toBe(
      'It would have stopped 1 of 3 too early: run a (a). It would have saved 4,000 of 12,000 steps (33 %).'
    )
    expect(triedText([])).toContain('no stored runs')
    expect(ruleText(rule())).toContain('up to 10,000, while over the last 25 % of them accuracy')
  })
})
