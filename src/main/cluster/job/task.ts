/** One task of an array: its runs side by side, until all have ended or Slurm wants the place back. */
import { join } from 'node:path'
import { UserError } from '@shared/errors'
import type { StartTrainer } from '../../server/runners'
import { readJson } from '../../server/folders'
import { Tasks } from '../protocol'
import { isOver, startRun, type OneRun, type TaskPlace } from './one-run'

export interface TaskHost {
  startTrainer: StartTrainer
  now: () => number
  /** Calls back when Slurm tells that the limit is near, or that the job is to end. */
  onSignal: (listener: (how: 'limit' | 'terminated') => void) => void
  /** Queues this task again, behind this program. */
  requeue: () => Promise<boolean>
  log: (line: string) => void
  /** Between looks at what the desk wrote, milliseconds. */
  beatMs: number
}

/**
 * Trains the runs of a task.
 * @returns the exit code: 0 where every run ended by itself or was put off to the next job
 * @throws {UserError} `cluster.tasks` where the list of tasks cannot be read
 */
export async function runTask(
  work: string,
  tasksFile: string,
  place: TaskPlace,
  host: TaskHost
): Promise<number> {
  const tasks = readJson(tasksFile, Tasks)
  const ids = tasks?.tasks[place.task]
  if (!tasks || !ids) {
    throw new UserError('cluster.tasks', `${tasksFile} names no runs for task ${place.task}.`)
  }
  const folders = ids.map((id) => join(work, 'runs', id)).filter((folder) => !isOver(folder))
  host.log(`${place.node}: ${folders.length} of ${ids.length} runs to train`)
  const runs: OneRun[] = folders.map((folder) =>
    startRun(folder, place, { ...host, threads: tasks.threads })
  )
  host.onSignal((how) => {
    host.log(how === 'limit' ? 'the time limit is near: checkpoints' : 'told to end: checkpoints')
    for (const run of runs) run.makeWay(how)
  })
  const timer = setInterval(() => {
    for (const run of runs) {
      try {
        run.beat()
      } catch (error) {
        // A file system that is away for a moment must not end the job.
        host.log(`a heartbeat failed: ${(error as Error).message}`)
      }
    }
  }, host.beatMs)
  const ends = await Promise.all(runs.map(({ ended }) => ended))
  clearInterval(timer)
  for (const { how, outcome, error } of ends) {
    host.log(`${how}${outcome ? ` (${outcome})` : ''}${error ? `: ${error}` : ''}`)
  }
  // What was put off goes on in the same task; where it may not be queued again, the desk submits it anew.
  if (ends.some(({ how }) => how === 'limit') && !(await host.requeue())) {
    host.log('scontrol requeue was refused')
  }
  return ends.some(({ how }) => how === 'silent') ? 1 : 0
}
