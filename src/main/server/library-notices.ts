/** What is to be told of the library, until it is over or the user has read it. */
import type { RequestHandlers } from '@shared/contract'
import type { LibraryNotice } from '@shared/library-notice'
import type { Broadcast } from './broadcast'

export interface LibraryNotices {
  /** Tells it; a notice of the same id is replaced, and the same words are not told twice. */
  tell(notice: Omit<LibraryNotice, 'at'>): void
  /** It is over. */
  clear(id: string): void
  handlers: Pick<RequestHandlers, 'library.notices' | 'library.dismiss'>
}

export function createLibraryNotices(
  broadcast: Broadcast,
  log: (line: string) => void,
  now: () => number
): LibraryNotices {
  const notices = new Map<string, LibraryNotice>()
  /** What the user has read and put away: it comes back when the words change. */
  const read = new Map<string, string>()
  const list = (): LibraryNotice[] => [...notices.values()]

  return {
    tell(notice) {
      const words = `${notice.sentence} ${notice.next}`
      const known = notices.get(notice.id)
      if ((known && `${known.sentence} ${known.next}` === words) || read.get(notice.id) === words) {
        return
      }
      notices.set(notice.id, { ...notice, at: now() })
      log(words)
      broadcast.noticesChanged(list())
    },
    clear(id) {
      read.delete(id)
      if (notices.delete(id)) broadcast.noticesChanged(list())
    },
    handlers: {
      'library.notices': list,
      'library.dismiss': ({ id }) => {
        const notice = notices.get(id)
        if (notice) read.set(id, `${notice.sentence} ${notice.next}`)
        notices.delete(id)
        broadcast.noticesChanged(list())
        return list()
      }
    }
  }
}
