/** A regular look at the library's folder: whether it is still the one that was opened, and has room. */
import { statSync } from 'node:fs'
import { describeFolder } from '../doctor/folder'
import type { LibraryNotices } from './library-notices'

/** Below this a checkpoint or two of a large model would fill the disk. */
const scarceBytes = 500 * 2 ** 20
/** The clock of a machine moves by this much only when somebody, or a time server, sets it. */
const clockJumpMs = 60_000

export interface LibraryWatch {
  /** Whether the library is there: while it is not, nothing is started and nobody is given up. */
  isThere(): boolean
  /** Looks, and tells what there is to tell. */
  look(): void
}

interface WatchOptions {
  library: string
  notices: LibraryNotices
  /** Unix time, milliseconds; may be set back or forward. */
  now: () => number
  /** Milliseconds that only rise. */
  clock: () => number
}

export function watchLibrary({ library, notices, now, clock }: WatchOptions): LibraryWatch {
  const opened = identityOf(library)
  let offset = now() - clock()

  // An unmounted volume leaves an empty folder behind, a volume of its own: another one than was opened.
  const isThere = (): boolean => identityOf(library) === opened

  function lookAtClock(): void {
    const moved = now() - clock() - offset
    // Asleep, a machine's monotonic clock may stand still: forward alone says nothing.
    if (moved < -clockJumpMs) {
      notices.tell({
        id: 'clock.back',
        level: 'warning',
        sentence: `This machine's clock was set back by ${Math.round(-moved / 60_000)} min while Grokscope was open.`,
        next: 'Runs are not disturbed; their times, and the order of those queued meanwhile, may look odd.'
      })
    }
    offset = now() - clock()
  }

  return {
    isThere,
    look() {
      lookAtClock()
      if (!isThere()) {
        notices.tell({
          id: 'library.gone',
          level: 'problem',
          sentence: `The library folder ${library} has gone: it was moved, deleted, or its disk was taken away.`,
          next: 'Nothing is started until it is back. Bring it back, then start Grokscope again if runs do not go on by themselves.'
        })
        return
      }
      notices.clear('library.gone')
      const { freeBytes } = describeFolder(library)
      if (freeBytes !== null && freeBytes < scarceBytes) {
        // In steps, so that the words do not change with every byte.
        const left = Math.ceil(freeBytes / (100 * 2 ** 20)) * 100
        notices.tell({
          id: 'library.full',
          level: 'warning',
          sentence: `The disk of the library has less than ${left} MB left.`,
          next: 'Free some space: a run whose checkpoint does not fit ends, and can be resumed.'
        })
      } else notices.clear('library.full')
    }
  }
}

/** Which folder it is, whatever its name; null where there is none. */
function identityOf(folder: string): string | null {
  try {
    const { dev, ino } = statSync(folder)
    return `${dev}:${ino}`
  } catch {
    return null
  }
}
