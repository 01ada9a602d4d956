/** What looking after a cluster needs of the desk. */
import type { Progress } from '@shared/events'
import type { RunChanges, RunRecord, Store } from '../store/store'
import type { Bundle } from './bundle'
import type { ConnectionOptions } from './connection'
import type { LaneLock } from './lane-lock'

export interface Desk {
  library: string
  store: Store
  runFolder: (id: string) => string
  /** Reads new lines of a run folder into the history. */
  read: (id: string) => void
  /** Changes a run's row and tells every client. */
  change: (id: string, by: (run: RunRecord) => RunChanges | undefined) => RunRecord
  progress: (id: string, progress: Progress) => void
  bundle: () => Promise<Bundle>
  log: (line: string) => void
  now: () => number
  /** Between rounds, milliseconds. */
  pollMs: number
  ask: ConnectionOptions['ask']
  way: ConnectionOptions['way']
  lock: LaneLock
  /** The status is another. */
  changed: () => void
}
