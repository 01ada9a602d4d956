/**
 * A study of six runs through a real Slurm, with everything that may go wrong: the connection is killed, the node's
 * daemon is killed, a trainer is killed, a job hits its time limit and is queued again, the server is closed and
 * opened again in the middle. Every cell ends with the events of the same study left alone on this machine.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ApiClient, RunRow } from '@shared/contract'
import type { StudyInput } from '@shared/study'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { forkTrainer } from '../../src/main/server/runners'
import { root } from '../support/grokscope'
import {
  curvesOf,
  inState,
  openServer,
  recordedEvents,
  temporaryFolder,
  tinyConfig,
  until
} from '../support/library'
import { missingServices, startServices, type Services } from '../support/slurm/services'

const reason = missingServices('slurm')
/** So many that runs can be met on their way, however fast the machine is. */
const steps = 1000
const study: StudyInput = {
  ...{ name: 'six', title: 'Six tiny runs', engine: 'cpu' },
  base: {
    ...tinyConfig(steps),
    evaluation: { every: 50 },
    checkpoints: { every: 200 }
  } as Record<string, unknown>,
  axes: [
    { kind: 'values', path: 'model.dModel', values: [8, 16] },
    { kind: 'seeds', seeds: [1, 2, 3] }
  ]
}

describe.skipIf(reason)(`a study on a cluster${reason ? ` (skipped: ${reason})` : ''}`, () => {
  let services: Services
  beforeAll(() => void (services = startServices('slurm', 16_910)), 60_000)
  afterAll(() => services.stop())

  const clusters = { root, way: 'master' as const, pollMs: 500, ask: null }
  const profile = (): Record<string, unknown> => ({
    ...{ name: 'local', host: 'cluster', sshConfig: services.sshConfig },
    ...{ folder: join(services.folder, "work $folder's"), cpus: 1, memoryGb: 0.7 },
    // Slurm tells of the limit up to a minute earlier than asked.
    ...{ timeLimit: '2', noticeSeconds: 40 }
  })
  const far = (run: string, file: string): string =>
    join(services.folder, "work $folder's", 'runs', run, file)

  const runsOf = (request: ApiClient): Promise<RunRow[]> => request['runs.list']({})

  /** Does something to runs that train now, one after the other, until it has worked with one. */
  const strike = (
    request: ApiClient,
    act: (run: RunRow) => boolean | Promise<boolean>
  ): Promise<RunRow> =>
    until(async () => {
      for (const run of await runsOf(request)) {
        if (run.state === 'running' && run.step < steps / 2 && (await act(run))) return run
      }
      return null
    })

  it('ends as if nothing had happened', async () => {
    const library = temporaryFolder()
    const first = await openServer(library, { startTrainer: null, clusters })
    let { request } = first
    await request['clusters.save']({ profile: profile() })
    const { id } = await request['studies.create']({ study })
    expect(await request['studies.run']({ id, cluster: 'local' })).toEqual({ queued: 6 })

    // One run is paused, and so comes to its time limit; its job is queued again, and it goes on by itself.
    const held = await strike(request, async ({ id: run }) => {
      // The one in the list may have ended since.
      const told = request['runs.control']({ id: run, command: 'pause' })
      if ((await told.catch(() => null)) === null) return false
      return (await inState(request, run, 'paused', 'finished')).state === 'paused'
    })

    // The trainer of another is killed: it is submitted once more.
    const struck = await strike(request, ({ id: run }) => {
      try {
        const file = readFileSync(far(run, 'trainer.json'), 'utf8')
        return process.kill((JSON.parse(file) as { pid: number }).pid, 'SIGKILL')
      } catch (error) {
        // It ended between the look and the kill.
        if (['ENOENT', 'ESRCH'].includes(String((error as { code?: string }).code))) return false
        throw error
      }
    })

    // The line is lost: only ssh processes of this very process are its masters and channels.
    const ssh = execFileSync('pgrep', ['-P', String(process.pid), '-x', 'ssh'], {
      encoding: 'utf8'
    })
    for (const line of ssh.trim().split('\n')) process.kill(Number(line), 'SIGKILL')

    services.killSlurmd()
    await delay(2000)
    services.startSlurmd()

    await first.server.close('The test closes it.')
    await delay(3000)
    ;({ request } = await openServer(library, { startTrainer: null, clusters }))

    const runs = await until(async () => {
      const [status] = await request['clusters.list']({})
      const all = await runsOf(request)
      const over = all.every(({ state }) => state === 'finished')
      return over && status!.active.length === 0 ? all : null
    })
    expect(runs).toHaveLength(6)

    const startsOf = (run: string) =>
      recordedEvents(library, run).filter((event) => event.type === 'started')
    expect(startsOf(held.id).length).toBeGreaterThan(1)
    expect(startsOf(held.id).at(-1)!.resumedFrom).toBeGreaterThan(0)
    expect(JSON.stringify(recordedEvents(library, held.id))).toContain('time limit')
    expect(startsOf(struck.id).length).toBeGreaterThan(1)

    // Nothing was lost or added on the way.
    const hash = (file: string): string =>
      createHash('sha256').update(readFileSync(file)).digest('hex')
    for (const run of runs) {
      expect(hash(join(library, 'runs', run.id, 'events.jsonl'))).toBe(
        hash(far(run.id, 'events.jsonl'))
      )
    }

    const calm = temporaryFolder()
    const startTrainer = forkTrainer(join(root, 'out/main/trainer.js'))
    const local = await openServer(calm, { startTrainer, parallel: 2 })
    const { id: other } = await local.request['studies.create']({ study })
    await local.request['studies.run']({ id: other })
    await local.server.idle()
    const there = new Map(runs.map((run) => [run.study!.cell, run]))
    const end = `checkpoints/step-${String(steps).padStart(9, '0')}/model.safetensors`
    for (const here of await runsOf(local.request)) {
      const run = there.get(here.study!.cell)!
      expect(curvesOf(library, run.id), here.study!.cell).toEqual(curvesOf(calm, here.id))
      expect(hash(join(library, 'runs', run.id, end))).toBe(hash(join(calm, 'runs', here.id, end)))
      expect(run.milestones).toEqual(here.milestones)
    }
  }, 600_000)

  it('takes what waits out of the queue, and names what a wrong profile makes Slurm refuse', async () => {
    const { request } = await openServer(temporaryFolder(), { startTrainer: null, clusters })
    await request['clusters.save']({ profile: { ...profile(), sbatch: '--begin=now+1hour' } })
    const { id } = await request['runs.create']({
      config: tinyConfig(20),
      engine: 'cpu',
      cluster: 'local'
    })
    // Slurm says why a job waits a moment after it took it.
    await until(async () => {
      const { jobs } = await request['clusters.look']({ name: 'local' })
      return jobs.some((job) => job.reason === 'BeginTime' && job.runs.includes(id))
    })
    expect((await request['runs.control']({ id, command: 'stop' })).state).toBe('stopped')
    await until(async () => (await request['clusters.list']({}))[0]!.active.length === 0)
    expect((await request['runs.get']({ id })).state).toBe('stopped')

    await request['clusters.save']({ profile: { ...profile(), partition: 'nowhere' } })
    const { id: refused } = await request['runs.create']({
      config: tinyConfig(20),
      engine: 'cpu',
      cluster: 'local'
    })
    const run = await inState(request, refused, 'interrupted')
    expect(run.error).toMatch(/partition.*sinfo/s)
  }, 120_000)
})
