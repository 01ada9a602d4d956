import type { TrainerCommand } from '@shared/events'

/**
 * Commands on their way to the loop. The loop looks in between steps; a paused loop sleeps until the next
 * command. `stop` and `interrupt` end a run: the first of them is kept and nothing after it matters.
 */
export interface Inbox {
  /** The next command, in order of arrival. */
  take(): TrainerCommand | undefined
  /** Settles when a command is there. */
  arrival(): Promise<void>
}

export interface OpenInbox extends Inbox {
  put(command: TrainerCommand): void
}

export function createInbox(): OpenInbox {
  const waiting: TrainerCommand[] = []
  let wake: (() => void) | undefined

  return {
    put(command) {
      waiting.push(command)
      wake?.()
    },
    take: () => waiting.shift(),
    arrival: () =>
      waiting.length > 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            wake = () => {
              wake = undefined
              resolve()
            }
          })
  }
}
