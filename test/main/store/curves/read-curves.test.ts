import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { CurvesAnswer, CurvesQuery } from '@shared/curves'
import type { TrainerEvent } from '@shared/events'
import { milestonesOf } from '@shared/milestones'
import { applyEvent } from '../../../../src/main/server/run-states'
import { newRun } from '../../../../src/main/server/ingest'
import { openStore, type Store } from '../../../../src/main/store/store'
import { temporaryFolder } from '../../../support/library'

let store: Store
beforeEach(async () => {
  store = await openStore(join(temporaryFolder(), 'history.sqlite'), { now: Date.now })
  onTestFinished(() => store.close())
})

interface Made {
  dataset?: string
  every?: number
  last?: number
  /** The step from which both splits are right. */
  groks?: number
  level?: number
  cost?: object
}

/** A run whose accuracy on its test is `level` plus a thousandth of the step. */
function add(id: string, made: Made = {}): void {
  const { dataset = 'comparison', every = 10, last = 100, groks, level = 0, cost } = made
  const test = dataset === 'modular' ? 'test' : 'test_inferred_ood'
  const train = dataset === 'modular' ? 'train' : 'train_inferred'
  const config = { dataset: { kind: dataset }, budget: { steps: last } }
  store.insertRun(
    newRun({
      ...{ version: 1, id, name: id, createdAt: 1, preset: null, study: null },
      ...{ configHash: 'c', engine: 'auto', config }
    })
  )
  const lines: object[] = [
    {
      ...{ type: 'started', step: 0, steps: last, stepsPerEpoch: 20, datasetHash: 'ab' },
      ...{ engine: { name: 'wasm', version: '1', detail: 'w' }, parameterCount: 9 },
      ...(cost && { cost })
    }
  ]
  for (let step = 0; step <= last; step += every) {
    const right = groks !== undefined && step >= groks
    const values = {
      ...{ [`accuracy/${train}`]: right ? 1 : 0.1, [`accuracy/${test}`]: level + step / 1000 },
      ...{ weightNorm: 50 - Math.abs(step - 50) }
    }
    lines.push({ type: 'metrics', step, values })
  }
  const events = lines.map((line, i) => ({ seq: i + 1, at: 1000 * i, ...line })) as TrainerEvent[]
  store.ingest(id, events, 1, applyEvent)
  const milestones = milestonesOf([
    { split: train, role: 'train', points: store.points(id, `accuracy/${train}`) }
  ])
  store.change(id, () => ({ milestones }))
}

function read(query: Partial<CurvesQuery> & Pick<CurvesQuery, 'groups'>): CurvesAnswer {
  const whole = CurvesQuery.parse({
    ...{ metrics: ['accuracy/@ood'], x: { quantity: 'step' }, align: 'none', scale: 'linear' },
    ...{ columns: 1000, range: null, smoothing: 0, statistics: null },
    ...query
  })
  return CurvesAnswer.parse(store.curves(whole))
}
const alone = (...ids: string[]): CurvesQuery['groups'] =>
  ids.map((id) => ({ key: id, runs: [id] }))
const mean = { centre: 'mean', band: 'minmax', members: true } as const

