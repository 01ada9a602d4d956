import Sqlite from 'better-sqlite3'
import { readdirSync, writeFileSync } from 'node:fs'
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
    const { request, log } = await openServer(library, { startTrainer: null })
    const newer = { version: 1, name: 'new', savedAt: 1, view: { hologram: true } }
    writeFileSync(join(library, 'views', 'new.json'), JSON.stringify(newer))
    writeFileSync(join(library, 'views', 'torn.json'), '{"version": 1, "na')
    writeFileSync(join(library, 'views', 'note.txt'), 'mine')
    expect((await request['views.list']({})).saved).toEqual([])
    expect(log.join()).toContain('The saved view "new" is passed over')
    expect(log.join()).toContain('views/torn.json is passed over')
    await request['views.save']({ name: 'old', view })
    expect(readdirSync(join(library, 'views')).sort()).toEqual([
      'new.json',
      'note.txt',
      expect.stringMatching(/^old-[0-9a-f]{8}\.json$/),
      'torn.json'
    ])
  })

  it('outlive a history that is gone or damaged', async () => {
    const library = temporaryFolder()
    const first = await openServer(library, { startTrainer: null })
    await first.request['views.save']({ name: 'Figure 2 (λ = 1)', view })
    const { saved } = await first.request['views.list']({})
    await first.server.close('The test goes on.')
    writeFileSync(join(library, 'history.sqlite'), 'not a database, but of some length '.repeat(99))

    const second = await openServer(library, { startTrainer: null })
    expect((await second.request['views.list']({})).saved).toEqual(saved)
    expect(second.log.join()).toContain('damaged')
  })

  it('keep names apart that make the same file name', async () => {
    const { request } = await openServer(temporaryFolder(), { startTrainer: null })
    const names = ['../../etc', 'a/b', 'a b', 'A B', '図', '表', '.'.repeat(100)]
    for (const name of names) await request['views.save']({ name, view })
    const { saved } = await request['views.list']({})
    expect(saved.map(({ name }) => name).sort()).toEqual([...names].sort())
    for (const name of names) await request['views.remove']({ name })
    expect((await request['views.list']({})).saved).toEqual([])
  })

  it('of before they were files are taken out of the history, once', async () => {
    const library = temporaryFolder()
    const first = await openServer(library, { startTrainer: null })
    await first.request['views.save']({ name: 'both', view })
    await first.server.close('The test goes on.')
    const db = new Sqlite(join(library, 'history.sqlite'))
    const insert = db.prepare('INSERT INTO views VALUES (?, ?, ?)')
    insert.run('kept', '{"query":"ood > .9","curves":{"x":"epoch"}}', 5)
    insert.run('both', '{"query":"iid > .5"}', 4)
    insert.run('torn', '{"query":', 3)
    db.close()

    const second = await openServer(library, { startTrainer: null })
    const { saved } = await second.request['views.list']({})
    expect(saved.map(({ name }) => name)).toEqual(['both', 'kept'])
    // What was saved since wins over what the history still held.
    expect(saved.map((one) => one.view)).toEqual([view, view])
    expect(saved[1]!.savedAt).toBe(5)
    expect(second.log.join()).toContain('The saved view "torn" stays in the history')
    await second.request['views.remove']({ name: 'kept' })
    await second.server.close('The test goes on.')

    const third = await openServer(library, { startTrainer: null })
    expect((await third.request['views.list']({})).saved.map(({ name }) => name)).toEqual(['both'])
  })
})
