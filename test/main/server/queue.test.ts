import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { StartTrainer } from '../../../src/main/server/runners'
import { forkTrainer } from '../../../src/main/server/runners'
import {
  allPoints,
  forkFake,
  inState,
  openServer,
  recordedEvents,
  temporaryFolder,
  tinyConfig,
  until
} from '../../support/library'
import { fakeLoss } from '../../support/fake-trainer.mjs'

const trainerPid = (library: string, id: string): number =>
  JSON.parse(readFileSync(join(library, 'runs', id, 'trainer.json'), 'utf8')).pid

describe('the queue', () => {
  it('works off one run at a time, in the order in which they were queued', async () => {
    const alive = new Set<string>()
    const order: string[] = []
    let most = 0
    const counting: StartTrainer = (job) => {
      const trainer = forkFake()(job)
      alive.add(job.runId)
      order.push(job.runId)
      most = Math.max(most, alive.size)
      void trainer.exited.then(() => alive.delete(job.runId))
      return trainer
    }
    const { server, request } = await openServer(temporaryFolder(), { startTrainer: counting })
    const ids: string[] = []
    for (const seed of [1, 2, 3]) {
      ids.push((await request['runs.create']({ config: tinyConfig(15, seed) })).id)
    }
    await server.idle()
    const runs = await request['runs.list']({})
    expect(runs.map((run) => run.state)).toEqual(['finished', 'finished', 'finished'])
    expect(order).toEqual(ids)
    expect(most).toBe(1)
  })

  it('takes a queued run out when it is stopped, and refuses to pause it', async () => {
    const { request } = await openServer(temporaryFolder(), { startTrainer: forkFake('train', 5) })
    const first = await request['runs.create']({ config: tinyConfig(100_000) })
    const second = await request['runs.create']({ config: tinyConfig(10) })
    await expect(
      request['runs.control']({ id: second.id, command: 'pause' })
    ).rejects.toMatchObject({ code: 'run.notStarted' })
    await request['runs.control']({ id: second.id, command: 'stop' })
    await inState(request, first.id, 'running')
    await expect(request['runs.trash']({ id: first.id })).rejects.toMatchObject({
      code: 'run.active'
    })
    await request['runs.control']({ id: first.id, command: 'stop' })
    await inState(request, first.id, 'stopped')
    expect(await request['runs.get']({ id: second.id })).toMatchObject({
      state: 'stopped',
      step: 0
    })
  })

  it('goes on after a stop from the last checkpoint, as one curve; a finished run is refused', async () => {
    const { request } = await openServer(temporaryFolder())
    const { id } = await request['runs.create']({ config: tinyConfig(60, 5) })
    await until(async () => (await request['runs.get']({ id })).step > 20)
    await request['runs.control']({ id, command: 'stop' })
    const { step, startedAt } = await inState(request, id, 'stopped')
    expect(step).toBeLessThan(60)
    await request['runs.control']({ id, command: 'resume' })
    const run = await inState(request, id, 'finished')
    expect(run.startedAt).toBe(startedAt)
    const all = Array.from({ length: 60 }, (_, i) => [i + 1, fakeLoss(5, i + 1)])
    expect(await allPoints(request, id, 'batchLoss')).toEqual(all)
    await expect(request['runs.control']({ id, command: 'resume' })).rejects.toMatchObject({
      code: 'run.finished'
    })
  })
})

