import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { setAside } from '../../../src/main/store/backups'
import { openDatabase } from '../../../src/main/store/database'
import { migrations, type Migration } from '../../../src/main/store/migrations'
import { temporaryFolder } from '../../support/library'

const now = (): number => Date.UTC(2026, 0, 2, 3, 4, 5)
const first: Migration = { name: 'notes', sql: 'CREATE TABLE notes (text TEXT) STRICT' }
const second: Migration = {
  name: 'notes have a time',
  sql: `ALTER TABLE notes ADD COLUMN at INTEGER;
        UPDATE notes SET at = 7;
        CREATE INDEX notes_by_time ON notes (at)`
}
const broken: Migration = {
  name: 'half good, half bad',
  sql: 'CREATE TABLE half (x); INSERT INTO nowhere VALUES (1)'
}

/** A file as the version before wrote it: one step applied, one row in it. */
async function oldFile(): Promise<{ folder: string; file: string }> {
  const folder = temporaryFolder()
  const file = join(folder, 'history.sqlite')
  const db = await openDatabase(file, { now, steps: [first] })
  db.exec("INSERT INTO notes VALUES ('old')")
  db.close()
  return { folder, file }
}

const backups = (folder: string): string[] =>
  existsSync(join(folder, 'backups')) ? readdirSync(join(folder, 'backups')) : []