describe('curves of many runs', () => {
  it('go by the role of a split, so that different tasks share a panel', () => {
    add('a')
    add('b', { dataset: 'modular', level: 0.5 })
    const { curves, extent } = read({ groups: alone('a', 'b', 'gone') })
    expect(curves.map(({ run, y }) => [run, y[0]])).toEqual([
      ['a', 0],
      ['b', 0.5]
    ])
    expect(extent).toEqual({ range: [0, 100], least: 10 })
  })

  it.each([
    ['epoch', [0, 2.5, 5]],
    ['examples', [0, 25_000, 50_000]],
    ['tokens', [0, 5e5, 1e6]],
    ['flops', [0, 5e10, 1e11]],
    ['relative', [0, 0.5, 1]]
  ] as const)('lie over %s', (quantity, x) => {
    add('a', { every: 50, cost: { flopsPerStep: 1e9, tokensPerStep: 1e4, examplesPerStep: 500 } })
    expect(read({ groups: alone('a'), x: { quantity } }).curves[0]!.x).toEqual(x)
  })

  it('lie over another metric in the order of their steps', () => {
    add('a', { every: 25 })
    const { curves } = read({ groups: alone('a'), x: { quantity: 'metric', metric: 'weightNorm' } })
    expect(curves[0]!.x).toEqual([0, 25, 50, 25, 0])
    expect(curves[0]!.y).toEqual([0, 0.025, 0.05, 0.075, 0.1])
  })

  it('are left out, and named, where they have no place on the axis', () => {
    add('a', { groks: 30 })
    add('b')
    const aligned = read({ groups: alone('a', 'b'), align: 'memorisation' })
    expect(aligned.curves.map(({ run, x }) => [run, x[0], x.at(-1)])).toEqual([['a', -30, 70]])
    expect(aligned.leftOut).toEqual([{ run: 'b', reason: 'event' }])
    expect(aligned.extent!.range).toEqual([-30, 70])
    expect(read({ groups: alone('b'), x: { quantity: 'tokens' } })).toEqual({
      ...{ extent: null, curves: [], leftOut: [{ run: 'b', reason: 'quantity' }], events: [] }
    })
  })

  it('come with the places of their milestones, never between recorded values', () => {
    const cost = { flopsPerStep: 1e9, tokensPerStep: 1e4, examplesPerStep: 500 }
    add('a', { groks: 30, cost })
    add('b')
    const places = (query: Partial<CurvesQuery>) =>
      read({ groups: alone('a', 'b'), ...query }).events.map(({ run, step, x }) => [run, step, x])
    const over = (quantity: CurvesQuery['x']['quantity'], metric?: string) =>
      places({ x: { quantity, ...(metric && { metric }) } })
    expect(over('step')).toEqual([['a', 30, 30]])
    expect(over('epoch')).toEqual([['a', 30, 1.5]])
    expect(over('tokens')).toEqual([['a', 30, 3e5]])
    expect(over('flops')).toEqual([['a', 30, 3e10]])
    expect(over('relative')).toEqual([['a', 30, 0.3]])
    // The line of step 30 is the fourth after the start, a second each.
    expect(over('time')).toEqual([['a', 30, 4]])
    expect(over('metric', 'weightNorm')).toEqual([['a', 30, 30]])
    expect(places({ align: 'memorisation' })).toEqual([['a', 30, 0]])
    store.ingest(
      'a',
      [{ seq: 99, at: 1, type: 'metrics', step: 35, values: { rare: 0.5 } }] as TrainerEvent[],
      9,
      applyEvent
    )
    expect(over('metric', 'rare')).toEqual([['a', 30, null]])
  })

  it('are smoothed from their first recorded point on, whatever is in sight; the raw values stay', () => {
    add('a', { every: 1, last: 60 })
    const [whole] = read({ groups: alone('a'), smoothing: 0.9 }).curves
    // Debiased: the weighted mean of all values so far, by definition.
    const wanted = (step: number): number => {
      const weights = Array.from({ length: step + 1 }, (_, i) => 0.9 ** (step - i))
      const sum = weights.reduce((a, b) => a + b, 0)
      return weights.reduce((total, w, i) => total + (w * i) / 1000, 0) / sum
    }
    for (const step of [0, 1, 7, 60]) expect(whole!.smooth!.y[step]).toBeCloseTo(wanted(step), 12)
    expect(whole!.y[7]).toBe(0.007)
    const [zoomed] = read({ groups: alone('a'), smoothing: 0.9, range: [30, 40] }).curves
    const at = zoomed!.smooth!.x.indexOf(35)
    expect(zoomed!.smooth!.y[at]).toBe(whole!.smooth!.y[35])
  })

  it('tell how many points lie in sight, and reach beyond it by one', () => {
    add('a', { every: 1, last: 1000 })
    const [zoomed] = read({ groups: alone('a'), range: [100, 199], columns: 10 }).curves
    expect(zoomed!.total).toBe(100)
    expect([zoomed!.x[0], zoomed!.x.at(-1)]).toEqual([99, 200])
    expect(zoomed!.x.length).toBeLessThanOrEqual(5 * 10 + 2)
  })
})

