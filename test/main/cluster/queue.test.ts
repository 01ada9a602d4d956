/** Runs on clusters and the queue of this computer, without a cluster: nobody here may take, lose or resume them. */
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import {
  inState,
  openServer,
  recordedEvents,
  temporaryFolder,
  tinyConfig
} from '../../support/library'

it('the queue leaves a run of a cluster to the cluster, and trains those behind it', async () => {
  const library = temporaryFolder()
  const { request, server } = await openServer(library)
  const config = tinyConfig(20)
  await expect(request['runs.create']({ config, cluster: 'hpc' })).rejects.toMatchObject({
    code: 'cluster.unknown'
  })
  expect(await request['runs.list']({})).toEqual([])

  await request['clusters.save']({ profile: { name: 'hpc', host: 'login' } })
  const { id } = await request['runs.create']({ config, cluster: 'hpc' })
  const { id: here } = await request['runs.create']({ config: tinyConfig(20, 2) })
  await inState(request, here, 'finished')
  expect(recordedEvents(library, here).length).toBeGreaterThan(0)
  expect(await request['runs.get']({ id })).toMatchObject({ state: 'queued', cluster: 'hpc' })
  expect((await request['queue.get']({})).waiting).toBe(0)
  await expect(request['clusters.remove']({ name: 'hpc' })).rejects.toMatchObject({
    code: 'cluster.inUse'
  })

  // The next server finds it as it was.
  await server.close('The test closes it.')
  const next = await openServer(library)
  await delay(200)
  expect(await next.request['runs.get']({ id })).toMatchObject({ state: 'queued', cluster: 'hpc' })

  expect(await next.request['runs.control']({ id, command: 'stop' })).toMatchObject({
    state: 'stopped'
  })
  await next.request['clusters.remove']({ name: 'hpc' })
  await expect(next.request['runs.control']({ id, command: 'resume' })).rejects.toMatchObject({
    code: 'cluster.unknown'
  })
})

it('a study goes to the cluster that is named, cell by cell', async () => {
  const { request } = await openServer(temporaryFolder())
  await request['clusters.save']({ profile: { name: 'hpc', host: 'login' } })
  const { id } = await request['studies.create']({
    study: {
      ...{ name: 'two', title: 'Two', base: tinyConfig(20) as Record<string, unknown> },
      axes: [{ kind: 'seeds', seeds: [1, 2] }]
    }
  })
  await expect(request['studies.run']({ id, cluster: 'hcp' })).rejects.toMatchObject({
    hint: 'Did you mean hpc?'
  })
  expect(await request['studies.run']({ id, cluster: 'hpc' })).toEqual({ queued: 2 })
  const runs = await request['runs.list']({})
  expect(runs.map(({ cluster, state }) => [cluster, state])).toEqual(
    Array(2).fill(['hpc', 'queued'])
  )
  const [status] = await request['clusters.list']({})
  expect(status!.active.sort()).toEqual(runs.map((run) => run.id).sort())
  expect(await request['studies.withdraw']({ id })).toEqual({ withdrawn: 2 })
})
