/** A study of twelve real, tiny runs that is killed twice, beside the same study left alone: equal to the last bit. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { events, requests, type ApiClient, type RunRow } from '@shared/contract'
import { connect } from '@shared/rpc'
import type { StudyInput } from '@shared/study'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { childPort } from '../../../src/main/ports'
import { root } from '../../support/grokscope'
import { curvesOf, recordedEvents, temporaryFolder, tinyConfig, until } from '../../support/library'
import { buildServerEntry } from '../../support/server-entry'

let built: Awaited<ReturnType<typeof buildServerEntry>>
beforeAll(async () => void (built = await buildServerEntry()))
afterAll(() => built.remove())

const steps = 40
const study: StudyInput = {
  ...{ name: 'twelve', title: 'Twelve tiny runs', engine: 'cpu' },
  base: { ...tinyConfig(steps), evaluation: { every: 10 } } as Record<string, unknown>,
  axes: [
    { kind: 'values', path: 'model.dModel', values: [8, 16] },
    { kind: 'seeds', seeds: [1, 2, 3, 4, 5, 6] }
  ]
}

function forkServer(library: string) {
  const presetsFolder = join(library, 'presets')
  mkdirSync(presetsFolder, { recursive: true })
  const child = fork(built.entry, { execArgv: [] })
  const port = childPort(child)
  const trainerEntry = join(root, 'out/main/trainer.js')
  port.post({ type: 'start', options: { library, version: '1', presetsFolder, trainerEntry } })
  return { child, ...connect(port, requests, events) }
}

const runsOf = (request: ApiClient): Promise<RunRow[]> => request['runs.list']({})
const finished = (runs: readonly RunRow[]): number =>
  runs.filter(({ state }) => state === 'finished').length

/** @param kills after so many finished runs the server and its trainers are killed */
async function trainStudy(kills: readonly number[]) {
  const library = temporaryFolder()
  let server = forkServer(library)
  await server.request['queue.set']({ parallel: 2 })
  const { id } = await server.request['studies.create']({ study })
  await server.request['studies.run']({ id })
  for (const done of kills) {
    await until(async () => {
      const runs = await runsOf(server.request)
      return (
        finished(runs) >= done && runs.some(({ state, step }) => state === 'running' && step > 12)
      )
    })
    for (const { id: run } of await runsOf(server.request)) {
      const file = join(library, 'runs', run, 'trainer.json')
      if (!existsSync(file)) continue
      try {
        const { pid } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number }
        // Only those of this study's folders, which are ours.
        if (pid !== process.pid) process.kill(pid, 'SIGKILL')
      } catch (error) {
        // It ended between the look and the kill.
        if (!['ENOENT', 'ESRCH'].includes(String((error as { code?: string }).code))) throw error
      }
    }
    server.child.kill('SIGKILL')
    await once(server.child, 'exit')
    server = forkServer(library)
  }
  const runs = await until(async () => {
    const all = await runsOf(server.request)
    return finished(all) === 12 ? all : null
  })
  server.child.disconnect()
  await once(server.child, 'exit')
  const starts = runs.map(
    ({ id: run }) => recordedEvents(library, run).filter(({ type }) => type === 'started').length
  )
  return {
    curves: new Map(runs.map((run) => [run.study!.cell, curvesOf(library, run.id)])),
    starts
  }
}

it('every cell of a study that was killed twice has the curves of one that was not', async () => {
  const disturbed = await trainStudy([2, 6])
  const calm = await trainStudy([])
  expect(calm.starts).toEqual(Array(12).fill(1))
  expect(disturbed.starts.reduce((a, b) => a + b, 0)).toBeGreaterThan(12)
  expect([...disturbed.curves.keys()].sort()).toEqual([...calm.curves.keys()].sort())
  for (const [cell, curve] of calm.curves) expect(disturbed.curves.get(cell), cell).toEqual(curve)
}, 300_000)
