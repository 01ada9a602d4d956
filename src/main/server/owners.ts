/** Whose run it is: several servers may share a library, and any of them may have died. */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
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
  /** Whether a server that is gone had it, and was there to work off the whole queue. */
  workedOff(run: RunRecord): boolean
  /** The process that trains in the run's folder now, if one does. */
  trainerOf(id: string): ProcessName | null
}

/** A server's name: its process, told apart from others of the same process, and what it is there for. */
const OwnerName = ProcessName.extend({ server: z.string(), worksOff: z.boolean().default(false) })

/** @param worksOff whether this server goes on with what others had queued */
export function createOwners(folders: Folders, worksOff: boolean): Owners {
  const name = { ...describeProcess(process.pid), server: randomUUID(), worksOff }
  const self = JSON.stringify(name satisfies z.infer<typeof OwnerName>)
  const nameOf = ({ owner }: RunRecord) =>
    owner === null ? undefined : OwnerName.safeParse(JSON.parse(owner)).data

  function lives(run: RunRecord): boolean {
    if (run.owner === self) return true
    const owner = nameOf(run)
    return owner !== undefined && isAlive(owner)
  }

  return {
    self,
    lives,
    workedOff: (run) => nameOf(run)?.worksOff === true && !lives(run),
    isOrphan: (run) => run.owner === self || !lives(run),
    trainerOf(id) {
      const name = folders.trainer(id)
      return name && isAlive(name) ? name : null
    }
  }
}
