import { describe, expect, test } from 'vitest'
import type { EngineInfo, TrainerEvent } from '@shared/events'
import { judge, recordOf, type RunRecordOf } from '../../../src/main/packs/agreement'

const engine: EngineInfo = {
  name: 'native',
  version: '2.21.0',
  detail: 'x',
  machine: 'linux x64, A, 2 cores'
}
const elsewhere: EngineInfo = { ...engine, machine: 'linux x64, B, 8 cores' }
const config = { dataset: { kind: 'comparison' } }
const none = { original: new Map<string, string>(), again: new Map<string, string>() }

const started = (over: Partial<Extract<TrainerEvent, { type: 'started' }>> = {}): TrainerEvent => ({
  ...{ seq: 1, at: 0, type: 'started', step: 0, steps: 100, stepsPerEpoch: 1, engine },
  ...{ parameterCount: 1, datasetHash: 'data', ...over }
})
const metrics = (step: number, values: Record<string, number | null>): TrainerEvent => ({
  ...{ seq: 2, at: 0, type: 'metrics', step, values }
})
/** A run whose accuracies at steps 0, 10, 20, ... are given. */
const run = (accuracies: number[], on = engine): RunRecordOf =>
  recordOf(config, [
    started({ engine: on }),
    ...accuracies.map((value, i) => metrics(10 * i, { 'accuracy/test_inferred_ood': value }))
  ])

test('a record is what counts in the end: what a resumed run repeats replaces what it had written', () => {
  const record = recordOf(config, [
    started(),
    metrics(10, { batchLoss: 1 }),
    metrics(20, { batchLoss: 2 }),
    metrics(30, { batchLoss: 3 }),
    started({ resumedFrom: 10 }),
    metrics(20, { batchLoss: 5 }),
    metrics(20, { lr: 0.1 })
  ])
  expect([...record.values]).toEqual([
    [10, { batchLoss: 1 }],
    [20, { batchLoss: 5, lr: 0.1 }]
  ])
  expect(record.lastStep).toBe(20)
})

describe('bit for bit', () => {
  test('the same numbers agree on any machine, and only up to the last step asked for', () => {
    const [a, b] = [run([0.1, 0.2, 0.3]), run([0.1, 0.2, 0.4], elsewhere)]
    expect(judge(a, b, 10, none, [a])).toMatchObject({
      verdict: 'identical',
      compared: 2,
      differing: 0
    })
    expect(judge(a, b, 20, none, [a])).toMatchObject({ verdict: 'undecided', differing: 1 })
  })

  test('on one machine a single digit, a value more or less, or other weights disagree, and are named', () => {
    const a = run([0.1, 0.2])
    const digit = judge(a, run([0.1, 0.2000000001]), 10, none, [a, a, a])
    expect(digit).toMatchObject({ verdict: 'differs', sameMachine: true, differing: 1 })
    expect(digit.first).toEqual({
      ...{ what: 'accuracy/test_inferred_ood at step 10', original: '0.2', again: '0.2000000001' }
    })
    expect(judge(a, run([0.1]), 10, none, []).first).toMatchObject({
      original: '0.2',
      again: 'nothing'
    })
    const hashes = { original: new Map([['step-1/m', 'x']]), again: new Map([['step-1/m', 'y']]) }
    expect(judge(a, a, 10, hashes, []).first).toMatchObject({ what: 'checkpoint step-1/m' })
  })

  test('other data, and nothing at all, do not agree', () => {
    const a = run([0.1])
    const other = { ...a, datasetHash: 'other' }
    expect(judge(a, other, 10, none, [])).toMatchObject({
      verdict: 'differs',
      first: { what: 'the data set' }
    })
    expect(judge(run([]), run([]), 10, none, [])).toMatchObject({
      verdict: 'undecided',
      compared: 0
    })
  })
})

describe('within the spread of seeds, on another machine', () => {
  const seeds = [run([0, 0.5]), run([0, 0.6]), run([0, 0.7])]
  const verdict = (value: number, of = seeds): string =>
    judge(seeds[0]!, run([0, value], elsewhere), 10, none, of).verdict

  test('is where one more seed would lie with 99 %', () => {
    // mean .6, s .1, t(.995, 2) = 9.925, half width 9.925 * .1 * sqrt(4 / 3) = 1.146: any accuracy.
    expect([verdict(0), verdict(1)]).toEqual(['within spread', 'within spread'])
    const eight = [0.59, 0.6, 0.61, 0.6, 0.59, 0.61, 0.6, 0.6].map((value) => run([0, value]))
    // s = .00756, t(.995, 7) = 3.499, half width 3.499 * .00756 * sqrt(9 / 8) = .02806
    expect([verdict(0.627, eight), verdict(0.573, eight)]).toEqual([
      'within spread',
      'within spread'
    ])
    expect([verdict(0.629, eight), verdict(0.571, eight)]).toEqual(['differs', 'differs'])
  })

  test('is at least two hundredths wide, and needs three seeds', () => {
    const same = [run([0, 1]), run([0, 1]), run([0, 1])]
    expect([verdict(0.985, same), verdict(0.97, same)]).toEqual(['within spread', 'differs'])
    const two = judge(seeds[0]!, run([0, 0.6], elsewhere), 10, none, seeds.slice(0, 2))
    expect(two.verdict).toBe('undecided')
    expect(two.reasons[0]).toContain('has 2 seeds of this config: 3 are needed')
  })

  test('also of the step of generalisation', () => {
    const groks = (at: number, on = engine): RunRecordOf =>
      run(
        Array.from({ length: 40 }, (_, i) => (10 * i >= at ? 1 : 0.1)),
        on
      )
    const three = [groks(100), groks(110), groks(100)]
    const judged = (at: number) => judge(three[0]!, groks(at, elsewhere), 390, none, three)
    expect(judged(110).verdict).toBe('within spread')
    expect(judged(300).reasons[0]).toMatch(/test_inferred_ood is reached at step 300, outside of/)
  })
})
