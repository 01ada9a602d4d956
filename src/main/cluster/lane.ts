/**
 * One cluster, looked after: runs that wait are submitted, commands are passed on, what happened is taken in. All of
 * it is one round, repeated every half minute, less often while nothing changes or the line is down; a round that
 * breaks off anywhere is made good by the next, of this process or another.
 */
import { activeStates } from '@shared/contract'
import type { ClusterProfile, ClusterStatus } from '@shared/cluster'
import { UserError } from '@shared/errors'
import type { RunRecord } from '../store/store'
import { openBatches, type Batch } from './batches'
import { createConnection, type Connection } from './connection'
import type { Desk } from './desk'
import { quote } from './quote'
import { parseQueue, queueScript } from './slurm'
import { createSubmitting, workFolder } from './submitting'
import { createTaking } from './taking'

export interface Lane {
  readonly profile: ClusterProfile
  connection: Connection
  /** There is something to do: a round is made soon. */
  poke(): void
  /** Makes a round now. @throws {UserError} where it cannot be made to its end */
  round(): Promise<void>
  /** The last lines of a run's job and of its trainer. */
  log(run: string): Promise<string>
  status(): Pick<
    ClusterStatus,
    'connection' | 'error' | 'nextTryAt' | 'active' | 'lookedAt' | 'jobs'
  >
  close(): Promise<void>
}

const soonMs = 200
const longestMs = 600_000
/** After so many rounds without news the pause doubles, and again, up to eightfold. */
const quietRounds = 10

export function createLane(profile: ClusterProfile, desk: Desk): Lane {
  const { name } = profile
  const { library, store, now, log, lock, changed } = desk
  const connection = createConnection({ ...desk, profile })
  const batches = openBatches(library, name)
  const submitting = createSubmitting(profile, connection, batches, desk)
  const taking = createTaking(profile, connection, batches, desk)
  let jobs: ClusterStatus['jobs'] = []
  let error: string | null = null
  let lookedAt: number | null = null
  let nextTryAt: number | null = null
  let timer: NodeJS.Timeout | undefined
  let current: Promise<void> | null = null
  let again = false
  let failures = 0
  let quiet = 0
  let closed = false

  const mine = (): RunRecord[] =>
    store.runsIn(activeStates).filter(({ cluster }) => cluster === name)

  const isBusy = (): boolean => batches.open().length > 0 || mine().length > 0

  function schedule(ms: number | null): void {
    clearTimeout(timer)
    nextTryAt = ms === null ? null : now() + ms
    if (ms === null || closed) return
    timer = setTimeout(() => {
      // Its failure is kept in the status, and logged.
      round().catch(() => undefined)
    }, ms)
  }

  function round(): Promise<void> {
    if (current) {
      again = true
      return current
    }
    current = oneRound().finally(() => (current = null))
    return current
  }

  async function oneRound(): Promise<void> {
    clearTimeout(timer)
    if (closed) return
    if (!lock.take()) return schedule(desk.pollMs)
    try {
      do {
        again = false
        quiet = (await work()) ? 0 : quiet + 1
      } while (again && !closed)
      failures = 0
      error = null
      const slower = 2 ** Math.min(3, Math.floor(quiet / quietRounds))
      schedule(isBusy() ? desk.pollMs * slower : null)
    } catch (failure) {
      if (closed) return
      failures++
      const known = failure instanceof UserError
      error = known ? [failure.message, failure.hint].filter(Boolean).join(' ') : String(failure)
      log(`cluster ${name}: ${known ? error : (failure as Error).stack}`)
      // Nobody was there to answer: asking again and again would lock the account.
      const waits = known && failure.code === 'cluster.unanswered'
      schedule(waits ? null : Math.min(longestMs, desk.pollMs * 2 ** Math.min(10, failures - 1)))
      throw failure
    } finally {
      changed()
    }
  }

  /** @returns whether anything was new */
  async function work(): Promise<boolean> {
    const open = batches.open()
    const taken = new Set(open.flatMap(leftIn))
    const waiting = mine().filter(({ id, state }) => state === 'queued' && !taken.has(id))
    if (open.length === 0 && waiting.length === 0) {
      jobs = []
      return false
    }
    for (const batch of open.filter(({ job }) => job === null)) await submitting.submit(batch)
    if (waiting.length > 0) await submitting.submitWaiting(waiting)
    const queue = parseQueue((await connection.must(queueScript)).toString())
    jobs = taking.jobsIn(queue)
    changed()
    const news = await taking.takeIn(queue)
    if (news.resubmit) again = true
    lookedAt = now()
    return news.any || waiting.length > 0
  }

  return {
    profile,
    connection,
    round,
    poke() {
      if (closed) return
      if (current) again = true
      else if (isBusy()) schedule(soonMs)
    },
    status: () => ({
      ...{ connection: connection.state(), error, nextTryAt, lookedAt, jobs },
      active: [...new Set([...mine().map(({ id }) => id), ...batches.open().flatMap(leftIn)])]
    }),
    async log(run) {
      const batch = batches.open().find((open) => leftIn(open).includes(run))
      const folder = batch?.folder ?? (await workFolder(connection, profile))
      const task = batch?.tasks.findIndex((runs) => runs.some((one) => one.run === run))
      const files = [
        ...(batch ? [`${folder}/batches/${batch.id}/${task}.log`] : []),
        `${folder}/runs/${run}/stderr.log`
      ]
      const tails = files.map((file) => `tail -n 40 ${quote(file)} 2>/dev/null`).join('; ')
      return (await connection.must(`${tails}; true`)).toString()
    },
    async close() {
      closed = true
      clearTimeout(timer)
      connection.close()
      await current?.catch(() => undefined)
    }
  }
}

/** Runs of a batch of which more is to be learnt. */
export const leftIn = ({ tasks, done }: Batch): string[] =>
  tasks.flat().flatMap(({ run }) => (done.includes(run) ? [] : run))
