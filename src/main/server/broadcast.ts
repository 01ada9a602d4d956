/**
 * Events to all clients, at most about ten times a second: of a run's row and progress the latest is sent, of
 * its metrics all. Events are hints; a client that missed some asks again.
 */
import type { Events, QueueState, RunRow } from '@shared/contract'
import type { LibraryNotice } from '@shared/library-notice'
import type { MetricValues, Progress, TrainerEvent } from '@shared/events'
import type { Port } from '@shared/rpc'
import type { z } from 'zod'

const flushMs = 100
/** Rows per message: a long catch-up becomes several messages. */
const rowsPerMessage = 1000

export interface Broadcast {
  add(port: Port): void
  studyChanged(id: string): void
  clustersChanged(): void
  noticesChanged(notices: LibraryNotice[]): void
  /** The queue's state is asked for when it is sent. */
  queueChanged(state: () => QueueState): void
  /** The row is read when it is sent. */
  changed(id: string): void
  progress(id: string, progress: Progress): void
  appended(id: string, recorded: readonly TrainerEvent[]): void
  /** How far an inspection is. */
  inspecting(ticket: string, done: number, total: number): void
  /** Sends what waits, then closes all ports. */
  close(): void
}

/** @param row the run's row as it is now, undefined where there is no such run */
export function createBroadcast(row: (id: string) => RunRow | undefined): Broadcast {
  const ports = new Set<Port>()
  const changed = new Set<string>()
  const progress = new Map<string, Progress>()
  const metrics = new Map<string, { step: number; values: MetricValues }[]>()
  let queue: (() => QueueState) | undefined
  let timer: NodeJS.Timeout | undefined

  function send<K extends keyof Events>(event: K, payload: z.input<Events[K]>): void {
    for (const port of ports) port.post({ event, payload })
  }

  function flush(): void {
    timer = undefined
    for (const [id, rows] of metrics) {
      for (let i = 0; i < rows.length; i += rowsPerMessage) {
        send('metrics.appended', { id, rows: rows.slice(i, i + rowsPerMessage) })
      }
    }
    metrics.clear()
    for (const [id, latest] of progress) send('run.progress', { id, progress: latest })
    progress.clear()
    for (const id of changed) {
      const run = row(id)
      if (run) send('run.changed', run)
    }
    changed.clear()
    if (queue) send('queue.changed', queue())
    queue = undefined
  }

  function soon(): void {
    if (ports.size > 0) timer ??= setTimeout(flush, flushMs)
  }

  return {
    add(port) {
      ports.add(port)
      port.onClose(() => ports.delete(port))
    },
    noticesChanged: (notices) => send('library.changed', { notices }),
    studyChanged: (id) => send('study.changed', { id }),
    clustersChanged: () => send('clusters.changed', {}),
    queueChanged(state) {
      if (ports.size > 0) queue = state
      soon()
    },
    changed(id) {
      if (ports.size > 0) changed.add(id)
      soon()
    },
    progress(id, latest) {
      if (ports.size > 0) progress.set(id, latest)
      soon()
    },
    appended(id, recorded) {
      if (ports.size === 0) return
      const rows = recorded.flatMap((event) =>
        event.type === 'metrics' ? [{ step: event.step, values: event.values }] : []
      )
      if (rows.length > 0) metrics.set(id, [...(metrics.get(id) ?? []), ...rows])
      soon()
    },
    inspecting: (ticket, done, total) => send('inspect.progress', { ticket, done, total }),
    close() {
      clearTimeout(timer)
      flush()
      for (const port of ports) port.close()
    }
  }
}