describe('migrations', () => {
  it('bring an old file up to date after a backup that holds the old state', async () => {
    const { folder, file } = await oldFile()
    const db = await openDatabase(file, { now, steps: [first, second] })
    expect(db.prepare('SELECT * FROM notes').all()).toEqual([{ text: 'old', at: 7 }])
    expect(db.pragma('user_version', { simple: true })).toBe(2)
    db.close()

    expect(backups(folder)).toEqual(['history.v1.2026-01-02T03-04-05-000Z.sqlite'])
    const backup = new Sqlite(join(folder, 'backups', backups(folder)[0]!), { readonly: true })
    expect(backup.prepare('SELECT * FROM notes').all()).toEqual([{ text: 'old' }])
    expect(backup.pragma('user_version', { simple: true })).toBe(1)
    backup.close()
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([])
  })

  it('of a new file, and of one that is up to date, need no backup', async () => {
    const { folder, file } = await oldFile()
    const db = await openDatabase(file, { now, steps: [first] })
    db.close()
    expect(backups(folder)).toEqual([])
  })

  it('that fail leave the file at the last good step, and the next attempt goes on', async () => {
    const { folder, file } = await oldFile()
    await expect(openDatabase(file, { now, steps: [first, second, broken] })).rejects.toThrow(
      'nowhere'
    )
    const db = await openDatabase(file, { now, steps: [first, second] })
    expect(db.pragma('user_version', { simple: true })).toBe(2)
    expect(db.prepare("SELECT name FROM sqlite_schema WHERE name = 'half'").all()).toEqual([])
    db.close()
    expect(backups(folder)).toHaveLength(1)
  })

  it('do not touch the file of a newer version', async () => {
    const { file } = await oldFile()
    const newer = await openDatabase(file, { now, steps: [first, second] })
    newer.close()
    const before = readFileSync(file)
    await expect(openDatabase(file, { now, steps: [first] })).rejects.toMatchObject({
      code: 'store.newer',
      message: expect.stringContaining('version 2, known here up to 1')
    })
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('give the runs of each config their shades, the oldest first', async () => {
    const at = migrations.findIndex(({ name }) => name === 'shades of colours')
    const file = join(temporaryFolder(), 'history.sqlite')
    const before = await openDatabase(file, { now, steps: migrations.slice(0, at) })
    const insert = before.prepare(
      `INSERT INTO runs (id, name, state, config, config_hash, engine_wanted, created_at, steps, revision, seedless)
       VALUES (?, 'x', 'finished', '{}', 'c', 'auto', ?, 1, 1, ?)`
    )
    for (const run of [
      ['new', 9, 'one'],
      ['old', 3, 'one'],
      ['other', 5, 'two'],
      ['twin', 9, 'one'],
      ['unnamed', 1, '']
    ])
      insert.run(run)
    before.close()
    const db = await openDatabase(file, { now, steps: migrations.slice(0, at + 1) })
    expect(db.prepare('SELECT id, shade FROM runs ORDER BY id').raw().all()).toEqual([
      ...[
        ['new', 1],
        ['old', 0],
        ['other', 0]
      ],
      ...[
        ['twin', 2],
        ['unnamed', 0]
      ]
    ])
    db.close()
  })

  it('of today make every table, index and view from nothing', async () => {
    const db = await openDatabase(join(temporaryFolder(), 'deep/er/history.sqlite'), { now })
    const names = db
      .prepare("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name")
      .pluck()
      .all()
    expect(names).toEqual([
      ...['checkpoints', 'ingested', 'metrics', 'run_milestones', 'run_summary', 'runs'],
      ...[
        'runs_by_color',
        'runs_by_revision',
        'runs_by_seedless',
        'runs_by_state',
        'runs_by_study',
        'settings',
        'step_times',
        'views'
      ]
    ])
    expect(db.pragma('user_version', { simple: true })).toBe(migrations.length)
    expect(db.pragma('synchronous', { simple: true })).toBe(2)
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1)
    db.close()
  })
})

describe('opening', () => {
  it('loads another build of better-sqlite3 where one is named', async () => {
    const sqlite = createRequire(import.meta.url).resolve('better-sqlite3')
    const db = await openDatabase(join(temporaryFolder(), 'history.sqlite'), { now, sqlite })
    expect(db.open).toBe(true)
    db.close()
  })

  it('finds an SQLite without the WAL fault', async () => {
    const db = new Sqlite(':memory:')
    const [major, minor, patch] = (db.prepare('SELECT sqlite_version()').pluck().get() as string)
      .split('.')
      .map(Number)
    expect(major! * 1e6 + minor! * 1e3 + patch!).toBeGreaterThanOrEqual(3_051_003)
  })

  it.each([
    ['3.51.2', 'store.sqlite'],
    ['3.9.9', 'store.sqlite'],
    ['3.51.3', null],
    ['3.53.0', null],
    ['4.0.0', null]
  ])('judges SQLite %s: %s', async (version, code) => {
    const folder = temporaryFolder()
    const stand = join(folder, 'stand-in.cjs')
    const real = createRequire(import.meta.url).resolve('better-sqlite3')
    writeFileSync(
      stand,
      `const Real = require(${JSON.stringify(real)})
       module.exports = class extends Real {
         constructor(...args) {
           super(...args)
           this.function('sqlite_version', () => '${version}')
         }
       }`
    )
    const opening = openDatabase(join(folder, 'history.sqlite'), { now, sqlite: stand })
    if (code) await expect(opening).rejects.toMatchObject({ code })
    else (await opening).close()
  })

  it('refuses the file of another application and leaves it as it is', async () => {
    const file = join(temporaryFolder(), 'history.sqlite')
    const other = new Sqlite(file)
    other.exec('CREATE TABLE theirs (x)')
    other.close()
    const before = readFileSync(file)
    await expect(openDatabase(file, { now })).rejects.toMatchObject({ code: 'store.foreign' })
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('says so when the file cannot be made', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'file'), '')
    await expect(openDatabase(join(folder, 'file/history.sqlite'), { now })).rejects.toMatchObject({
      code: 'store.open'
    })
  })

  it('checks a file that was left open by a process that died, and keeps a damaged one', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'history.sqlite')
    const db = await openDatabase(file, { now })
    const fill = db.prepare('INSERT INTO settings VALUES (?, ?)')
    for (let i = 0; i < 500; i++) fill.run(`key ${i}`, 'x'.repeat(500))
    db.pragma('wal_checkpoint(TRUNCATE)')
    fill.run('one more', 'to have a log')
    // As a kill would leave it: file and log, while the first connection is still open.
    const left = join(folder, 'left.sqlite')
    for (const suffix of ['', '-wal']) copyFileSync(file + suffix, left + suffix)
    db.close()

    const bytes = readFileSync(left)
    bytes.fill(0xa5, 40_000, 60_000)
    writeFileSync(left, bytes)
    await expect(openDatabase(left, { now })).rejects.toMatchObject({ code: 'store.corrupt' })
    const kept = setAside(left, now, 'damaged')
    expect(existsSync(left)).toBe(false)
    expect(
      readFileSync(kept)
        .subarray(40_000, 60_000)
        .every((b) => b === 0xa5)
    ).toBe(true)
  })
})
