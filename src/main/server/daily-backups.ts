/** A checked copy of the history every day that Grokscope is open: the copy's check is the history's own. */
import { UserError } from '@shared/errors'
import { listBackups } from '../store/backups'
import { suspect } from '../store/database'
import type { Store } from '../store/store'
import { historyFile } from './history'
import type { LibraryNotices } from './library-notices'

const dayMs = 24 * 60 * 60 * 1000

interface BackupOptions {
  library: string
  store: Store
  notices: LibraryNotices
  /** Whether the library's folder is there. */
  isThere: () => boolean
  log: (line: string) => void
  /** Unix time, milliseconds. */
  now: () => number
}

/** @returns a look that backs up where the newest backup is a day old; asked again meanwhile it does nothing */
export function createDailyBackups(options: BackupOptions): () => Promise<void> {
  const { library, store, notices, isThere, log, now } = options
  const file = historyFile(library)
  let working = false
  /** After a failure the next attempt waits an hour. */
  let notBefore = 0

  return async () => {
    if (working || now() < notBefore || !isThere()) return
    const newest = listBackups(file)[0]
    // A library in which nothing ever happened has nothing to lose.
    if (!newest && store.revision() === 0) return
    // One from the future was made by a clock that has been set right since.
    if (newest && now() - newest.at < dayMs && newest.at <= now()) return
    working = true
    try {
      log(`The history was backed up: ${await store.backUp()}`)
      notices.clear('backup.failed')
    } catch (error) {
      // Taken away in the middle: that is told already, and when it is back this is tried again.
      if (!isThere()) return
      notBefore = now() + dayMs / 24
      const damage = error instanceof UserError && error.code === 'store.corrupt'
      if (damage) suspect(file)
      notices.tell({
        id: 'backup.failed',
        level: damage ? 'problem' : 'warning',
        sentence: `The daily backup of the history failed: ${(error as Error).message}`,
        next: damage
          ? 'Start Grokscope again: it goes back to the newest good backup and the run folders.'
          : 'It is tried again in an hour; the run folders hold everything meanwhile.'
      })
    } finally {
      working = false
    }
  }
}
