import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { parseRunConfig } from '@shared/config-input'
import type { MetricValues, TrainerEventBody } from '@shared/events'
import { describe, expect, it } from 'vitest'
import { openServer, temporaryFolder, tinyConfig, until } from '../../support/library'

const id = '20260101-000000-abcd'

/** A library with one run folder as a trainer leaves it, which no history knows yet. */
function libraryWith(...events: TrainerEventBody[]) {
  const library = temporaryFolder()
  const folder = join(library, 'runs', id)
  mkdirSync(folder, { recursive: true })
  const config = parseRunConfig(tinyConfig(1000))
  const file = { version: 1, id, name: 'found', createdAt: 1, preset: null, engine: 'auto' }
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...file, configHash: 'c', config }))
  let seq = 0
  const append = (...more: TrainerEventBody[]): void => {
    const lines = more.map((body) => JSON.stringify({ seq: ++seq, at: seq, ...body }) + '\n')
    appendFileSync(join(folder, 'events.jsonl'), lines.join(''))
  }
  append(...events)
  return { library, append }
}

const started = (resumedFrom?: number): TrainerEventBody => ({
  type: 'started',
  step: resumedFrom ?? 0,
  steps: 1000,
  stepsPerEpoch: 5,
  engine: { name: 'cpu', version: '0', detail: 'no engine' },
  parameterCount: 1,
  datasetHash: 'd',
  ...(resumedFrom !== undefined && { resumedFrom })
})
const evaluated = (step: number, train: number, ood: number): TrainerEventBody => {
  const values: MetricValues = {
    'accuracy/train_inferred': train,
    'accuracy/test_inferred_ood': ood,
    'loss/train_inferred': 1
  }
  return { type: 'metrics', step, values }
}
const memorised = [0, 100, 200, 300].map((step) => evaluated(step, step > 50 ? 1 : 0.1, 0.2))
const generalised = [400, 500, 600].map((step) => evaluated(step, 1, 0.97))
const ended: TrainerEventBody = { type: 'ended', step: 600, outcome: 'stopped' }

describe('milestones of a run', () => {
  it('are read off the curves of a folder that is found', async () => {
    const { library } = libraryWith(started(), ...memorised, ...generalised, ended)
    const { request } = await openServer(library, { startTrainer: null })
    const [run] = await request['runs.list']({})
    expect(run!.milestones).toMatchObject({
      version: 1,
      at: 600,
      memorisation: { state: 'reached', step: 100, after: 0 }
    })
    expect(run!.milestones!.splits.map(({ split }) => split)).toEqual([
      'train_inferred',
      'test_inferred_ood'
    ])
    expect(run!.milestones!.splits[1]).toMatchObject({
      crossing: { state: 'reached', step: 400, after: 300 },
      delay: { steps: 300, low: 200, high: 400 }
    })
  })

  it('forget what a resumed run takes back', async () => {
    const { library } = libraryWith(
      ...[started(), ...memorised, ...generalised],
      ...[started(300), evaluated(400, 1, 0.3)]
    )
    const { request } = await openServer(library, { startTrainer: null })
    const { milestones } = await request['runs.get']({ id })
    expect(milestones!.splits[1]!.crossing).toEqual({ state: 'censored', at: 400 })
  })

  it('are told to clients a moment after the curves grew', async () => {
    const { library, append } = libraryWith(started(), ...memorised)
    const one = await openServer(library, { startTrainer: null })
    const states: (string | undefined)[] = []
    one.on('run.changed', ({ milestones }) => states.push(milestones?.splits[1]?.crossing.state))
    append(...generalised, ended)
    const two = await openServer(library, { startTrainer: null })
    expect((await two.request['runs.get']({ id })).milestones!.at).toBe(600)
    // The first server hears of the second one's work on the same history.
    await until(() => states.includes('reached'))
  })

  it('of another version of the definition are computed anew when the library opens', async () => {
    const { library } = libraryWith(started(), ...memorised, ...generalised, ended)
    const first = await openServer(library, { startTrainer: null })
    const { milestones } = await first.request['runs.get']({ id })
    await first.server.close('The test goes on.')
    const db = new Sqlite(join(library, 'history.sqlite'))
    db.prepare("UPDATE runs SET milestones = json_set(milestones, '$.version', 0, '$.at', 7)").run()
    db.close()

    const second = await openServer(library, { startTrainer: null })
    expect((await second.request['runs.get']({ id })).milestones).toEqual(milestones)
    await second.server.close('The test goes on.')
    const stored = new Sqlite(join(library, 'history.sqlite'), { readonly: true })
    const row = stored.prepare("SELECT * FROM run_milestones WHERE role = 'ood'").get()
    expect(row).toMatchObject({ id, definition: 1, state: 'reached', step: 400, delay: 300 })
    stored.close()
  })

  it('are none for a run without evaluations', async () => {
    const { library } = libraryWith(started())
    const { request } = await openServer(library, { startTrainer: null })
    expect((await request['runs.get']({ id })).milestones).toBeNull()
  })
})
