import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import type { TrainerEvent } from '@shared/events'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { newRun } from '../../../src/main/server/ingest'
import { applyEvent } from '../../../src/main/server/run-states'
import { openStore, type RunRecord, type Store } from '../../../src/main/store/store'
import { temporaryFolder } from '../../support/library'

async function open(folder = temporaryFolder()): Promise<Store> {
  const store = await openStore(join(folder, 'history.sqlite'), { now: Date.now })
  onTestFinished(() => store.close())
  return store
}

function record(id: string, changes: Partial<RunRecord> = {}): RunRecord {
  const config = { version: 1, budget: { steps: 100 }, model: { family: 'gpt2', nLayer: 2 } }
  const file = {
    version: 1 as const,
    preset: null,
    study: null,
    origin: null,
    configHash: 'c0ffee',
    engine: 'auto' as const
  }
  return { ...newRun({ ...file, id, name: `run ${id}`, createdAt: 1000, config }), ...changes }
}

const started = (seq: number, step = 0, resumedFrom?: number): TrainerEvent => ({
  ...{ seq, at: seq * 10, type: 'started', step, steps: 100, stepsPerEpoch: 7 },
  ...{ engine: { name: 'wasm', version: '4.22', detail: 'wasm' }, parameterCount: 9 },
  ...{ datasetHash: 'ab', ...(resumedFrom !== undefined && { resumedFrom }) }
})
const metrics = (
  seq: number,
  step: number,
  values: Record<string, number | null>
): TrainerEvent => ({ seq, at: seq * 10, type: 'metrics', step, values })
const checkpoint = (seq: number, step: number): TrainerEvent => ({
  ...{ seq, at: seq * 10, type: 'checkpoint', step, name: `step-${step}` }
})

const points = (store: Store, id: string, name = 'loss') =>
  store.series({ id, names: [name], scale: 'linear', columns: 4000 })[0]!.points

describe('runs', () => {
  it('come back as they went in', async () => {
    const store = await open()
    const run = record('a', {
      ...{ error: 'two\nlines', preset: 'mini', startedAt: 5, last: { loss: null, 'acc/x': 0.5 } },
      engine: { name: 'native', version: '2.21', detail: 'x', reason: 'y' },
      cost: { flopsPerStep: 6e9, tokensPerStep: 3065.8, examplesPerStep: 510.97 },
      ...{ archived: true, resume: true, owner: '{}', queuedAt: 7 },
      ...{ study: { id: 's', cell: 'seed 1' }, priority: 2, crashes: 1 }
    })
    store.insertRun(run)
    // The first config gets the first colour.
    expect(store.run('a')).toEqual({ ...run, color: 0, shade: 0 })
    expect(store.run('b')).toBeUndefined()
  })

  it('of one config get the next shade of its colour, or what their folders say', async () => {
    const store = await open()
    for (const id of ['a', 'b']) store.insertRun(record(id, { seedless: 'one' }))
    store.insertRun(record('c', { seedless: 'two' }))
    store.insertRun(record('d', { seedless: 'one', color: 7, shade: 5 }))
    store.insertRun(record('e', { seedless: 'one' }))
    const looks = ['a', 'b', 'c', 'd', 'e'].map((id) => {
      const { color, shade } = store.run(id)!
      return [color, shade]
    })
    expect(looks).toEqual([
      ...[
        [0, 0],
        [0, 1],
        [1, 0]
      ],
      ...[
        [7, 5],
        [0, 6]
      ]
    ])
    expect(store.lookOf('two')).toEqual({ color: 1, shade: 1 })
  })

  it('are listed newest first, and in the queue by age', async () => {
    const store = await open()
    store.insertRun(record('a', { createdAt: 1, queuedAt: 30 }))
    store.insertRun(record('b', { createdAt: 3, queuedAt: 20 }))
    store.insertRun(record('c', { createdAt: 2, queuedAt: 10, trashed: true }))
    expect(store.runs().map((run) => run.id)).toEqual(['b', 'c', 'a'])
    expect(store.runsIn(['queued']).map((run) => run.id)).toEqual(['b', 'a'])
  })

  it('are changed by a function of what they are; every change is seen by its revision', async () => {
    const store = await open()
    store.insertRun(record('a'))
    store.insertRun(record('b'))
    const before = store.revision()
    expect(store.change('b', (run) => ({ name: run.name + '!' }))?.name).toBe('run b!')
    expect(store.change('a', () => undefined)?.name).toBe('run a')
    expect(store.change('x', () => ({ name: '' }))).toBeUndefined()
    expect(store.changedSince(before)).toEqual(['b'])
  })

  it('are claimed once, whoever asks', async () => {
    const folder = temporaryFolder()
    const [one, two] = [await open(folder), await open(folder)]
    one.insertRun(record('a', { queuedAt: 1 }))
    one.insertRun(record('b', { queuedAt: 2 }))
    const take = (store: Store, owner: string) =>
      store.claim(() => true, { state: 'starting', owner })?.id
    expect([take(one, '1'), take(two, '2'), take(one, '1')]).toEqual(['a', 'b', undefined])
    expect(two.claim(() => false, {})).toBeUndefined()
  })

  it('that another connection changes move the data version', async () => {
    const folder = temporaryFolder()
    const [one, two] = [await open(folder), await open(folder)]
    const before = one.dataVersion()
    expect(one.dataVersion()).toBe(before)
    two.insertRun(record('a'))
    expect(one.dataVersion()).not.toBe(before)
    expect(one.changedSince(0)).toEqual(['a'])
  })
})

