/** Each rung of the ladder when the history is damaged, and that everybody is told which it was. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listBackups } from '../../../src/main/store/backups'
import { historyFile } from '../../../src/main/server/history'
import { usualView } from '@shared/view-address'
import { inState, openServer, temporaryFolder, tinyConfig, until } from '../../support/library'

/** The day's backup at once. */
const soon = { patience: { backUpAfterMs: 0 } }

/** A library with a run, a saved view and a backup; then another run that the backup does not know. */
async function library(): Promise<{ folder: string; ids: string[] }> {
  const folder = temporaryFolder()
  const { server, request } = await openServer(folder, soon)
  const first = await request['runs.create']({ config: tinyConfig(20), name: 'before' })
  await inState(request, first.id, 'finished')
  await request['views.save']({ name: 'my view', view: usualView })
  await until(() => listBackups(historyFile(folder)).length > 0)
  // The daily backup came first; this one holds the run and the view.
  rmSync(listBackups(historyFile(folder))[0]!.path)
  await server.close('The test goes on.')
  const again = await openServer(folder, soon)
  await until(() => listBackups(historyFile(folder)).length > 0)
  const second = await again.request['runs.create']({ config: tinyConfig(20, 2), name: 'after' })
  await inState(again.request, second.id, 'finished')
  await again.request['runs.update']({ id: first.id, name: 'renamed since', tags: ['kept'] })
  await again.server.close('The test goes on.')
  return { folder, ids: [first.id, second.id] }
}

const spoil = (file: string): void => writeFileSync(file, 'this is no database, '.repeat(1000))

describe('a damaged history', () => {
  it('is restored from the newest backup; folders add what came later, and the queue waits', async () => {
    const { folder, ids } = await library()
    spoil(historyFile(folder))
    const { request } = await openServer(folder, soon)
    const runs = await request['runs.list']({})
    expect(runs.map(({ id, state }) => [id, state]).sort()).toEqual(
      ids.map((id) => [id, 'finished']).sort()
    )
    expect(runs.find(({ id }) => id === ids[0])).toMatchObject({
      name: 'renamed since',
      tags: ['kept']
    })
    expect((await request['views.list']({})).saved.map(({ name }) => name)).toEqual(['my view'])
    expect((await request['queue.get']({})).paused).toBe(true)
    const [notice] = await request['library.notices']({})
    expect(notice).toMatchObject({ id: 'history.repaired', level: 'warning' })
    expect(notice!.sentence).toContain('restored from the backup of')
    expect(notice!.next).toContain('queue is paused')
    const kept = readdirSync(folder).find((name) => name.endsWith('.damaged'))!
    expect(readFileSync(join(folder, kept), 'utf8')).toContain('this is no database')
    expect(await request['library.dismiss']({ id: 'history.repaired' })).toEqual([])
  })

  it('is rebuilt from the folders where the backups are damaged too, which are left in place', async () => {
    const { folder, ids } = await library()
    spoil(historyFile(folder))
    const { path } = listBackups(historyFile(folder))[0]!
    spoil(path)
    const { request, log } = await openServer(folder, soon)
    expect((await request['runs.list']({})).map(({ id }) => id).sort()).toEqual([...ids].sort())
    const [notice] = await request['library.notices']({})
    expect(notice!.sentence).toContain('rebuilt from the run folders')
    expect((await request['views.list']({})).saved.map(({ name }) => name)).toEqual(['my view'])
    expect((await request['queue.get']({})).paused).toBe(false)
    expect(log.join('\n')).toContain(`The backup ${path} is passed over`)
    expect(readFileSync(path, 'utf8')).toContain('this is no database')
  })

  it('that is whole is told of nothing', async () => {
    const { request } = await openServer(temporaryFolder())
    expect(await request['library.notices']({})).toEqual([])
  })
})

describe('the daily backup', () => {
  it('is made by a server that trains, once a day, by whatever the clock says', async () => {
    const folder = temporaryFolder()
    let at = Date.UTC(2026, 4, 1)
    const { request, server } = await openServer(folder, { now: () => at, ...soon })
    const count = (): number => listBackups(historyFile(folder)).length
    await request['queue.set']({ paused: true })
    await request['runs.create']({ config: tinyConfig(5) })
    await until(() => count() === 1)
    at += 12 * 3_600_000
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect(count()).toBe(1)
    at += 13 * 3_600_000
    await until(() => count() === 2)
    // A clock that is set back a year makes no backup of tomorrow an excuse.
    at -= 365 * 24 * 3_600_000
    await until(() => count() === 3)
    await until(async () =>
      (await request['library.notices']({})).some(({ id }) => id === 'clock.back')
    )
    await server.close('The test ended.')
  })

  it('is not made by one that only looks on', async () => {
    const folder = temporaryFolder()
    const { request } = await openServer(folder, { startTrainer: null, ...soon })
    await request['runs.create']({ config: tinyConfig(5) })
    await openServer(folder, { takes: 'own', ...soon })
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(listBackups(historyFile(folder))).toEqual([])
  })
})
