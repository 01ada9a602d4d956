/**
 * Copies of the history in backups/ beside it: before every migration, once a day, and when asked for. A copy is made
 * by SQLite's backup interface, checked, and only then gets its name: no unchecked file looks like a backup.
 *
 *     backups/history.v8.2026-01-02T03-04-05-000Z.sqlite     v8: the number of the schema
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Database } from 'better-sqlite3'
import { UserError } from '@shared/errors'
import { schemaVersion } from './migrations'
import { applicationId, faultOf, isDamage, type Sqlite } from './sqlite'

export interface Backup {
  path: string
  /** Number of its schema. */
  version: number
  /** Unix time, milliseconds. */
  at: number
  bytes: number
}

/** So many stay, and beside them the newest of each older schema. */
const keptBackups = 7

const backupName = /^history\.v(\d+)\.(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2})-(\d{3})Z\.sqlite$/

export const backupFolder = (file: string): string => join(dirname(file), 'backups')

/** A moment as it stands in the names of files. */
export const stampOf = (at: number): string => new Date(at).toISOString().replaceAll(/[:.]/g, '-')

/** Newest first. @param file the history's path */
export function listBackups(file: string): Backup[] {
  const folder = backupFolder(file)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .flatMap((name): Backup[] => {
      const [, version, day, ...clock] = backupName.exec(name) ?? []
      if (version === undefined) return []
      const [hours, minutes, seconds, ms] = clock
      const at = Date.parse(`${day}T${hours}:${minutes}:${seconds}.${ms}Z`)
      const path = join(folder, name)
      return [{ path, version: Number(version), at, bytes: statSync(path).size }]
    })
    .sort((a, b) => b.at - a.at)
}

/**
 * Backs the history up and lets the oldest backups go.
 * @returns the new backup's path
 * @throws {UserError} `store.corrupt` where the copy, and so the history itself, is damaged
 */
export async function backUp(
  db: Database,
  file: string,
  Sqlite: Sqlite,
  now: () => number
): Promise<string> {
  const folder = backupFolder(file)
  mkdirSync(folder, { recursive: true })
  const target = join(folder, `history.v${schemaVersion(db)}.${stampOf(now())}.sqlite`)
  const aside = `${target}.${process.pid}.partial`
  try {
    await db.backup(aside)
    const copy = new Sqlite(aside)
    try {
      const fault = faultOf(copy, 'integrity_check')
      if (fault !== null) throw damaged(file, fault)
      // One file, not three: the copy inherits WAL mode from the original.
      copy.pragma('journal_mode = DELETE')
    } finally {
      copy.close()
    }
    renameSync(aside, target)
  } catch (error) {
    if (isDamage(error)) throw damaged(file, String((error as { code?: unknown }).code))
    throw error
  } finally {
    for (const suffix of ['', '-wal', '-shm']) rmSync(aside + suffix, { force: true })
  }
  for (const { path } of superseded(listBackups(file))) rmSync(path, { force: true })
  return target
}

/** Those that may go. @param backups newest first */
export function superseded(backups: readonly Backup[]): Backup[] {
  const versions = new Set<number>()
  return backups.filter(({ version }, at) => {
    const newestOfItsKind = !versions.has(version)
    versions.add(version)
    return at >= keptBackups && !newestOfItsKind
  })
}

/**
 * Puts a copy of a backup in the history's place, where there is none now.
 * @returns why the backup is no good, in words; null where it is in place
 */
export function putBack(backup: Backup, file: string, Sqlite: Sqlite): string | null {
  const aside = `${file}.${process.pid}.partial`
  try {
    copyFileSync(backup.path, aside)
    const copy = new Sqlite(aside)
    try {
      if (copy.pragma('application_id', { simple: true }) !== applicationId) return 'not ours'
      const fault = faultOf(copy, 'integrity_check')
      if (fault !== null) return fault
    } finally {
      copy.close()
    }
    renameSync(aside, file)
    return null
  } catch (error) {
    if (isDamage(error)) return (error as Error).message
    throw error
  } finally {
    for (const suffix of ['', '-wal', '-shm']) rmSync(aside + suffix, { force: true })
  }
}

/** Moves a history and its log out of the way, under names that keep them. @returns the new path of the file */
export function setAside(file: string, now: () => number, why: 'damaged' | 'replaced'): string {
  const kept = `${file}.${stampOf(now())}.${why}`
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(file + suffix)) renameSync(file + suffix, kept + suffix)
  }
  return kept
}

/** The reverse of `setAside`, where nothing has taken the place. */
export function bringBack(kept: string, file: string): void {
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(kept + suffix)) renameSync(kept + suffix, file + suffix)
  }
}

export const damaged = (file: string, detail: string): UserError =>
  new UserError(
    'store.corrupt',
    `The history ${file} is damaged (${detail}).`,
    'Start Grokscope again: it goes back to the newest good backup and the run folders.'
  )