describe('ingest', () => {
  it('takes every event once, however often and in whatever pieces it is told', async () => {
    const events: TrainerEvent[] = [
      started(1),
      ...Array.from({ length: 30 }, (_, i) => metrics(i + 2, i, { loss: i * i })),
      checkpoint(32, 20)
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(events.length), fc.nat(events.length)), { maxLength: 12 }),
        async (pieces) => {
          const store = await openStore(':memory:', { now: Date.now })
          store.insertRun(record('a'))
          let known = 0
          for (const [from, to] of [...pieces, [0, events.length] as const]) {
            // A reader starts at or before what is known, never beyond it.
            const piece = events.slice(Math.min(from, known), Math.max(to, known))
            const fresh = store.ingest('a', piece, 100 * Math.max(to, known), applyEvent)
            expect(fresh.map((e) => e.seq)).toEqual(
              events.slice(known, Math.max(to, known)).map((e) => e.seq)
            )
            known = Math.max(known, to)
          }
          expect(store.position('a')).toEqual({ seq: 32, bytes: 3200 })
          expect(points(store, 'a')).toEqual(Array.from({ length: 30 }, (_, i) => [i, i * i]))
          expect(store.run('a')).toMatchObject({
            ...{ state: 'running', step: 29, last: { loss: 841 }, lastCheckpoint: 20 },
            ...{ stepsPerEpoch: 7, parameterCount: 9, datasetHash: 'ab', startedAt: 10 }
          })
          store.close()
        }
      ),
      { numRuns: 30 }
    )
  })

  it('drops what a superseded stretch wrote after the step from which the run goes on', async () => {
    const store = await open()
    store.insertRun(record('a'))
    store.insertRun(record('b'))
    const first = [
      started(1),
      metrics(2, 5, { loss: 5, early: 1 }),
      checkpoint(3, 10),
      metrics(4, 10, { loss: 10 }),
      metrics(5, 15, { loss: 15, late: 1 }),
      checkpoint(6, 20)
    ]
    for (const id of ['a', 'b']) store.ingest(id, first, 600, applyEvent)
    store.ingest('a', [started(7, 10, 10), metrics(8, 10, { loss: 10.5 })], 800, applyEvent)
    expect(points(store, 'a')).toEqual([
      [5, 5],
      [10, 10.5]
    ])
    expect(points(store, 'a', 'late')).toEqual([])
    expect(store.run('a')).toMatchObject({
      ...{ step: 10, lastCheckpoint: 10, checkpoints: 1, last: { loss: 10.5, early: 1 } }
    })
    expect(store.run('a')!.last).not.toHaveProperty('late')
    // Another run keeps its own.
    expect(points(store, 'b')).toHaveLength(3)
    // Without a checkpoint it starts from nothing.
    store.ingest('a', [started(9)], 900, applyEvent)
    expect(points(store, 'a')).toEqual([])
    expect(store.run('a')).toMatchObject({
      ...{ step: 0, lastCheckpoint: null, checkpoints: 0, last: {} }
    })
  })

  it('counts checkpoints, but no more than a run keeps', async () => {
    const store = await open()
    store.insertRun(record('all'))
    const few = record('few')
    store.insertRun({ ...few, config: { ...few.config, checkpoints: { keep: 2 } } })
    const events = [started(1), checkpoint(2, 10), checkpoint(3, 20), checkpoint(4, 30)]
    for (const id of ['all', 'few']) store.ingest(id, events, 400, applyEvent)
    expect(store.run('all')!.checkpoints).toBe(3)
    expect(store.run('few')!.checkpoints).toBe(2)
  })

  it('of a batch that fails leaves nothing of it', async () => {
    const store = await open()
    store.insertRun(record('a'))
    const failing = (run: RunRecord, event: TrainerEvent): RunRecord => {
      if (event.seq === 3) throw new Error('a bug')
      return applyEvent(run, event)
    }
    const batch = [started(1), metrics(2, 1, { loss: 1 }), metrics(3, 2, { loss: 2 })]
    expect(() => store.ingest('a', batch, 300, failing)).toThrow('a bug')
    expect(points(store, 'a')).toEqual([])
    expect(store.position('a')).toEqual({ seq: 0, bytes: 0 })
    expect(store.run('a')!.state).toBe('queued')
  })

  it('of lines without events moves the position, never back', async () => {
    const store = await open()
    store.insertRun(record('a'))
    store.ingest('a', [], 50, applyEvent)
    store.ingest('a', [], 20, applyEvent)
    expect(store.position('a')).toEqual({ seq: 0, bytes: 50 })
  })
})

