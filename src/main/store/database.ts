/**
 * Opening the history file: durability settings, checks, the backup before a migration. The file is an index
 * that can be rebuilt from the run folders, yet it is treated as if it could not.
 */
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Database } from 'better-sqlite3'
import { UserError } from '@shared/errors'
import { backUp, damaged } from './backups'
import { migrate, migrations, schemaVersion, type Migration } from './migrations'
import { applicationId, faultOf, isDamage, loadSqlite } from './sqlite'

/** SQLite up to 3.51.2 could corrupt a WAL file when two processes checkpoint at once (sqlite.org, 3.51.3). */
const oldestSqlite = [3, 51, 3] as const

export interface OpenOptions {
  /** Absolute path of a better-sqlite3 module to load instead of the package's own. */
  sqlite?: string | undefined
  now: () => number
  /** False: does not wait for the disk, for a library that can be made again. */
  durable?: boolean
  /** The schema steps; tests pass longer and shorter lists. */
  steps?: readonly Migration[]
}

/**
 * Opens or makes a history file in WAL mode and brings its schema up to date. An existing file is backed up
 * beside itself before it is migrated.
 * @throws {UserError} `store.newer`, `store.foreign`, `store.corrupt`, `store.sqlite`, `store.readOnly` or `store.open`.
 */
export async function openDatabase(file: string, options: OpenOptions): Promise<Database> {
  const { sqlite, now, durable = true, steps = migrations } = options
  const Sqlite = loadSqlite(sqlite)
  // SQLite removes the log when the last connection closes: one that is there was left by a process that
  // died, or belongs to one that is at work. A suspicion was left by one that came upon damage.
  const unclean = existsSync(`${file}-wal`) && statSync(`${file}-wal`).size > 0
  const suspect = existsSync(suspicion(file))
  let db: Database
  try {
    mkdirSync(dirname(file), { recursive: true })
    db = new Sqlite(file, { timeout: 10_000 })
  } catch (error) {
    throw new UserError(
      'store.open',
      `The history ${file} cannot be opened: ${(error as Error).message}.`,
      'Check that the library folder exists and can be written, or name another one.'
    )
  }
  try {
    checkSqlite(db)
    checkOwner(db, file, steps.length)
    db.pragma('journal_mode = WAL')
    // The package's default in WAL mode is NORMAL, which may lose the last commits with the power.
    db.pragma(`synchronous = ${durable ? 'FULL' : 'OFF'}`)
    db.pragma('fullfsync = ON')
    db.pragma('foreign_keys = ON')
    if (unclean || suspect) {
      const fault = faultOf(db, suspect ? 'integrity_check' : 'quick_check')
      if (fault !== null) throw damaged(file, fault)
      rmSync(suspicion(file), { force: true })
    }
    const version = schemaVersion(db)
    if (version > 0 && version < steps.length) await backUp(db, file, Sqlite, now)
    if (version === 0) db.pragma(`application_id = ${applicationId}`)
    migrate(db, steps)
    return db
  } catch (error) {
    db.close()
    const code = String((error as { code?: unknown }).code)
    if (isDamage(error)) throw damaged(file, code)
    if (/^SQLITE_(READONLY|CANTOPEN|IOERR|PERM)/.test(code)) throw notWritable(file, code)
    throw error
  }
}

function checkSqlite(db: Database): void {
  const found = db.prepare('SELECT sqlite_version()').pluck().get() as string
  const parts = found.split('.').map(Number)
  const at = oldestSqlite.findIndex((wanted, i) => parts[i] !== wanted)
  if (at >= 0 && parts[at]! < oldestSqlite[at]!) {
    throw new UserError(
      'store.sqlite',
      `SQLite ${found} is too old: ${oldestSqlite.join('.')} mended a fault that could corrupt the history.`,
      'Install the packages again (npm ci).'
    )
  }
}

/** Reads only: a file that is refused is left exactly as it was. */
function checkOwner(db: Database, file: string, known: number): void {
  const owner = db.pragma('application_id', { simple: true })
  const tables = db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() as number
  if (owner !== applicationId && tables > 0) {
    throw new UserError(
      'store.foreign',
      `${file} is an SQLite file of another application.`,
      'Name another library folder, or move that file away.'
    )
  }
  const version = schemaVersion(db)
  if (version > known) {
    throw new UserError(
      'store.newer',
      `The history ${file} was written by a newer Grokscope (version ${version}, known here up to ${known}).`,
      'Update Grokscope, or name another library folder.'
    )
  }
}

/**
 * Has the history checked whole when it is opened the next time: what a reader came upon in the middle of work may
 * be gone from sight when the file was closed in order.
 */
export function suspect(file: string): void {
  writeFileSync(suspicion(file), '')
}

const suspicion = (file: string): string => `${file}-suspect`

function notWritable(file: string, code: string): UserError {
  return new UserError(
    'store.readOnly',
    `The history ${file} cannot be written (${code}): the folder is read-only, or its disk does not answer.`,
    'Make the library folder writable, or name another one with --runs DIR.'
  )
}
