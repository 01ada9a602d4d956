/** Studies over the contract: planned, trained, extended, cut off in the middle. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { events, requests, type ApiClient, type RunRow } from '@shared/contract'
import { connect } from '@shared/rpc'
import { cellResults, countStates, type CellResult } from '@shared/study-results'
import type { StudyInput } from '@shared/study'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { childPort } from '../../../src/main/ports'
import {
  allPoints,
  fakeTrainerEntry,
  forkFake,
  openServer,
  recordedEvents,
  temporaryFolder,
  tinyConfig,
  until
} from '../../support/library'
import { buildServerEntry } from '../../support/server-entry'
import { fakeLoss } from '../../support/fake-trainer.mjs'

const study = (changes: Partial<StudyInput> = {}): StudyInput => ({
  name: 'sizes',
  title: 'Sizes',
  base: tinyConfig(30) as Record<string, unknown>,
  axes: [
    { kind: 'values', path: 'model.dModel', values: [8, 16] },
    { kind: 'seeds', seeds: [1, 2] }
  ],
  ...changes
})

async function resultsOf(request: ApiClient, id: string): Promise<CellResult[]> {
  return cellResults(await request['studies.plan']({ id }), id, await request['runs.list']({}))
}

describe('a study', () => {
  it('is stored as a file, planned, and trained cell by cell', async () => {
    const library = temporaryFolder()
    const { server, request } = await openServer(library)
    const { id } = await request['studies.create']({ study: study() })
    const file = JSON.parse(readFileSync(join(library, 'studies', id, 'study.json'), 'utf8'))
    expect(file).toMatchObject({ id, study: { name: 'sizes', version: 1 } })
    const [row] = await request['studies.list']({})
    expect(row).toMatchObject({ id, cells: 4, counts: { missing: 4 } })

    expect(await request['studies.run']({ id })).toEqual({ queued: 4 })
    await server.idle()
    const results = await resultsOf(request, id)
    expect(results.map(({ state }) => state)).toEqual(Array(4).fill('finished'))
    expect(results.map(({ run }) => run!.study)).toEqual(
      results.map(({ cell }) => ({ id, cell: cell.key }))
    )
    expect(results.map(({ run }) => run!.name)[3]).toBe('sizes: dModel 16, seed 2')
    // Nothing is left, and nothing is started twice.
    expect(await request['studies.run']({ id })).toEqual({ queued: 0 })
    expect((await request['studies.plan']({ id })).forecast.cells).toBe(0)
  })

  it('trains the first seed of every cell before the second of any', async () => {
    const order: string[] = []
    const { server, request } = await openServer(temporaryFolder(), {
      startTrainer(job) {
        order.push(`${job.config.model.dModel}/${job.config.seed}`)
        return forkFake()(job)
      }
    })
    const { id } = await request['studies.create']({ study: study() })
    await request['studies.run']({ id })
    await server.idle()
    expect(order).toEqual(['8/1', '16/1', '8/2', '16/2'])
  })

  it('is extended: only cells that are missing run', async () => {
    const { server, request } = await openServer(temporaryFolder())
    const { id } = await request['studies.create']({ study: study() })
    await request['studies.run']({ id })
    await server.idle()
    const before = (await request['runs.list']({})).map((run) => run.id)
    await request['studies.update']({
      id,
      study: study({
        axes: [
          { kind: 'values', path: 'model.dModel', values: [8, 16, 24] },
          // An axis that was not there, with the value that was.
          { kind: 'values', path: 'model.nLayer', values: [1] },
          { kind: 'seeds', seeds: [2, 1, 3] }
        ]
      })
    })
    expect(countStates(await resultsOf(request, id))).toEqual({ finished: 4, missing: 5 })
    expect(await request['studies.run']({ id })).toEqual({ queued: 5 })
    await server.idle()
    expect(countStates(await resultsOf(request, id))).toEqual({ finished: 9 })
    const after = (await request['runs.list']({})).map((run) => run.id)
    expect(after).toHaveLength(9)
    expect(after).toEqual(expect.arrayContaining(before))
  })

  it('knows its runs again after a setting was added to all configs', async () => {
    const library = temporaryFolder()
    const first = await openServer(library)
    const { id } = await first.request['studies.create']({ study: study() })
    await first.request['studies.run']({ id })
    await first.server.idle()
    const [run] = await first.request['runs.list']({})
    await first.server.close('The test goes on.')
    // As a version before would have written it: without a setting that has a default today.
    const file = join(library, 'runs', run!.id, 'config.json')
    const written = JSON.parse(readFileSync(file, 'utf8'))
    delete written.config.evaluation.lossEvery
    writeFileSync(file, JSON.stringify({ ...written, configHash: 'of another version' }))
    rmSync(join(library, 'history.sqlite'))
    const { request } = await openServer(library)
    expect((await request['studies.plan']({ id })).rehashed).toHaveProperty(run!.id)
    expect(countStates(await resultsOf(request, id))).toEqual({ finished: 4 })
    expect(await request['studies.run']({ id })).toEqual({ queued: 0 })
  })

  it('goes on past cells that fail or are refused', async () => {
    const { server, request } = await openServer(temporaryFolder(), {
      startTrainer: (job) => forkFake(job.config.seed === 1 ? 'silent' : 'train')(job)
    })
    const { id } = await request['studies.create']({
      study: study({
        axes: [
          { kind: 'values', path: 'model.dModel', values: [8, 9] },
          { kind: 'seeds', seeds: [1, 2, 3] }
        ]
      })
    })
    await request['studies.run']({ id })
    await server.idle()
    expect((await resultsOf(request, id)).map(({ state }) => state)).toEqual([
      ...['interrupted', 'finished', 'finished'],
      ...['refused', 'refused', 'refused']
    ])
  })

  it('whose waiting cells are withdrawn can be run again', async () => {
    const { server, request } = await openServer(temporaryFolder())
    const { id } = await request['studies.create']({ study: study() })
    await request['queue.set']({ paused: true })
    await request['studies.run']({ id })
    expect(await request['studies.withdraw']({ id })).toEqual({ withdrawn: 4 })
    await request['queue.set']({ paused: false })
    expect(await request['studies.run']({ id })).toEqual({ queued: 0 })
    expect(await request['studies.run']({ id, again: true })).toEqual({ queued: 4 })
    await server.idle()
    expect(countStates(await resultsOf(request, id))).toEqual({ finished: 4 })
  })

  it('whose settings are refused is not stored', async () => {
    const { request } = await openServer(temporaryFolder())
    await expect(
      request['studies.create']({ study: { ...study(), axes: [{ kind: 'seeds', seeds: [] }] } })
    ).rejects.toMatchObject({ code: 'study.invalid' })
    await expect(
      request['studies.create']({ study: study({ base: 'no-such-preset' }) })
    ).rejects.toMatchObject({ code: 'study.base' })
    expect(await request['studies.list']({})).toEqual([])
    await expect(request['studies.run']({ id: '../runs' })).rejects.toMatchObject({
      code: 'study.unknown'
    })
  })

  it('forecasts its time once a run of its size has been measured', async () => {
    const { server, request } = await openServer(temporaryFolder())
    const wide = study({ base: tinyConfig(400) as Record<string, unknown> })
    const { forecast } = await request['studies.plan']({ study: wide })
    expect(forecast).toMatchObject({ cells: 4, unknown: 4, timeMs: null })
    expect(forecast.basis).toContain('unknown until 200 steps')
    // Weights and two moments in float32 for each of 41 checkpoints (every 10 steps and log-spaced ones).
    expect(forecast.diskBytes).toBeGreaterThan(0)
    await request['runs.create']({ config: tinyConfig(400, 9) })
    await server.idle()
    const known = (await request['studies.plan']({ study: wide })).forecast
    // Two of the four cells have the size of that run, at 1 ms a step; the others are twice as wide.
    expect(known).toMatchObject({ cells: 4, unknown: 2, timeMs: [800, 800] })
    expect(known.basis).toContain('2 from runs of the same size on this machine, 2 unknown')
  })
})

describe('a study of twelve runs whose server and trainers are killed', () => {
  let built: Awaited<ReturnType<typeof buildServerEntry>>
  beforeAll(async () => void (built = await buildServerEntry()))
  afterAll(() => built.remove())

  const steps = 60
  const twelve = study({
    base: tinyConfig(steps) as Record<string, unknown>,
    axes: [
      { kind: 'values', path: 'model.dModel', values: [8, 16] },
      { kind: 'seeds', seeds: [1, 2, 3, 4, 5, 6] }
    ]
  })

  function forkServer(library: string) {
    const presetsFolder = join(library, 'presets')
    mkdirSync(presetsFolder, { recursive: true })
    const child = fork(built.entry, {
      execArgv: [],
      env: { ...process.env, FAKE_TRAINER: 'train', FAKE_STEP_MS: '3' }
    })
    const port = childPort(child)
    const trainerEntry = fakeTrainerEntry
    port.post({ type: 'start', options: { library, version: '1', presetsFolder, trainerEntry } })
    return { child, ...connect(port, requests, events) }
  }

  const finished = async (request: ApiClient): Promise<number> =>
    (await request['runs.list']({})).filter(({ state }) => state === 'finished').length

  function livePids(library: string, runs: readonly RunRow[]): number[] {
    return runs.flatMap(({ id }) => {
      try {
        const file = readFileSync(join(library, 'runs', id, 'trainer.json'), 'utf8')
        return (JSON.parse(file) as { pid: number }).pid
      } catch (error) {
        // Nobody trains there, or it has just ended.
        if ((error as { code?: string }).code === 'ENOENT') return []
        throw error
      }
    })
  }

  it('ends with the same curves in every cell as one that nobody disturbed', async () => {
    const library = temporaryFolder()
    let server = forkServer(library)
    await server.request['queue.set']({ parallel: 2 })
    const { id } = await server.request['studies.create']({ study: twelve })
    await server.request['studies.run']({ id })
    for (const done of [2, 5, 8]) {
      await until(async () => (await finished(server.request)) >= done)
      // Trainers and server at once, as when the power goes.
      const pids = livePids(library, await server.request['runs.list']({}))
      server.child.kill('SIGKILL')
      for (const pid of pids) {
        try {
          process.kill(pid, 'SIGKILL')
        } catch {
          // It has just ended.
        }
      }
      await once(server.child, 'exit')
      server = forkServer(library)
    }
    const { request } = server
    await until(async () => (await finished(request)) === 12)
    const results = await resultsOf(request, id)
    expect(countStates(results)).toEqual({ finished: 12 })
    let resumed = 0
    for (const { run } of results) {
      const { seed } = run!.config as { seed: number }
      const all = Array.from({ length: steps }, (_, i) => [i + 1, fakeLoss(seed, i + 1)])
      expect(await allPoints(request, run!.id, 'batchLoss')).toEqual(all)
      const record = recordedEvents(library, run!.id)
      expect(record.at(-1)).toMatchObject({ type: 'ended', outcome: 'finished', step: steps })
      resumed += record.filter(({ type }) => type === 'started').length - 1
    }
    expect(resumed).toBeGreaterThan(0)
    expect(await request['runs.list']({})).toHaveLength(12)
    server.child.disconnect()
    await once(server.child, 'exit')
  })

  it('is found again with its runs when the history is lost', async () => {
    const library = temporaryFolder()
    const first = await openServer(library)
    const { id } = await first.request['studies.create']({ study: study() })
    await first.request['studies.run']({ id })
    await first.server.idle()
    await first.server.close('The test goes on.')
    writeFileSync(join(library, 'history.sqlite'), 'no database')
    const { request } = await openServer(library)
    expect(countStates(await resultsOf(request, id))).toEqual({ finished: 4 })
  })
})
