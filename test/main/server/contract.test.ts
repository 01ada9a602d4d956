/** The whole contract, the same over every transport: memory pair, child process, WebSocket. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { events, requests, type RunRow } from '@shared/contract'
import { connect, type Connection, type Port } from '@shared/rpc'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { z } from 'zod'
import { childPort, memoryPair, webSocketPort } from '../../../src/main/ports'
import { serveHttp } from '../../../src/main/server/http'
import { readPresets } from '../../../src/main/server/presets'
import { startServer } from '../../../src/main/server/server'
import { forkProbe } from '../../../src/main/server/runners'
import { fakeTrainerEntry, forkFake, inState, tinyConfig, until } from '../../support/library'
import { buildServerEntry } from '../../support/server-entry'
import { fakeLoss } from '../../support/fake-trainer.mjs'

interface Transport {
  port: Port
  close(): Promise<void>
}

async function inProcess(library: string, presetsFolder: string) {
  return startServer({
    library,
    version: '1.2.3',
    presets: readPresets(presetsFolder, () => undefined),
    startTrainer: forkFake(),
    startProbe: forkProbe(fakeTrainerEntry),
    log: () => undefined,
    now: Date.now
  })
}

const transports: Record<string, (library: string, presets: string) => Promise<Transport>> = {
  async 'memory pair'(library, presets) {
    const server = await inProcess(library, presets)
    const [ours, theirs] = memoryPair()
    server.attach(theirs)
    return { port: ours, close: () => server.close('The test ended.') }
  },

  async 'child process'(library, presetsFolder) {
    const { entry, remove } = await buildServerEntry()
    const child = fork(entry, { execArgv: [] })
    const port = childPort(child)
    port.post({
      type: 'start',
      options: { library, version: '1.2.3', presetsFolder, trainerEntry: fakeTrainerEntry }
    })
    return {
      port,
      async close() {
        port.post({ type: 'close', reason: 'The test ended.' })
        await once(child, 'exit')
        remove()
      }
    }
  },

  async WebSocket(library, presets) {
    const server = await inProcess(library, presets)
    const token = 'a token of the test'
    const http = await serveHttp({ server, pageFolder: library, port: 0, token })
    const url = new URL(http.url)
    const socket = new WebSocket(`ws://${url.host}/port${url.search}`, { origin: url.origin })
    await once(socket, 'open')
    return {
      port: webSocketPort(socket),
      async close() {
        await http.close()
        await server.close('The test ended.')
      }
    }
  }
}

describe.each(Object.keys(transports))('the contract over %s', (name) => {
  let folder: string
  let transport: Transport
  let client: Connection<typeof requests, typeof events>
  let request: typeof client.request

  /** Sends a request and holds its answer against the schema of its output. */
  async function ask<K extends keyof typeof requests>(
    method: K,
    input: Parameters<(typeof request)[K]>[0]
  ) {
    const output: unknown = await request[method](input as never)
    return requests[method].output.parse(output) as z.output<(typeof requests)[K]['output']>
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'grokscope-contract-'))
    const presets = join(folder, 'presets')
    mkdirSync(presets)
    const tiny = { name: 'tiny', title: 'Tiny', summary: 'For tests.', config: tinyConfig(30) }
    writeFileSync(join(presets, 'tiny.json'), JSON.stringify(tiny))
    writeFileSync(join(presets, 'broken.json'), '{')
    transport = await transports[name]!(join(folder, 'library'), presets)
    client = connect(transport.port, requests, events)
    request = client.request
  })
  afterAll(async () => {
    await transport.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('tells about itself and its presets', async () => {
    const info = await ask('app.info', {})
    expect(info).toMatchObject({ version: '1.2.3', library: join(folder, 'library') })
    const presets = await ask('presets.list', {})
    expect(presets).toMatchObject([{ name: 'tiny' }])
  })

  it('examines the machine once, and again when asked to', async () => {
    const told = await ask('machine.diagnose', {})
    expect(told).toMatchObject({
      ...{ version: '1.2.3', trainsOn: 'nothing', ok: false, busy: null },
      library: { folder: join(folder, 'library'), exists: true, writable: true },
      engines: [{ name: 'native', reason: 'There is no engine here.' }, {}, {}]
    })
    expect(await ask('machine.diagnose', {})).toEqual(told)
    // Two that ask at the same time get the same examination.
    const again = { again: true }
    const [one, two] = await Promise.all([
      ask('machine.diagnose', again),
      ask('machine.diagnose', again)
    ])
    expect(one.at).toBeGreaterThan(told.at)
    expect(two).toEqual(one)
  })

  it('checks a config: hash and epoch of a good one, the field of a bad one', async () => {
    const good = await ask('config.check', { config: tinyConfig(30) })
    expect(good).toEqual({
      issues: [],
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      // 2 x 12 atomic facts, 2 x 2 x 8 comparisons, in batches of 16.
      stepsPerEpoch: Math.ceil((24 + 32) / 16)
    })
    const bad = await ask('config.check', { config: { model: { nLayer: 0 } } })
    expect(bad).toMatchObject({ hash: null, issues: [{ path: 'model.nLayer', nearest: 1 }] })
  })

  it('previews a data set', async () => {
    const summary = await ask('datasets.preview', { config: tinyConfig(30) })
    expect(summary).toMatchObject({ kind: 'comparison', trainExamples: 24 + 32 })
  })

  it('trains a run, tells of it while it goes, and keeps its curve', async () => {
    const rows: RunRow[] = []
    const steps: number[] = []
    let progress = 0
    const stops = [
      client.on('run.changed', (run) => rows.push(events['run.changed'].parse(run))),
      client.on('run.progress', (p) => (progress = events['run.progress'].parse(p).progress.step)),
      client.on('metrics.appended', (m) =>
        steps.push(...events['metrics.appended'].parse(m).rows.map((row) => row.step))
      )
    ]
    const { id } = await ask('runs.create', {
      preset: 'tiny',
      config: tinyConfig(40, 3),
      engine: 'cpu'
    })
    const run = await inState(request, id, 'finished')
    expect(requests['runs.get'].output.parse(run)).toMatchObject({
      ...{ id, name: 'tiny', preset: 'tiny', state: 'finished', step: 40, steps: 40 },
      ...{ parameterCount: 1234, lastCheckpoint: 40, error: null, archived: false, trashed: false },
      last: { batchLoss: fakeLoss(3, 40) },
      config: { seed: 3, model: { nLayer: 1 } }
    })
    await until(() => rows.some((row) => row.id === id && row.state === 'finished'))
    for (const stop of stops) stop()
    const all = Array.from({ length: 40 }, (_, i) => i + 1)
    expect(steps).toEqual(all)
    expect(progress).toBeGreaterThan(0)
    const names = ['batchLoss', 'nothing']
    const query = { id, names, columns: 4000, scale: 'linear' as const }
    expect(await ask('metrics.series', query)).toEqual([
      { name: 'batchLoss', total: 40, points: all.map((step) => [step, fakeLoss(3, step)]) },
      { name: 'nothing', total: 0, points: [] }
    ])
    expect(await ask('runs.list', {})).toEqual([run])
  })

  it('pauses, goes on, writes a checkpoint and stops', async () => {
    const { id } = await ask('runs.create', { name: 'long', config: tinyConfig(1_000_000) })
    await inState(request, id, 'running')
    await ask('runs.control', { id, command: 'pause' })
    await inState(request, id, 'paused')
    await ask('runs.control', { id, command: 'checkpoint' })
    const { step } = await until(async () => {
      const run = await request['runs.get']({ id })
      return run.lastCheckpoint === run.step ? run : null
    })
    await ask('runs.control', { id, command: 'resume' })
    await until(async () => (await request['runs.get']({ id })).step > step)
    await ask('runs.control', { id, command: 'stop' })
    const stopped = await inState(request, id, 'stopped')
    expect(stopped.lastCheckpoint).toBe(stopped.step)
    await expect(request['runs.control']({ id, command: 'pause' })).rejects.toMatchObject({
      code: 'run.notActive'
    })
  })

  it('forks a run from one of its checkpoints, which the new run keeps for itself', async () => {
    const { id } = await ask('runs.create', { name: 'root', config: tinyConfig(40, 3) })
    await inState(request, id, 'finished')
    expect(await ask('runs.checkpoints', { id })).toEqual({ steps: [10, 20, 30, 40] })
    const parent = { run: id, step: 40, moments: 'kept' as const }
    const config = { ...tinyConfig(60, 3), optimizer: { weightDecay: 0.5 } }
    const forked = await ask('runs.create', { config, parent })
    const run = await inState(request, forked.id, 'finished')
    expect(run).toMatchObject({ name: 'root, from step 40', parent, step: 60 })
    expect(await ask('runs.checkpoints', forked)).toEqual({ steps: [50, 60] })
    // The parent's folder may go.
    await ask('runs.trash', { id })
    expect((await ask('runs.get', forked)).parent).toEqual(parent)
    await expect(ask('runs.create', { config, parent })).rejects.toMatchObject({
      code: 'fork.checkpoint',
      hint: expect.stringContaining('trash')
    })
    await ask('runs.restore', { id })

    await expect(
      ask('runs.create', { config, parent: { ...parent, step: 25 } })
    ).rejects.toMatchObject({ code: 'fork.checkpoint', hint: 'It has 10, 20, 30, 40.' })
    const other = { ...tinyConfig(40, 4), model: { ...tinyConfig(40).model, nLayer: 2 } }
    await expect(ask('runs.create', { config: other, parent })).rejects.toMatchObject({
      code: 'fork.changed',
      issues: [
        { path: 'model.nLayer', nearest: 1 },
        { path: 'seed', nearest: 3 },
        { path: 'budget.steps', nearest: 41 }
      ]
    })
    await ask('runs.trash', forked)
  })

  it('renames, archives, trashes and restores', async () => {
    const [run] = await request['runs.list']({})
    const { id } = run!
    expect(await ask('runs.update', { id, name: ' new name ' })).toMatchObject({ name: 'new name' })
    expect(await ask('runs.update', { id, archived: true })).toMatchObject({
      name: 'new name',
      archived: true
    })
    expect(await ask('runs.trash', { id })).toMatchObject({ trashed: true })
    expect(await ask('runs.restore', { id })).toMatchObject({ trashed: false, archived: true })
  })

  it('refuses what it does not understand, in words for the user', async () => {
    await expect(request['runs.get']({ id: '../x' })).rejects.toMatchObject({ code: 'run.unknown' })
    await expect(
      request['runs.create']({ config: { dataset: { phi: 900 } } })
    ).rejects.toMatchObject({
      code: 'config.invalid',
      issues: [{ path: 'dataset.phi', nearest: expect.any(Number) }]
    })
    await expect(
      request['runs.create']({ preset: 'tinny', config: tinyConfig(1) })
    ).rejects.toMatchObject({ code: 'preset.unknown', hint: 'Known are tiny.' })
    await expect(
      request['runs.create']({
        config: { ...tinyConfig(1), engine: { precision: 'amp-fp16' } },
        engine: 'eager'
      })
    ).rejects.toMatchObject({ code: 'engine.option' })
    await expect(
      request['runs.control']({ id: 'x', command: 'explode' as 'stop' })
    ).rejects.toMatchObject({ code: 'rpc.invalid' })
    await expect(
      request['metrics.series']({ id: 'x', names: [], columns: 1e9 })
    ).rejects.toMatchObject({ code: 'rpc.invalid' })
  })
})