describe('a trainer that fails', () => {
  it('and exits without a word leaves an interrupted run with its last error lines', async () => {
    const { request } = await openServer(temporaryFolder(), { startTrainer: forkFake('silent') })
    const { id } = await request['runs.create']({ config: tinyConfig(100) })
    const run = await inState(request, id, 'interrupted')
    expect(run.error).toBe(
      'The trainer ended without saying so.\na first line\nout of memory, for example'
    )
    expect(run).toMatchObject({ step: 25, lastCheckpoint: 20 })
  })

  it('and is killed loses nothing that was written, and the run goes on', async () => {
    const library = temporaryFolder()
    const { request } = await openServer(library, { startTrainer: forkFake('train', 3) })
    const { id } = await request['runs.create']({ config: tinyConfig(80, 6) })
    await until(async () => (await request['runs.get']({ id })).step > 30)
    process.kill(trainerPid(library, id), 'SIGKILL')
    const run = await inState(request, id, 'interrupted')
    const written = recordedEvents(library, id).flatMap((event) =>
      event.type === 'metrics' ? [[event.step, event.values['batchLoss']]] : []
    )
    expect(written.length).toBeGreaterThan(30)
    expect(await allPoints(request, id, 'batchLoss')).toEqual(written)
    expect(run.step).toBe(written.at(-1)![0])
    await request['runs.control']({ id, command: 'resume' })
    await inState(request, id, 'finished')
    const all = Array.from({ length: 80 }, (_, i) => [i + 1, fakeLoss(6, i + 1)])
    expect(await allPoints(request, id, 'batchLoss')).toEqual(all)
  })

  it('and cannot be started says why, and the next run is not held up', async () => {
    const missing = forkTrainer(join(temporaryFolder(), 'no-such-trainer.js'))
    let calls = 0
    const { server, request } = await openServer(temporaryFolder(), {
      startTrainer(job) {
        calls += 1
        if (calls === 1) throw new Error('no more processes')
        return calls === 2 ? missing(job) : forkFake()(job)
      }
    })
    const ids: string[] = []
    for (let i = 0; i < 3; i++) {
      ids.push((await request['runs.create']({ config: tinyConfig(10) })).id)
    }
    await server.idle()
    const runs = await Promise.all(ids.map((id) => request['runs.get']({ id })))
    expect(runs.map((run) => run.state)).toEqual(['interrupted', 'interrupted', 'finished'])
    expect(runs[0]!.error).toContain('no more processes')
    expect(runs[1]!.error).toContain('Cannot find module')
  })

  it('and never starts is ended', async () => {
    const { request } = await openServer(temporaryFolder(), {
      startTrainer: forkFake('mute'),
      patience: { startMs: 100 }
    })
    const { id } = await request['runs.create']({ config: tinyConfig(10) })
    const run = await inState(request, id, 'interrupted')
    expect(run.error).toContain('did not start within 0.1 s')
  })

  it('and ignores stop is ended', async () => {
    const { request } = await openServer(temporaryFolder(), {
      startTrainer: forkFake('deaf'),
      patience: { stopMs: 100 }
    })
    const { id } = await request['runs.create']({ config: tinyConfig(1_000_000) })
    await inState(request, id, 'running')
    await request['runs.control']({ id, command: 'stop' })
    const run = await inState(request, id, 'interrupted')
    expect(run.error).toContain('did not stop within 0.1 s')
  })

  it('because its folder is gone is refused, and the history keeps the curve', async () => {
    const library = temporaryFolder()
    const { request } = await openServer(library)
    const { id } = await request['runs.create']({ config: tinyConfig(1_000_000) })
    await until(async () => (await request['runs.get']({ id })).step > 5)
    await request['runs.control']({ id, command: 'stop' })
    await inState(request, id, 'stopped')
    const before = await allPoints(request, id, 'batchLoss')
    rmSync(join(library, 'runs', id), { recursive: true })
    await expect(request['runs.control']({ id, command: 'resume' })).rejects.toMatchObject({
      code: 'run.folderMissing'
    })
    expect(await allPoints(request, id, 'batchLoss')).toEqual(before)
  })
})

describe('closing the server', () => {
  it('lets the live run write a checkpoint; what waits goes on with the next server', async () => {
    const library = temporaryFolder()
    const first = await openServer(library, { startTrainer: forkFake('train', 5) })
    const live = await first.request['runs.create']({ config: tinyConfig(100_000) })
    const waiting = await first.request['runs.create']({ config: tinyConfig(10) })
    await inState(first.request, live.id, 'running')
    await first.server.close('The app was closed.')
    expect(existsSync(join(library, 'history.sqlite-wal'))).toBe(false)

    const { request } = await openServer(library)
    const run = await request['runs.get']({ id: live.id })
    expect(run).toMatchObject({ state: 'interrupted', error: 'The app was closed.' })
    expect(run.lastCheckpoint).toBe(run.step)
    await inState(request, waiting.id, 'finished')
  })

  it('ends a trainer that does not listen', async () => {
    const library = temporaryFolder()
    const { server, request } = await openServer(library, {
      startTrainer: forkFake('deaf'),
      patience: { closeMs: 100 }
    })
    const { id } = await request['runs.create']({ config: tinyConfig(1_000_000) })
    await inState(request, id, 'running')
    const pid = trainerPid(library, id)
    await server.close('The app was closed.')
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
    const next = await openServer(library)
    const run = await next.request['runs.get']({ id })
    expect(run.state).toBe('interrupted')
    expect(run.error).toContain('did not end within 0.1 s')
  })
})
