/**
 * How many runs train at once, and on how many threads each. A run of its own has the machine to itself unless the
 * user says otherwise; the cells of a study share it. The number of threads moves the last digits of a run, so it
 * depends on settings alone, never on what else happens to wait, and a resumed run keeps what it began with.
 */
import { z } from 'zod'
import type { RunRecord, Store } from '../store/store'
import type { Machine } from './machine'

const StoredSettings = z.object({
  paused: z.boolean().default(false),
  /** How many runs at once; null: what `usualParallel` says. */
  parallel: z.int().min(1).max(64).nullable().default(null)
})
export type QueueSettings = z.infer<typeof StoredSettings>

const key = 'queue'

/** Settings of the queue as they are now; another process may have changed them. */
export function readQueueSettings(store: Store): QueueSettings {
  const text = store.setting(key)
  const parsed = text === undefined ? undefined : StoredSettings.safeParse(JSON.parse(text)).data
  return parsed ?? StoredSettings.parse({})
}

export const writeQueueSettings = (store: Store, settings: QueueSettings): void =>
  store.setSetting(key, JSON.stringify(settings))

/** A small run leaves further threads idle. */
const usualThreads = 2

/**
 * How many cells train at once at most where nobody said: on a GPU one, else one per two cores. How many of them there
 * is memory for depends on their sizes; that is asked when one is to start, since threads must not depend on it.
 */
export const usualParallel = ({ cores, hasGpu }: Machine): number =>
  hasGpu ? 1 : Math.max(1, Math.floor(cores / usualThreads))

export interface Slots {
  /** All there are. */
  total: number
  /** How many a run takes. */
  of(run: RunRecord): number
  /** The threads a run is limited to; null leaves the engine all cores. */
  threads(run: RunRecord): number | null
}

export function slotsOf({ parallel }: QueueSettings, machine: Machine): Slots {
  const total = parallel ?? usualParallel(machine)
  const shares = (run: RunRecord): boolean => total > 1 && (parallel !== null || run.study !== null)
  return {
    total,
    of: (run) => (shares(run) ? 1 : total),
    threads(run) {
      // It has run before: as it began, so it goes on.
      if (run.engine) return run.engine.threads ?? null
      return shares(run) ? Math.max(1, Math.floor(machine.cores / total)) : null
    }
  }
}
