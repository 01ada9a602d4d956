/** What is left after the worst: a killed server, a lost or damaged history, a torn line, two servers at once. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { events, requests } from '@shared/contract'
import { connect } from '@shared/rpc'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { childPort } from '../../../src/main/ports'
import {
  allPoints,
  fakeTrainerEntry,
  forkFake,
  inState,
  openServer,
  recordedEvents,
  temporaryFolder,
  tinyConfig,
  until
} from '../../support/library'
import { buildServerEntry } from '../../support/server-entry'
import { fakeLoss } from '../../support/fake-trainer.mjs'

describe('a server that is killed', () => {
  let built: Awaited<ReturnType<typeof buildServerEntry>>
  beforeAll(async () => void (built = await buildServerEntry()))
  afterAll(() => built.remove())

  function forkServer(library: string, behaviour: string) {
    const presetsFolder = join(library, 'presets')
    mkdirSync(presetsFolder, { recursive: true })
    const child = fork(built.entry, {
      execArgv: [],
      env: { ...process.env, FAKE_TRAINER: behaviour, FAKE_STEP_MS: '3' }
    })
    const port = childPort(child)
    const trainerEntry = fakeTrainerEntry
    port.post({ type: 'start', options: { library, version: '1', presetsFolder, trainerEntry } })
    return { child, ...connect(port, requests, events) }
  }

  const startsOf = (library: string, id: string): number =>
    recordedEvents(library, id).filter(({ type }) => type === 'started').length

  const trainer = (library: string, id: string) => {
    const file = join(library, 'runs', id, 'trainer.json')
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }) : null
  }

  it('in mid-run, time and again, loses nothing written: its trainer saves itself, the run goes on', async () => {
    const library = temporaryFolder()
    let first = forkServer(library, 'train')
    const { id } = await first.request['runs.create']({ config: tinyConfig(150, 2) })
    const waiting = await first.request['runs.create']({ config: tinyConfig(10) })
    for (const step of [3, 20, 47, 80]) {
      await until(async () => (await first.request['runs.get']({ id })).step > step)
      first.child.kill('SIGKILL')
      await once(first.child, 'exit')
      expect(existsSync(join(library, 'history.sqlite-wal'))).toBe(true)

      const starts = startsOf(library, id)
      first = forkServer(library, 'train')
      await until(() => startsOf(library, id) > starts)
      const recorded = recordedEvents(library, id)
      const again = recorded.findLastIndex(({ type }) => type === 'started')
      expect(recorded[again - 1]).toMatchObject({ type: 'ended', error: 'The server is gone.' })
      expect(recorded[again]).toMatchObject({ resumedFrom: recorded[again - 1]!.step })
    }
    await inState(first.request, id, 'finished')
    const all = Array.from({ length: 150 }, (_, i) => [i + 1, fakeLoss(2, i + 1)])
    expect(await allPoints(first.request, id, 'batchLoss')).toEqual(all)
    // What the first server had queued was not forgotten.
    await inState(first.request, waiting.id, 'finished')
    first.child.disconnect()
    await once(first.child, 'exit')
  })

  it('leaves a trainer that lives on alone: the next server follows it until it ends', async () => {
    const library = temporaryFolder()
    const first = forkServer(library, 'deaf')
    const { id } = await first.request['runs.create']({ config: tinyConfig(1_000_000) })
    await inState(first.request, id, 'running')
    first.child.kill('SIGKILL')
    await once(first.child, 'exit')
    const { pid } = trainer(library, id)!

    const { request, on } = await openServer(library, { startTrainer: null })
    const appended: number[] = []
    on('metrics.appended', ({ rows }) => appended.push(...rows.map((row) => row.step)))
    const { state, step } = await request['runs.get']({ id })
    expect(state).toBe('running')
    await until(() => appended.some((at) => at > step + 50))
    await expect(request['runs.control']({ id, command: 'stop' })).rejects.toMatchObject({
      code: 'run.elsewhere',
      message: expect.stringContaining(String(pid))
    })
    await expect(request['runs.trash']({ id })).rejects.toMatchObject({ code: 'run.active' })
    process.kill(pid, 'SIGKILL')
    const run = await inState(request, id, 'interrupted')
    expect(run.error).toContain('ended without saying so')
    expect(run.step).toBe(recordedEvents(library, id).at(-1)!.step)

    // Nobody had asked it to stop: a server that trains goes on with it.
    const next = await openServer(library)
    await inState(next.request, id, 'running')
    expect(recordedEvents(library, id).findLast(({ type }) => type === 'started')).toMatchObject({
      resumedFrom: run.lastCheckpoint
    })
  })
})

describe('two servers on one library', () => {
  it('see each other live, and each keeps to its own runs', async () => {
    const library = temporaryFolder()
    const app = await openServer(library, { startTrainer: forkFake('train', 5) })
    const command = await openServer(library, { takes: 'own' })
    const rows = new Map<string, string>()
    const appended: number[] = []
    command.on('run.changed', (run) => rows.set(run.id, run.state))
    command.on('metrics.appended', (m) => appended.push(...m.rows.map((row) => row.step)))

    const theirs = await app.request['runs.create']({ config: tinyConfig(100_000) })
    const queued = await app.request['runs.create']({ config: tinyConfig(10) })
    await until(() => rows.get(theirs.id) === 'running' && appended.length > 20)
    await expect(
      command.request['runs.control']({ id: theirs.id, command: 'pause' })
    ).rejects.toMatchObject({ code: 'run.elsewhere' })

    const own = await command.request['runs.create']({ config: tinyConfig(12) })
    await command.server.idle()
    expect(await app.request['runs.get']({ id: own.id })).toMatchObject({ state: 'finished' })
    expect((await command.request['runs.get']({ id: queued.id })).state).toBe('queued')
    await app.request['runs.control']({ id: theirs.id, command: 'stop' })
    await inState(command.request, queued.id, 'finished')
    await until(() => rows.get(theirs.id) === 'stopped')
  })

  it('that only looks on starts nothing', async () => {
    const library = temporaryFolder()
    const { server, request } = await openServer(library, { startTrainer: null })
    const { id } = await request['runs.create']({ config: tinyConfig(5) })
    await server.idle()
    expect((await request['runs.get']({ id })).state).toBe('queued')
  })
})

describe('the history is rebuilt from the run folders', () => {
  async function filledLibrary(): Promise<{ library: string; ids: string[] }> {
    const library = temporaryFolder()
    const { server, request } = await openServer(library)
    const ids: string[] = []
    for (const seed of [1, 2, 3]) {
      ids.push((await request['runs.create']({ config: tinyConfig(25, seed) })).id)
    }
    await server.idle()
    await request['runs.update']({ id: ids[0]!, name: 'kept name', archived: true })
    await request['runs.trash']({ id: ids[2]! })
    await server.close('The test goes on.')
    return { library, ids }
  }

  async function content(library: string) {
    const opened = await openServer(library)
    const runs = await opened.request['runs.list']({})
    const points = await Promise.all(
      runs.map((run) => allPoints(opened.request, run.id, 'batchLoss'))
    )
    await opened.server.close('The test goes on.')
    return { runs: runs.sort((a, b) => (a.id < b.id ? -1 : 1)), points, log: opened.log }
  }

  it('when the file is lost: names, archive and trash included', async () => {
    const { library } = await filledLibrary()
    const before = await content(library)
    expect(before.runs).toHaveLength(3)
    rmSync(join(library, 'history.sqlite'))
    const after = await content(library)
    expect(after).toEqual(before)
  })

  it('when the file is damaged, which is kept', async () => {
    const { library } = await filledLibrary()
    const before = await content(library)
    expect(existsSync(join(library, 'backups'))).toBe(false)
    const file = join(library, 'history.sqlite')
    writeFileSync(file, 'this is no database, '.repeat(1000))
    const after = await content(library)
    expect(after.runs).toEqual(before.runs)
    expect(after.log.join()).toContain('rebuilt from the run folders')
    const kept = readdirSync(library).find((name) => name.endsWith('.damaged'))!
    expect(readFileSync(join(library, kept), 'utf8')).toContain('this is no database')
  })

  it('for a folder that comes from elsewhere, torn in mid-line and with a line of rubbish', async () => {
    const { library, ids } = await filledLibrary()
    const copy = 'from-another-machine'
    cpSync(join(library, 'runs', ids[1]!), join(library, 'runs', copy), { recursive: true })
    const file = join(library, 'runs', copy, 'events.jsonl')
    const lines = readFileSync(file, 'utf8').split('\n')
    const kept = lines.slice(0, 12)
    writeFileSync(file, [...kept, 'rubbish', lines[12], lines[13]!.slice(0, 20)].join('\n'))
    rmSync(join(library, 'runs', copy, 'checkpoints', 'step-000000020'), { recursive: true })
    mkdirSync(join(library, 'runs', 'not-a-run'))

    const { request, log } = await openServer(library)
    const run = await request['runs.get']({ id: copy })
    expect(run).toMatchObject({ state: 'interrupted', config: { seed: 2 } })
    const expected = [...kept, lines[12]!].flatMap((line) => {
      const event = JSON.parse(line)
      return event.type === 'metrics' ? [[event.step, event.values.batchLoss]] : []
    })
    expect(await allPoints(request, copy, 'batchLoss')).toEqual(expected)
    expect(log.join('\n')).toContain('rubbish')
    expect(log.join('\n')).toContain('runs/not-a-run has no readable config.json')

    await request['runs.control']({ id: copy, command: 'resume' })
    await inState(request, copy, 'finished')
    const points = await allPoints(request, copy, 'batchLoss')
    expect(points.map(([step]) => step)).toEqual(Array.from({ length: 25 }, (_, i) => i + 1))
  })

  it('when checkpoints were deleted by hand: they are no longer offered', async () => {
    const { library, ids } = await filledLibrary()
    const id = ids[0]!
    rmSync(join(library, 'runs', id, 'checkpoints', 'step-000000020'), { recursive: true })
    const { request } = await openServer(library)
    expect((await request['runs.get']({ id })).lastCheckpoint).toBe(10)
  })

  it('when lines were written that it never saw', async () => {
    const { library, ids } = await filledLibrary()
    const id = ids[0]!
    const seq = recordedEvents(library, id).length + 1
    const late = { seq, at: 1, type: 'metrics', step: 26, values: { late: null } }
    appendFileSync(join(library, 'runs', id, 'events.jsonl'), JSON.stringify(late) + '\n')
    const { request } = await openServer(library)
    expect(await allPoints(request, id, 'late')).toEqual([[26, null]])
  })
})
