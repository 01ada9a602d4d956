/**
 * Opening the history, and what is done where it is damaged: first the newest backup that is good, then the run
 * folders alone. Either way the folders are read afterwards, so that what the backup lacks comes back. The damaged
 * file is kept, and the user is told.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '@shared/errors'
import type { LibraryNotice } from '@shared/library-notice'
import { bringBack, listBackups, putBack, setAside, type Backup } from '../store/backups'
import type { OpenOptions } from '../store/database'
import { isDamage, loadSqlite, type Sqlite } from '../store/sqlite'
import { openStore, type Store } from '../store/store'
import { readQueueSettings, writeQueueSettings } from './slots'

type Told = Omit<LibraryNotice, 'at'>

export const historyFile = (library: string): string => join(library, 'history.sqlite')

/**
 * @param log takes a line on every rung of the ladder
 * @returns the open history, and what to tell of it
 * @throws {UserError} where it is not damaged and still cannot be opened (store/database.ts)
 */
export async function openHistory(
  library: string,
  options: Pick<OpenOptions, 'sqlite' | 'now'>,
  log: (line: string) => void
): Promise<{ store: Store; told: Told[] }> {
  const file = historyFile(library)
  try {
    return { store: await openStore(file, options), told: [] }
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'store.corrupt') throw error
    const kept = setAside(file, options.now, 'damaged')
    log(`${error.message} It is kept as ${kept}.`)
    return repair(file, kept, options, log)
  }
}

async function repair(
  file: string,
  kept: string,
  options: Pick<OpenOptions, 'sqlite' | 'now'>,
  log: (line: string) => void
): Promise<{ store: Store; told: Told[] }> {
  for (const backup of listBackups(file)) {
    const fault = putBack(backup, file, loadSqlite(options.sqlite))
    if (fault !== null) {
      log(`The backup ${backup.path} is passed over: ${fault}.`)
      continue
    }
    log(`The history is that of ${backup.path}; the run folders add what came later.`)
    const store = await openStore(file, options)
    markRestored(store)
    return { store, told: [restored(backup.at, kept)] }
  }
  log('The history is rebuilt from the run folders.')
  return { store: await openStore(file, options), told: [rebuilt(kept)] }
}

const restoredKey = 'restored'

/** What waited then may have been trained, or taken back, since; names, tags and notes may have changed. */
function markRestored(store: Store): void {
  writeQueueSettings(store, { ...readQueueSettings(store), paused: true })
  store.setSetting(restoredKey, 'yes')
}

/** Whether the history was restored and nobody has read the folders' labels since; says so once. */
export function takeRestored(store: Store): boolean {
  if (store.setting(restoredKey) !== 'yes') return false
  store.setSetting(restoredKey, '')
  return true
}

const restored = (at: number, kept: string): Told => ({
  id: 'history.repaired',
  level: 'warning',
  sentence: `The history was damaged and has been restored from the backup of ${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC; runs, curves and checkpoints since then were read from their folders.`,
  next: `Look whether what waits in the queue should still be trained: the queue is paused. The damaged file is kept as ${kept}.`
})

const rebuilt = (kept: string): Told => ({
  id: 'history.repaired',
  level: 'warning',
  sentence:
    'The history was damaged and has been rebuilt from the run folders: runs, curves, tags, notes, studies and saved views are there.',
  next: `What had been waiting in the queue is marked as interrupted. The damaged file is kept as ${kept}.`
})

/**
 * Puts a backup in the history's place because a user asks for it, and reads labels and lines from the folders.
 * @returns where the history that was there is kept, null where there was none
 * @throws {UserError} `history.open` while another process has it open; `backup.damaged`
 */
export async function restoreHistory(
  file: string,
  backup: Backup,
  options: Pick<OpenOptions, 'sqlite' | 'now'>
): Promise<{ kept: string | null }> {
  const Sqlite = loadSqlite(options.sqlite)
  assertClosed(file, Sqlite)
  const kept = existsSync(file) ? setAside(file, options.now, 'replaced') : null
  const fault = putBack(backup, file, Sqlite)
  if (fault !== null) {
    if (kept) bringBack(kept, file)
    throw new UserError(
      'backup.damaged',
      `The backup ${backup.path} is damaged: ${fault}.`,
      'Nothing was changed. Choose an older one: grokscope history backups.'
    )
  }
  const store = await openStore(file, options)
  markRestored(store)
  store.close()
  return { kept }
}

/** Whoever has the file open in WAL mode keeps others from having it to themselves. */
function assertClosed(file: string, Sqlite: Sqlite): void {
  if (!existsSync(file)) return
  try {
    const db = new Sqlite(file, { timeout: 0 })
    try {
      db.pragma('locking_mode = EXCLUSIVE')
      db.exec('BEGIN EXCLUSIVE; COMMIT')
    } finally {
      db.close()
    }
  } catch (error) {
    if (isDamage(error)) return
    throw new UserError(
      'history.open',
      `The history ${file} is in use: ${(error as Error).message}.`,
      'Close Grokscope and every command that trains, then try again.'
    )
  }
}
