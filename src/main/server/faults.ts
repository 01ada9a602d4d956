/** What the system says about files and disks, in words for a user: none of it is a bug of ours. */
import { existsSync } from 'node:fs'
import { UserError } from '@shared/errors'

type Kind = 'full' | 'readOnly' | 'gone' | 'damaged' | 'busy'

const kinds: readonly [pattern: RegExp, kind: Kind][] = [
  [/^(ENOSPC|EDQUOT|SQLITE_FULL)/, 'full'],
  [/^(EROFS|EACCES|EPERM|SQLITE_READONLY|SQLITE_PERM)/, 'readOnly'],
  [/^SQLITE_(CORRUPT|NOTADB)/, 'damaged'],
  [/^SQLITE_BUSY/, 'busy'],
  [/^(ENOENT|EIO|ENODEV|ENXIO|ESTALE|ENOTCONN|SQLITE_IOERR|SQLITE_CANTOPEN)/, 'gone']
]

/**
 * @param error anything that was thrown
 * @param library the library's folder
 * @returns the UserError that says it, or the error itself where it is none of these
 */
export function plainFault(error: unknown, library: string): unknown {
  if (error instanceof UserError || !(error instanceof Error)) return error
  const code = String((error as NodeJS.ErrnoException).code)
  const kind = kinds.find(([pattern]) => pattern.test(code))?.[1]
  const detail = `${error.message} (${code})`
  switch (kind) {
    case 'full':
      return new UserError(
        'disk.full',
        `The disk of the library ${library} is full: ${detail}.`,
        'Free some space and try again; nothing was changed.'
      )
    case 'readOnly':
      return new UserError(
        'library.readOnly',
        `The library ${library} cannot be written: ${detail}.`,
        'Make the folder writable and try again; nothing was changed.'
      )
    case 'damaged':
      return new UserError(
        'store.corrupt',
        `The history of ${library} is damaged: ${detail}.`,
        'Start Grokscope again: it goes back to the newest good backup and the run folders.'
      )
    case 'busy':
      return new UserError(
        'store.busy',
        `The history of ${library} is in use by another program: ${detail}.`,
        'Try again in a moment.'
      )
    case 'gone':
      // A missing file inside a library that is there is a matter of that file.
      if (existsSync(library) && code === 'ENOENT') return error
      return new UserError(
        'library.gone',
        `The library ${library} does not answer: ${detail}.`,
        'Bring its disk back; Grokscope goes on by itself when it is there again.'
      )
    case undefined:
      return error
    default:
      return kind satisfies never
  }
}