describe('series', () => {
  it('are cut to a range, keep values that are not finite, and share one axis', async () => {
    const store = await open()
    store.insertRun(record('a'))
    const events = Array.from({ length: 100 }, (_, i) =>
      metrics(i + 1, i, i < 50 ? { loss: i === 30 ? null : i, short: i } : { loss: i })
    )
    store.ingest('a', events, 1, applyEvent)
    const query = { id: 'a', scale: 'linear' as const, columns: 1000 }
    const [cut] = store.series({ ...query, names: ['loss'], from: 28.5, to: 31 })
    expect(cut).toEqual({
      name: 'loss',
      total: 3,
      // And the neighbours, from which the line comes in and to which it goes.
      points: [
        [28, 28],
        [29, 29],
        [30, null],
        [31, 31],
        [32, 32]
      ]
    })
    // Two columns over steps 0..99: all of `short` but its last step lies in the first.
    const both = store.series({ ...query, names: ['short', 'none', 'loss'], columns: 2 })
    expect(both.map((s) => [s.name, s.total])).toEqual([
      ['short', 50],
      ['none', 0],
      ['loss', 100]
    ])
    expect(both[0]!.points).toEqual([
      [0, 0],
      [49, 49]
    ])
  })
})

describe('a long series', () => {
  it('is read to its end, none left out and none twice', async () => {
    const store = await open()
    store.insertRun(record('a'))
    const count = 40_001
    const events = Array.from({ length: count }, (_, i) => metrics(i + 1, i, { loss: i }))
    store.ingest('a', events, 1, applyEvent)
    const [series] = store.series({ id: 'a', names: ['loss'], scale: 'log', columns: 100 })
    expect(series!.total).toBe(count)
    expect(series!.points.at(-1)).toEqual([count - 1, count - 1])
  })
})

describe('the file', () => {
  it('is as durable as it says: WAL, FULL, foreign keys, a marked header', async () => {
    const folder = temporaryFolder()
    const store = await open(folder)
    store.insertRun(record('a'))
    const db = new Sqlite(join(folder, 'history.sqlite'))
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal')
    expect(db.pragma('application_id', { simple: true })).toBe(0x47524f4b)
    expect(db.pragma('foreign_key_check')).toEqual([])
    expect(() => store.ingest('stranger', [metrics(1, 1, { loss: 1 })], 1, applyEvent)).toThrow(
      'not in the history'
    )
    db.close()
  })

  it('offers run_summary to other programs', async () => {
    const folder = temporaryFolder()
    const store = await open(folder)
    store.insertRun(record('a', { createdAt: Date.UTC(2026, 0, 2, 3, 4, 5), step: 21 }))
    store.ingest('a', [started(1), metrics(2, 21, { loss: 0.5 }), checkpoint(3, 20)], 1, applyEvent)
    const db = new Sqlite(join(folder, 'history.sqlite'), { readonly: true })
    const row = db.prepare('SELECT * FROM run_summary').get()
    expect(row).toMatchObject({
      ...{ id: 'a', state: 'running', created: '2026-01-02T03:04:05Z', epochs: 3, family: 'gpt2' },
      ...{ n_layer: 2, engine: 'wasm', last_checkpoint: 20, last_values: '{"loss":0.5}' }
    })
    db.close()
  })
})
