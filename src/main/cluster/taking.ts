/** Takes in what happened on a cluster, and settles runs whose jobs are over. */
import { activeStates } from '@shared/contract'
import type { ClusterJob, ClusterProfile } from '@shared/cluster'
import type { Batch, Batches } from './batches'
import type { Connection } from './connection'
import type { Desk } from './desk'
import { readCommands } from './far/look'
import { leftIn } from './lane'
import { giveCommand, sendCommands } from './orders'
import { historyScript, parseHistory, type SlurmJob } from './slurm'
import {
  appendLines,
  askAbout,
  heldBytes,
  heldHash,
  mirrorCheckpoints,
  setLinesAside,
  type Seen
} from './take-in'
import { judge, type Verdict } from './verdict'

export interface News {
  any: boolean
  /** A run has to be submitted again. */
  resubmit: boolean
}

export interface Taking {
  /** Our jobs among those of the queue, with their runs. */
  jobsIn(queue: readonly SlurmJob[]): ClusterJob[]
  takeIn(queue: readonly SlurmJob[]): Promise<News>
}

/** A run with all that is known of its task. */
interface Task {
  batch: Batch
  run: string
  /** As Slurm writes it: `JOB_TASK`. */
  name: string
  submittedAt: number
  job: SlurmJob | undefined
  accounting: string
}

