import { existsSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
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
  it('works off runs of their own one at a time, in the order in which they were queued', async () => {
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

describe('several at once', () => {
  interface Overlap {
    most: number
    threads: Set<number | null | undefined>
    startTrainer: StartTrainer
  }
  function overlap(stepMs = 2): Overlap {
    const seen: Overlap = { most: 0, threads: new Set(), startTrainer: begin }
    let alive = 0
    function begin(job: Parameters<StartTrainer>[0]): ReturnType<StartTrainer> {
      const trainer = forkFake('train', stepMs)(job)
      seen.most = Math.max(seen.most, ++alive)
      seen.threads.add(job.threads)
      void trainer.exited.then(() => alive--)
      return trainer
    }
    return seen
  }

  it('as many as the user set, sharing the cores', async () => {
    const seen = overlap()
    const { server, request } = await openServer(temporaryFolder(), seen)
    await request['queue.set']({ parallel: 3, paused: true })
    for (let seed = 0; seed < 6; seed++) {
      await request['runs.create']({ config: tinyConfig(60, seed) })
    }
    expect(await request['queue.get']({})).toMatchObject({ paused: true, working: 0, waiting: 6 })
    await request['queue.set']({ paused: false })
    expect((await request['queue.get']({})).working).toBe(3)
    await server.idle()
    expect(seen.most).toBe(3)
    expect([...seen.threads]).toEqual([Math.max(1, Math.floor(availableParallelism() / 3))])
    const runs = await request['runs.list']({})
    expect(runs.every(({ state }) => state === 'finished')).toBe(true)
  })

  it('a paused queue starts nothing, and lets go on what runs', async () => {
    const { request } = await openServer(temporaryFolder(), overlap(1))
    const first = await request['runs.create']({ config: tinyConfig(50) })
    await request['queue.set']({ paused: true })
    const second = await request['runs.create']({ config: tinyConfig(10) })
    await inState(request, first.id, 'finished')
    expect((await request['runs.get']({ id: second.id })).state).toBe('queued')
    await request['queue.set']({ paused: false })
    await inState(request, second.id, 'finished')
  })

  it('waiting runs can be put first and last', async () => {
    const order: string[] = []
    const { server, request } = await openServer(temporaryFolder(), {
      startTrainer(job) {
        order.push(job.runId)
        return forkFake()(job)
      }
    })
    await request['queue.set']({ paused: true })
    const ids: string[] = []
    for (let seed = 0; seed < 5; seed++) {
      ids.push((await request['runs.create']({ config: tinyConfig(5, seed) })).id)
    }
    const [a, b, c, d, e] = ids as [string, string, string, string, string]
    await request['queue.move']({ ids: [d, c], to: 'first' })
    await request['queue.move']({ ids: [a], to: 'last' })
    await request['queue.move']({ ids: [e], to: 'first' })
    await request['queue.set']({ paused: false })
    await server.idle()
    expect(order).toEqual([e, d, c, b, a])
  })

  it('tells when training begins and ends', async () => {
    const told: boolean[] = []
    const { server, request } = await openServer(temporaryFolder(), {
      ...overlap(),
      onTraining: (training) => told.push(training)
    })
    await request['queue.set']({ parallel: 2 })
    for (const seed of [1, 2, 3]) await request['runs.create']({ config: tinyConfig(20, seed) })
    await server.idle()
    expect(told).toEqual([true, false])
  })
})

describe('a trainer that fails', () => {
  it('and exits without a word twice leaves an interrupted run with its last error lines', async () => {
    const library = temporaryFolder()
    const { request } = await openServer(library, { startTrainer: forkFake('silent') })
    const { id } = await request['runs.create']({ config: tinyConfig(100) })
    const run = await inState(request, id, 'interrupted')
    expect(run.error).toBe(
      'The trainer ended without saying so.\na first line\nout of memory, for example'
    )
    expect(run).toMatchObject({ step: 25, lastCheckpoint: 20 })
    const starts = recordedEvents(library, id).filter(({ type }) => type === 'started')
    expect(starts).toMatchObject([{ step: 0 }, { resumedFrom: 20 }])
  })

  it('and is killed loses nothing that was written, and the run goes on by itself', async () => {
    const library = temporaryFolder()
    const { server, request } = await openServer(library, { startTrainer: forkFake('train', 3) })
    const { id } = await request['runs.create']({ config: tinyConfig(80, 6) })
    await until(async () => (await request['runs.get']({ id })).step > 30)
    process.kill(trainerPid(library, id), 'SIGKILL')
    await server.idle()
    expect(await request['runs.get']({ id })).toMatchObject({ state: 'finished', error: null })
    const starts = recordedEvents(library, id).filter(({ type }) => type === 'started')
    expect(starts).toHaveLength(2)
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
        // Twice: what ends without a word is tried again.
        return calls <= 3 ? missing(job) : forkFake()(job)
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
  it('lets the live run write a checkpoint; it and what waits go on with the next server', async () => {
    const library = temporaryFolder()
    const first = await openServer(library, { startTrainer: forkFake('train', 5) })
    const live = await first.request['runs.create']({ config: tinyConfig(300, 4) })
    const waiting = await first.request['runs.create']({ config: tinyConfig(10) })
    await inState(first.request, live.id, 'running')
    await first.server.close('The app was closed.')
    expect(existsSync(join(library, 'history.sqlite-wal'))).toBe(false)

    const { request } = await openServer(library)
    await inState(request, live.id, 'finished')
    await inState(request, waiting.id, 'finished')
    const recorded = recordedEvents(library, live.id)
    const at = recorded.findIndex(({ type }) => type === 'ended')
    expect(recorded[at]).toMatchObject({ outcome: 'interrupted', error: 'The app was closed.' })
    expect(recorded[at + 1]).toMatchObject({ type: 'started', resumedFrom: recorded[at]!.step })
    const all = Array.from({ length: 300 }, (_, i) => [i + 1, fakeLoss(4, i + 1)])
    expect(await allPoints(request, live.id, 'batchLoss')).toEqual(all)
  })

  it('leaves a run paused that was', async () => {
    const library = temporaryFolder()
    const first = await openServer(library, { startTrainer: forkFake('train', 5) })
    const { id } = await first.request['runs.create']({ config: tinyConfig(100_000) })
    await inState(first.request, id, 'running')
    await first.request['runs.control']({ id, command: 'pause' })
    await inState(first.request, id, 'paused')
    await first.server.close('The app was closed.')
    const { server, request } = await openServer(library)
    await server.idle()
    const run = await request['runs.get']({ id })
    expect(run).toMatchObject({ state: 'interrupted', error: 'The app was closed.' })
    expect(run.lastCheckpoint).toBe(run.step)
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
    const next = await openServer(library, { startTrainer: null })
    const run = await next.request['runs.get']({ id })
    // It goes on with the next server that trains.
    expect(run.state).toBe('queued')
    expect(run.error).toContain('did not end within 0.1 s')
  })
})
