/**
 * Entry of a job on the cluster, in place of its batch shell: `node cluster-job.js WORK TASKS`; or, for
 * `grokscope cluster check`, `node cluster-job.js --probe`, which tells as JSON which engine starts there.
 */
import { execFile } from 'node:child_process'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { runTask } from './cluster/job/task'
import { askEngine } from './doctor/engine-probe'
import { forkProbe, forkTrainer } from './server/runners'

const beatMs = 2000
const probeMs = 45_000
const trainer = join(__dirname, 'trainer.js')
const { env } = process
const job = env['SLURM_ARRAY_JOB_ID'] ?? env['SLURM_JOB_ID'] ?? 'none'
const task = Number(env['SLURM_ARRAY_TASK_ID'] ?? 0)

async function probe(): Promise<number> {
  const native = await askEngine(forkProbe(trainer), 'native', probeMs)
  const { answer, words } =
    native.answer?.type === 'works' ? native : await askEngine(forkProbe(trainer), 'wasm', probeMs)
  process.stdout.write(answer ? `${JSON.stringify(answer)}\n` : words)
  return answer ? 0 : 1
}

const runJob = (work: string, tasksFile: string): Promise<number> =>
  runTask(
    work,
    tasksFile,
    { job, task, restart: Number(env['SLURM_RESTART_COUNT'] ?? 0), node: hostname() },
    {
      startTrainer: forkTrainer(trainer),
      now: Date.now,
      onSignal(listener) {
        process.on('SIGUSR1', () => listener('limit'))
        process.on('SIGTERM', () => listener('terminated'))
        // Slurm's signal to the steps of a job it preempts.
        process.on('SIGCONT', () => undefined)
      },
      // An array's task is known by both numbers; the job's own number names it as well, but not after a restart.
      requeue: () =>
        new Promise((resolve) => {
          execFile('scontrol', ['requeue', `${job}_${task}`], (error) => resolve(error === null))
        }),
      log: (line) => process.stdout.write(`${new Date().toISOString()} ${line}\n`),
      beatMs
    }
  )

const [first, second] = process.argv.slice(2)
if (first === undefined || (second === undefined && first !== '--probe')) {
  throw new Error('usage: cluster-job.js WORK TASKS')
}
void (second === undefined ? probe() : runJob(first, second)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    process.exit(1)
  }
)