export function createTaking(
  { name }: ClusterProfile,
  connection: Connection,
  batches: Batches,
  desk: Desk
): Taking {
  const { store, change, now, runFolder } = desk
  /** In how many looks in a row a task was unknown to Slurm. */
  const absences = new Map<string, number>()
  const submitted = (): Batch[] => batches.open().filter(({ job }) => job !== null)
  const isOver = (id: string): boolean => !activeStates.includes(store.run(id)?.state ?? 'failed')

  function jobsIn(queue: readonly SlurmJob[]): ClusterJob[] {
    return submitted().flatMap((batch) =>
      batch.tasks.flatMap((task, i) => {
        const found = queue.find((one) => one.job === batch.job && one.task === i)
        if (!found) return []
        const { state, reason, node, timeLeft, expectedStart } = found
        const runs = task.map(({ run }) => run)
        const job = `${batch.job}_${i}`
        return [{ cluster: name, job, state, reason, node, timeLeft, expectedStart, runs }]
      })
    )
  }

  async function takeIn(queue: readonly SlurmJob[]): Promise<News> {
    const news: News = { any: false, resubmit: false }
    for (const batch of submitted()) {
      const seen = await takeInBatch(batch, news)
      for (const task of await tasksOf(batch, queue)) {
        const answer = seen.get(task.run)
        if (answer) await settle(task, answer, news)
      }
    }
    return news
  }

  async function tasksOf(batch: Batch, queue: readonly SlurmJob[]): Promise<Task[]> {
    const left = new Set(leftIn(batch))
    const tasks = batch.tasks.flatMap((runs, i) =>
      runs
        .filter(({ run }) => left.has(run))
        .map(({ run, step }) => ({
          ...{ batch, run, name: `${batch.job}_${i}`, submittedAt: step },
          job: queue.find((one) => one.job === batch.job && one.task === i)
        }))
    )
    const known = tasks.every(({ job }) => job !== undefined)
    const history = known
      ? new Map<string, string>()
      : parseHistory((await connection.must(historyScript([batch.job!]))).toString())
    return tasks.map((task) => ({ ...task, accounting: history.get(task.name) ?? '' }))
  }

  /** Event lines and checkpoints of a batch's runs, to the last byte that there is. */
  async function takeInBatch(batch: Batch, news: News): Promise<Map<string, Seen>> {
    const seen = new Map<string, Seen>()
    for (let asked = leftIn(batch); asked.length > 0;) {
      const order = asked.map((id) => ({
        ...{ id, from: heldBytes(runFolder(id)) },
        check: isOver(id)
      }))
      const answers = await askAbout(connection, batch.folder, batch.bundle, order)
      for (const answer of answers) {
        seen.set(answer.id, answer)
        await takeInRun(batch, answer, news)
      }
      // More than fits into one answer is fetched at once; so is the proof of what has just ended.
      asked = answers.flatMap(({ id, size, sent }, i) => {
        const more = (size ?? 0) > order[i]!.from + sent
        return more || (sent > 0 && isOver(id)) ? id : []
      })
    }
    return seen
  }

  async function takeInRun(batch: Batch, seen: Seen, news: News): Promise<void> {
    const { id, lines, heartbeat } = seen
    const place = runFolder(id)
    // First: every checkpoint that the lines tell of is then here, or was pruned since.
    if (seen.size !== null) {
      await mirrorCheckpoints(connection, batch.folder, place, id, seen.checkpoints)
    }
    appendLines(place, lines)
    if (lines.length > 0) desk.read(id)
    if (heartbeat?.progress && seen.exit === null) desk.progress(id, heartbeat.progress)
    const sent = await sendCommands(connection, batch.folder, id, place, seen.commands.all)
    if (lines.length > 0 || sent > 0) news.any = true
  }

  async function settle(task: Task, seen: Seen, news: News): Promise<void> {
    const { batch, run: id, job } = task
    const run = store.run(id)
    if (!run) return finish(batch.id, id)
    const absent = job ? 0 : (absences.get(id) ?? 0) + 1
    absences.set(id, absent)
    const isThis = seen.exit !== null && `${seen.exit.job}_${seen.exit.task}` === task.name
    const verdict = judge({
      ...{ state: run.state, step: run.step, submittedAt: task.submittedAt, job, absent },
      exit: isThis ? seen.exit : null,
      whole: await isWhole(id, seen, news),
      ...{ accounting: task.accounting, stderr: seen.stderr }
    })
    if (verdict.is === 'same') {
      if (run.state === 'stopped' && job && seen.exit === null) await stopTask(task, job)
      return
    }
    news.any = true
    apply(verdict, task, news)
  }

  function apply(verdict: Exclude<Verdict, { is: 'same' }>, task: Task, news: News): void {
    const { batch, run: id } = task
    switch (verdict.is) {
      case 'queued':
      case 'starting':
        change(id, () => ({ state: verdict.is, endedAt: null, error: null }))
        return
      case 'done':
        return finish(batch.id, id)
      case 'again':
        change(id, () => ({ state: 'queued', resume: true, endedAt: null, queuedAt: now() }))
        news.resubmit = true
        return finish(batch.id, id)
      case 'lost':
        change(id, ({ crashes }) =>
          verdict.retry && crashes === 0
            ? { state: 'queued', error: verdict.error, crashes: 1, resume: true, endedAt: null }
            : { state: 'interrupted', error: verdict.error, crashes: crashes + 1, endedAt: now() }
        )
        news.resubmit ||= verdict.retry
        return finish(batch.id, id)
      default:
        verdict satisfies never
    }
  }

  /** Whether the desk's lines are the cluster's, to the last byte. Where they are not, all are fetched anew. */
  async function isWhole(id: string, seen: Seen, news: News): Promise<boolean> {
    const { size, sha256, sent } = seen
    // Nothing there: it never began.
    if (size === null || size === 0) return true
    if (sha256 === null || sent > 0) return false
    if (size === heldBytes(runFolder(id)) && sha256 === (await heldHash(runFolder(id)))) return true
    desk.log(`cluster ${name}: the lines of run ${id} differ from those there: fetched anew`)
    setLinesAside(runFolder(id), now())
    news.resubmit = true
    return false
  }

  /** A run that was stopped here before it began: its task is taken out of the queue, or told when it begins. */
  async function stopTask({ batch, name: task, run }: Task, job: SlurmJob): Promise<void> {
    const runs = batch.tasks[job.task] ?? []
    const all = runs.every((other) => store.run(other.run)?.state === 'stopped')
    if (all && job.state === 'PENDING') {
      await connection.must(`scancel --state=PENDING ${task}`)
    } else if (!readCommands(runFolder(run)).some((line) => line.includes('"stop"'))) {
      giveCommand(runFolder(run), { type: 'stop' })
    }
  }

  function finish(batch: string, run: string): void {
    absences.delete(run)
    const current = batches.open().find(({ id }) => id === batch)
    if (current) batches.write({ ...current, done: [...current.done, run] })
  }

  return { jobsIn, takeIn }
}
