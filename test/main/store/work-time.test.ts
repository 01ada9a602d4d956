import { join } from 'node:path'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { TrainerEvent, TrainerEventBody } from '@shared/events'
import { applyEvent } from '../../../src/main/server/run-states'
import { newRun } from '../../../src/main/server/ingest'
import { openStore, type Store } from '../../../src/main/store/store'
import { spreadReports } from '../../../src/main/store/work-time'
import { openServer, temporaryFolder, tinyConfig, until } from '../../support/library'

const started = (resumedFrom?: number): TrainerEventBody => ({
  ...{ type: 'started', step: resumedFrom ?? 0, steps: 100, stepsPerEpoch: 7, datasetHash: 'ab' },
  ...{ engine: { name: 'wasm', version: '1', detail: 'wasm' }, parameterCount: 9 },
  ...(resumedFrom !== undefined && { resumedFrom })
})
const loss = (step: number): TrainerEventBody => ({ type: 'metrics', step, values: { loss: 1 } })

/** Two stretches: one with a pause, one after a night, from a checkpoint. Unix milliseconds. */
const story: [at: number, event: TrainerEventBody][] = [
  [1000, started()],
  [3000, loss(1)],
  [5000, { type: 'checkpoint', step: 2, name: 'step-2' }],
  [6000, { type: 'paused', step: 2 }],
  [66_000, { type: 'resumed', step: 2 }],
  [67_000, loss(3)],
  // Killed: what came after step 2 is done again.
  [9_000_000, started(2)],
  [9_002_500, loss(3)],
  [9_004_000, { type: 'ended', step: 3, outcome: 'stopped' }],
  [19_000_000, started(3)],
  [19_001_000, loss(4)]
]
const events = story.map(([at, body], i) => ({ seq: i + 1, at, ...body }) as TrainerEvent)
/** 2 s to step 1, 4 s to the checkpoint, from which 2.5 s to step 3; its time is that of the last write. */
const seconds = [
  [1, 2],
  [3, 6.5],
  [4, 7.5]
]

const file = {
  ...{ version: 1 as const, id: 'a', name: 'a', createdAt: 1, preset: null, study: null },
  ...{ configHash: 'c', engine: 'auto' as const, config: { budget: { steps: 100 } } }
}

function overTime(store: Store): number[][] {
  const { curves } = store.curves({
    ...{ groups: [{ key: 'g', runs: ['a'] }], metrics: ['loss'], x: { quantity: 'time' } },
    ...{ align: 'none', scale: 'linear', columns: 100, range: null, smoothing: 0, statistics: null }
  })
  const { x } = curves[0]!
  return x.map((at, i) => [[1, 3, 4][i]!, at])
}

describe('time at work', () => {
  it('leaves out pauses, interruptions and what was done twice', async () => {
    const store = await openStore(join(temporaryFolder(), 'history.sqlite'), { now: Date.now })
    onTestFinished(() => store.close())
    store.insertRun(newRun(file))
    // Taken in piece by piece, as a live run is.
    for (const event of events) store.ingest('a', [event], event.seq, applyEvent)
    expect(overTime(store)).toEqual(seconds)
  })

  it('of runs from before it was kept is read from their lines when the library opens', async () => {
    const library = temporaryFolder()
    const folder = join(library, 'runs', 'a')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...file, config: tinyConfig(100) }))
    appendFileSync(
      join(folder, 'events.jsonl'),
      events.map((e) => `${JSON.stringify(e)}\n`).join('')
    )
    const first = await openServer(library)
    await first.server.close('The test goes on.')
    const database = new Sqlite(join(library, 'history.sqlite'))
    database.exec(
      'DELETE FROM step_times; UPDATE ingested SET timed = 0, worked_ms = 0, work_since = NULL'
    )
    database.close()
    const { request } = await openServer(library)
    const x = await until(async () => {
      const { curves } = await request['metrics.curves']({
        ...{ groups: [{ key: 'g', runs: ['a'] }], metrics: ['loss'], x: { quantity: 'time' } },
        ...{ align: 'none', scale: 'linear', columns: 100, range: null },
        ...{ smoothing: 0, statistics: null }
      })
      return curves[0]?.x
    })
    expect(x).toEqual(seconds.map(([, at]) => at))
  })

  it('of losses that were written together is spread over the time since the report before', () => {
    const steps = Float64Array.of(1, 2, 3, 4, 5, 6, 8)
    const ms = Float64Array.of(200, 200, 201, 201, 400, 401, 900)
    const wanted = [201 / 4, 201 / 2, (3 * 201) / 4, 201, 301, 401, 900].map((t) => t / 1000)
    expect([...spreadReports(steps, ms)]).toEqual(wanted.map((t) => expect.closeTo(t, 12)))
  })
})
