/** What goes wrong with the library's files: said in words to whoever asked, and told to everybody where nobody did. */
import type { RequestHandlers } from '@shared/contract'
import { UserError } from '@shared/errors'
import { suspect } from '../store/database'
import { plainFault } from './faults'
import { historyFile } from './history'
import type { LibraryNotices } from './library-notices'

export interface LibraryFaults {
  /** The same handlers, whose system errors are UserErrors. */
  guard(handlers: RequestHandlers): RequestHandlers
  /** Something failed that no client waits for. */
  unasked(what: string, error: unknown): void
  /** To be called now and then: what has not gone wrong again since the last time is over. */
  settle(): void
  /** A run went on from an older checkpoint than its newest. */
  checkpoints(run: string, damaged: readonly number[], from: number): void
}

interface FaultOptions {
  library: string
  notices: LibraryNotices
  log: (line: string) => void
}

export function createLibraryFaults({ library, notices, log }: FaultOptions): LibraryFaults {
  /** The same trouble, met every second, is logged once. */
  let lastLogged = ''
  /** Codes of what was told, and whether it happened again since the last `settle`. */
  const told = new Map<string, boolean>()

  function worded(error: unknown): unknown {
    const plain = plainFault(error, library)
    if (plain instanceof UserError && plain.code === 'store.corrupt') {
      try {
        suspect(historyFile(library))
      } catch {
        // A disk that takes nothing: the next start checks a file that was not closed in order anyway.
      }
      tell(plain)
    }
    return plain
  }

  function tell({ code, message, hint }: UserError): void {
    told.set(code, true)
    notices.tell({ id: code, level: 'problem', sentence: message, next: hint })
  }

  return {
    guard(handlers) {
      const guarded = Object.entries(handlers).map(([method, handler]) => [
        method,
        async (input: never) => {
          try {
            return await (handler as (input: never) => unknown)(input)
          } catch (error) {
            throw worded(error)
          }
        }
      ])
      return Object.fromEntries(guarded) as RequestHandlers
    },

    unasked(what, error) {
      const plain = worded(error)
      if (plain instanceof UserError) tell(plain)
      const words = `${what} failed: ${error instanceof Error ? error.stack : String(error)}`
      if (words !== lastLogged) log(words)
      lastLogged = words
    },

    settle() {
      for (const [code, again] of told) {
        // Damage does not go away by itself.
        if (again || code === 'store.corrupt') told.set(code, false)
        else {
          told.delete(code)
          notices.clear(code)
          lastLogged = ''
        }
      }
    },

    checkpoints(run, damaged, from) {
      const which =
        damaged.length === 1
          ? `its checkpoint of step ${damaged[0]} is`
          : `its checkpoints of steps ${damaged.join(', ')} are`
      notices.tell({
        id: `checkpoint.damaged.${run}`,
        level: 'warning',
        sentence: `Run "${run}": ${which} damaged or incomplete; it went on from step ${from}.`,
        next: 'Nothing else is lost: the steps since are trained again. If it happens again, look at the disk.'
      })
    }
  }
}
