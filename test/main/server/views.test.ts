import Sqlite from 'better-sqlite3'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { View } from '@shared/view'
import { openServer, temporaryFolder } from '../../support/library'

const view = View.parse({ query: 'ood > .9', curves: { x: 'epoch' } })

describe('saved views', () => {
  it('are kept by name, replaced, renamed, removed, and outlive the server', async () => {
    const library = temporaryFolder()
    const first = await openServer(library, { startTrainer: null })
    const { request } = first
    await request['views.save']({ name: 'b', view })
    await request['views.save']({ name: 'a', view: View.parse({}) })
    const saved = await request['views.save']({ name: 'a', view })
    expect(saved.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(saved[0]!.view).toEqual(view)
    await request['views.rename']({ name: 'b', to: 'c' })
    await request['views.remove']({ name: 'a' })
    await request['views.keep']({ view })
    await first.server.close('The test goes on.')

    const second = await openServer(library, { startTrainer: null })
    const { last, saved: kept } = await second.request['views.list']({})
    expect(last).toEqual(view)
    expect(kept.map(({ name }) => name)).toEqual(['c'])
  })

  it('never take another one’s name, and are missed by name', async () => {
    const { request } = await openServer(temporaryFolder(), { startTrainer: null })
    await request['views.save']({ name: 'a', view })
    await request['views.save']({ name: 'b', view })
    const taken = request['views.rename']({ name: 'a', to: 'b' })
    await expect(taken).rejects.toMatchObject({ code: 'view.taken' })
    const unknown = request['views.remove']({ name: 'z' })
    await expect(unknown).rejects.toMatchObject({ code: 'view.unknown' })
    expect((await request['views.list']({})).saved).toHaveLength(2)
  })

  it('that another version wrote are passed over, and stay', async () => {
    const library = temporaryFolder()
    const first = await openServer(library, { startTrainer: null })
    await first.server.close('The test goes on.')
    const db = new Sqlite(join(library, 'history.sqlite'))
    db.prepare("INSERT INTO views VALUES ('new', '{\"hologram\":true}', 1)").run()
    db.close()
    const { request, log } = await openServer(library, { startTrainer: null })
    expect((await request['views.list']({})).saved).toEqual([])
    expect(log.join()).toContain('The saved view "new" is passed over')
    await request['views.save']({ name: 'old', view })
    const kept = new Sqlite(join(library, 'history.sqlite'), { readonly: true })
    expect(kept.prepare('SELECT name FROM views ORDER BY name').pluck().all()).toEqual([
      'new',
      'old'
    ])
    kept.close()
  })
})
