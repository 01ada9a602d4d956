/** Whose run it is: several servers may share a library, and any of them may have died. */
import { randomUUID } from 'node:crypto'
import { describeProcess, isAlive, ProcessName } from '../processes'
import type { RunRecord } from '../store/store'
import type { Folders } from './folders'

export interface Owners {
  /** The name under which this server's runs stand in the history. */
  readonly self: string
  /** Whether the server that queued or runs it is still there. */
  lives(run: RunRecord): boolean
  /** Whether nobody answers for a run in an active state any more, but for a trainer that may live on. */
  isOrphan(run: RunRecord): boolean
  /** The process that trains in the run's folder now, if one does. */
  trainerOf(id: string): ProcessName | null
}

export function createOwners(folders: Folders): Owners {
  // The pid alone would not do: one process may open a library twice.
  const self = JSON.stringify({ ...describeProcess(process.pid), server: randomUUID() })

  function lives({ owner }: RunRecord): boolean {
    if (owner === self) return true
    const name = owner === null ? undefined : ProcessName.safeParse(JSON.parse(owner)).data
    return name !== undefined && isAlive(name)
  }

  return {
    self,
    lives,
    isOrphan: (run) => run.owner === self || !lives(run),
    trainerOf(id) {
      const name = folders.trainer(id)
      return name && isAlive(name) ? name : null
    }
  }
}
