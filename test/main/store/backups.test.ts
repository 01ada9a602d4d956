import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import {
  backUp,
  listBackups,
  putBack,
  superseded,
  type Backup
} from '../../../src/main/store/backups'
import { openDatabase, suspect } from '../../../src/main/store/database'
import { openStore } from '../../../src/main/store/store'
import { temporaryFolder } from '../../support/library'

const day = 86_400_000
const start = Date.UTC(2026, 0, 2)

/** A history of many pages with one setting that tells its age. */
async function history(file: string, age: string): Promise<void> {
  const store = await openStore(file, { now: () => start })
  for (let i = 0; i < 400; i++) store.setSetting(`key ${i}`, 'x'.repeat(500))
  store.setSetting('age', age)
  store.close()
}

function spoil(file: string): void {
  const bytes = readFileSync(file)
  bytes.fill(0xa5, 40_000, 60_000)
  writeFileSync(file, bytes)
}

describe('backups', () => {
  it('are whole copies, one file each, and are listed newest first', async () => {
    const file = join(temporaryFolder(), 'history.sqlite')
    await history(file, 'old')
    let at = start
    const store = await openStore(file, { now: () => at })
    await store.backUp()
    store.setSetting('age', 'new')
    at += day
    const path = await store.backUp()
    store.close()
    const backups = listBackups(file)
    expect(backups.map((backup) => backup.at)).toEqual([start + day, start])
    expect(backups[0]).toMatchObject({ path, version: expect.any(Number) })
    expect(readdirSync(join(file, '../backups'))).toHaveLength(2)
    const ages = backups.map((backup) => {
      const db = new Sqlite(backup.path, { readonly: true })
      const age = db.prepare("SELECT value FROM settings WHERE key = 'age'").pluck().get()
      db.close()
      return age
    })
    expect(ages).toEqual(['new', 'old'])
  })

  it('keep the newest seven, and the newest of each older schema', () => {
    const all = Array.from({ length: 12 }, (_, i): Backup => {
      const version = i < 8 ? 9 : i < 10 ? 8 : 7
      return { path: `backup ${i}`, version, at: start - i * day, bytes: 1 }
    })
    const gone = superseded(all).map(({ path }) => path)
    expect(gone).toEqual(['backup 7', 'backup 9', 'backup 11'])
  })

  it('are not made of a damaged history: nothing that is damaged is called a backup', async () => {
    const file = join(temporaryFolder(), 'history.sqlite')
    await history(file, 'old')
    spoil(file)
    const db = new Sqlite(file)
    await expect(backUp(db, file, Sqlite, () => start)).rejects.toMatchObject({
      code: 'store.corrupt'
    })
    db.close()
    expect(listBackups(file)).toEqual([])
    expect(readdirSync(join(file, '../backups'))).toEqual([])
  })

  it('are put back only when they are whole and ours', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'history.sqlite')
    await history(join(folder, 'good'), 'old')
    await history(join(folder, 'bad'), 'old')
    spoil(join(folder, 'bad'))
    new Sqlite(join(folder, 'foreign')).exec('CREATE TABLE theirs (x)').close()
    writeFileSync(join(folder, 'rubbish'), 'no database at all '.repeat(500))
    const from = (name: string): Backup => ({
      ...{ path: join(folder, name), version: 8, at: start, bytes: 1 }
    })
    for (const name of ['bad', 'foreign', 'rubbish']) {
      expect(putBack(from(name), file, Sqlite), name).toEqual(expect.any(String))
      expect(existsSync(file), name).toBe(false)
    }
    expect(putBack(from('good'), file, Sqlite)).toBeNull()
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([])
    const store = await openStore(file, { now: () => start })
    expect(store.setting('age')).toBe('old')
    store.close()
  })

  it('of other names in the folder are left out', () => {
    const file = join(temporaryFolder(), 'history.sqlite')
    mkdirSync(join(file, '../backups'))
    for (const name of ['notes.txt', 'history.v8.x.sqlite', 'history.v8.sqlite.partial']) {
      writeFileSync(join(file, '../backups', name), '')
    }
    expect(listBackups(file)).toEqual([])
  })
})

describe('a suspicion', () => {
  it('has a file that was closed in order checked whole, once', async () => {
    const file = join(temporaryFolder(), 'history.sqlite')
    await history(file, 'old')
    suspect(file)
    const db = await openDatabase(file, { now: () => start })
    db.close()
    expect(readdirSync(join(file, '..'))).toEqual(['history.sqlite'])
    spoil(file)
    suspect(file)
    await expect(openDatabase(file, { now: () => start })).rejects.toMatchObject({
      code: 'store.corrupt'
    })
  })
})
