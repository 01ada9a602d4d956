import { describe, expect, it } from 'vitest'
import {
  bestOf,
  describeBracket,
  describeMeasured,
  measuresOf,
  type Measure,
  type Measured
} from '@shared/compare/measures'
import { describeSeeds, seedDelta } from '@shared/compare/seed-delta'
import type { RunRow } from '@shared/contract'
import { welchInterval } from '@shared/statistics/welch'
import { risenAt, runRow } from '../../support/run-rows'

const steps = [0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]
const run = (id: string, ood: number | null, train: number | null = 200, seed = 42): RunRow =>
  runRow(id, { seed }, { milestones: risenAt(steps, { train, iid: 300, ood }) })
const measure = (key: string, ...runs: RunRow[]): Measure =>
  measuresOf(runs).find((found) => found.key === key)!
const known = (value: number, low = value, high = value): Measured => ({
  ...{ value, low, high },
  censored: false
})
const beyond = (value: number): Measured => ({ value, low: value, high: Infinity, censored: true })

describe('measures of runs side by side', () => {
  it('are events, delays and plateaus, in that order, as far as any run has them', () => {
    expect(measuresOf([run('a', 700), run('b', null)]).map(({ key }) => key)).toEqual([
      'memorised',
      'generalised/test_inferred_iid',
      'generalised/test_inferred_ood',
      'delay/test_inferred_iid',
      'delay/test_inferred_ood',
      'plateau/train_inferred',
      'plateau/test_inferred_iid',
      'plateau/test_inferred_ood'
    ])
    expect(measuresOf([runRow('a'), runRow('b')])).toEqual([])
  })

  it('carry their bracket, and a run that is not there yet as censored', () => {
    const [reached, never] = [run('a', 700), run('b', null)]
    const ood = measure('generalised/test_inferred_ood', reached, never)
    expect(ood.of(reached)).toEqual(known(700, 600, 700))
    expect(ood.of(never)).toEqual(beyond(1000))
    const delay = measure('delay/test_inferred_ood', reached, never)
    // Memorised after 100 and by 200.
    expect(delay.of(reached)).toEqual(known(500, 400, 600))
    expect(delay.of(never)).toEqual(beyond(800))
    expect(delay.of(run('c', 700, null))).toBeNull()
  })

  it('take what is not yet confirmed for not yet reached', () => {
    const ood = measure('generalised/test_inferred_ood', run('a', 700))
    expect(ood.of(run('b', 900))).toEqual(beyond(800))
  })

  it('are written with what surrounds them', () => {
    const ood = measure('generalised/test_inferred_ood', run('a', 700))
    const plateau = measure('plateau/test_inferred_ood', run('a', 700))
    expect([describeMeasured(ood, known(12_345)), describeMeasured(ood, beyond(4000))]).toEqual([
      '12,345',
      '> 4,000'
    ])
    expect(describeBracket(ood, known(700, 600))).toBe('after 600')
    expect(describeMeasured(plateau, known(0.98149))).toBe('0.981')
    expect(describeBracket(plateau, known(0.98, 0.976, 0.984))).toBe('± 0.004')
  })
})

describe('the best value of a row', () => {
  const ood = measure('generalised/test_inferred_ood', run('a', 700))
  const plateau = measure('plateau/test_inferred_ood', run('a', 700))

  it('is the earliest event, with those whose brackets overlap its own', () => {
    expect(bestOf(ood, [known(900, 800), known(500, 400), known(520, 480)])).toEqual([
      false,
      true,
      true
    ])
    expect(bestOf(ood, [known(500, 400), known(600, 500)])).toEqual([true, false])
  })

  it('is never a censored one, and none where all are equal or only one is known', () => {
    expect(bestOf(ood, [beyond(10), known(500, 400), null])).toEqual([false, true, false])
    expect(bestOf(ood, [beyond(10), beyond(20)])).toEqual([false, false])
    expect(bestOf(ood, [known(5), known(5)])).toEqual([false, false])
    expect(bestOf(ood, [known(5), null])).toEqual([false, false])
  })

  it('is the highest plateau in the digits that are shown', () => {
    expect(bestOf(plateau, [known(0.9811), known(0.9814), known(0.97)])).toEqual([
      true,
      true,
      false
    ])
  })
})

describe('the difference to a baseline', () => {
  const alone = (r: RunRow): { run: RunRow; seeds: RunRow[] } => ({ run: r, seeds: [r] })
  const ood = measure('generalised/test_inferred_ood', run('a', 700))

  it('is a number without an interval for one seed each', () => {
    const delta = seedDelta(ood, alone(run('a', 400)), alone(run('b', 700)))!
    expect(delta).toEqual({ difference: 300, seeds: null, n: [1, 1] })
    expect(describeSeeds(ood, delta)).toBe('one seed: no interval')
  })

  it('has the Welch interval of the seeds where both configs have several', () => {
    const first = [400, 500, 400].map((at, i) => run(`a${i}`, at))
    const second = [700, 600].map((at, i) => run(`b${i}`, at))
    const delta = seedDelta(
      ood,
      { run: first[0]!, seeds: first },
      { run: second[0]!, seeds: second }
    )!
    const wanted = welchInterval([400, 500, 400], [700, 600])!
    expect(delta).toMatchObject({ difference: 300, n: [3, 2] })
    expect(delta.seeds).toMatchObject({ ...{ low: wanted.low, high: wanted.high }, horizon: null })
    expect(describeSeeds(ood, delta)).toMatch(/^seeds \+217 \(.*\), n 2 and 3$/)
  })

  it('restricts the means where a seed is censored, and gives no plain difference to one', () => {
    const first = [400, 500].map((at, i) => run(`a${i}`, at))
    const second = [run('b0', null), run('b1', 700)]
    const delta = seedDelta(
      ood,
      { run: first[0]!, seeds: first },
      { run: second[0]!, seeds: second }
    )!
    expect(delta.difference).toBeNull()
    // Areas up to step 1000, where the censored run was last seen: 450, and (1000 + 700) / 2.
    expect(delta.seeds).toMatchObject({ difference: 400, horizon: 1000 })
    expect(describeSeeds(ood, delta)).toContain('means up to 1,000 steps')
  })

  it('says which side has no seeds', () => {
    const first = [400, 500].map((at, i) => run(`a${i}`, at))
    const delta = seedDelta(ood, { run: first[0]!, seeds: first }, alone(run('b', 700)))!
    expect(describeSeeds(ood, delta)).toBe('one seed of this config: no interval')
  })
})