describe('groups', () => {
  it('have a centre over all members, which stay visible behind it', () => {
    add('a', { level: 0.1 })
    add('b', { level: 0.3, every: 20 })
    const { curves } = read({ groups: [{ key: 'g', runs: ['a', 'b'] }], statistics: mean })
    expect(curves.map(({ run, role }) => [run, role])).toEqual([
      ['a', 'member'],
      ['b', 'member'],
      [null, 'centre']
    ])
    const centre = curves[2]!
    expect(centre.n).toEqual([2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2])
    expect(centre.y[0]).toBeCloseTo(0.2, 12)
    expect(centre.low![0]).toBe(0.1)
    expect(centre.high![0]).toBe(0.3)
    // One member alone at step 10.
    expect(centre.y[1]).toBeCloseTo(0.11, 12)
    const hidden = read({
      groups: [{ key: 'g', runs: ['a', 'b'] }],
      statistics: { ...mean, members: false }
    })
    expect(hidden.curves).toHaveLength(1)
  })

  it('do not depend on which other groups are shown, nor on what is in sight', () => {
    for (let i = 0; i < 6; i++) add(`r${i}`, { level: i / 10, every: 5 + i, last: 200 })
    const first = { key: 'one', runs: ['r0', 'r1', 'r2'] }
    const others = { key: 'two', runs: ['r3', 'r4', 'r5'] }
    const centreOf = (answer: CurvesAnswer) =>
      answer.curves.find(({ group, role }) => group === 'one' && role === 'centre')
    const byItself = centreOf(read({ groups: [first], statistics: mean }))
    expect(byItself!.y.length).toBeGreaterThan(50)
    expect(centreOf(read({ groups: [first, others], statistics: mean }))).toEqual(byItself)
    expect(centreOf(read({ groups: [others, first], statistics: mean }))).toEqual(byItself)
    // A zoomed and reduced one is a selection of the same points.
    const zoomed = centreOf(
      read({ groups: [first, others], statistics: mean, range: [50, 100], columns: 7 })
    )!
    zoomed.x.forEach((x, i) => {
      expect(zoomed.y[i]).toBe(byItself!.y[byItself!.x.indexOf(x)])
    })
  })

  it('are aligned member by member at their own event', () => {
    add('a', { groks: 20, level: 0.1 })
    add('b', { groks: 50, level: 0.3 })
    const { curves } = read({
      ...{ groups: [{ key: 'g', runs: ['a', 'b'] }], align: 'memorisation', statistics: mean }
    })
    const centre = curves.at(-1)!
    expect(centre.x[0]).toBe(-50)
    const at0 = centre.x.indexOf(0)
    expect(centre.n![at0]).toBe(2)
    expect(centre.y[at0]).toBeCloseTo((0.1 + 0.02 + 0.3 + 0.05) / 2, 12)
    expect(centre.n![0]).toBe(1)
  })

  it('are made anew when a member has gone on', () => {
    add('a')
    const query = { groups: [{ key: 'g', runs: ['a'] }], statistics: mean }
    expect(read(query).curves.at(-1)!.x.at(-1)).toBe(100)
    const more: TrainerEvent = {
      ...{
        seq: 50,
        at: 50,
        type: 'metrics',
        step: 110,
        values: { 'accuracy/test_inferred_ood': 1 }
      }
    }
    store.ingest('a', [more], 2, applyEvent)
    expect(read(query).curves.at(-1)!.x.at(-1)).toBe(110)
  })
})
