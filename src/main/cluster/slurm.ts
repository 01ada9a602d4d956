/** What is asked of Slurm, and how its answers are read. All questions are about all jobs at once. */
import { UserError } from '@shared/errors'

/** A job, or one task of an array, that Slurm still knows. */
export interface SlurmJob {
  /** Of the array, or of the job itself. */
  job: string
  task: number
  state: string
  reason: string
  node: string
  timeLeft: string
  expectedStart: string
  submitted: string
  name: string
}

/** Jobs of ours bear this before the batch's name. */
export const jobPrefix = 'grokscope-'

/** `squeue` for this user's jobs, one line per task; the reason comes last, for it may hold anything. */
export const queueScript = `squeue -h -r -u "$(id -un)" -o '%F|%K|%T|%N|%L|%S|%V|%j|%r'`

/** Reads the answer to {@link queueScript}: jobs of ours only. */
export function parseQueue(text: string): SlurmJob[] {
  return text.split('\n').flatMap((line) => {
    const [job, task, state, node, timeLeft, start, submitted, name, ...reason] = line.split('|')
    if (!job || !name?.startsWith(jobPrefix)) return []
    const said = reason.join('|').trim()
    return {
      job,
      // Jobs outside of arrays have N/A.
      task: /^\d+$/.test(task!) ? Number(task) : 0,
      state: state!,
      reason: said === 'None' ? '' : said,
      node: node!,
      timeLeft: timeLeft!,
      expectedStart: start === 'N/A' ? '' : start!,
      submitted: submitted!,
      name
    }
  })
}

/** States of tasks that are over, from the accounting; an empty answer where a cluster keeps none. */
export const historyScript = (jobs: readonly string[]): string =>
  `sacct -n -P -X -j ${jobs.filter((job) => /^\d+$/.test(job)).join(',')} -o JobID,State,ExitCode 2>/dev/null || true`

/** Reads the answer to {@link historyScript}: words on how a task ended, by `JOB_TASK`. */
export function parseHistory(text: string): Map<string, string> {
  return new Map(
    text.split('\n').flatMap((line): [string, string][] => {
      const [id, state, code] = line.split('|')
      if (!id || !state) return []
      return [[id, code && code !== '0:0' ? `${state} (exit code ${code})` : state]]
    })
  )
}

/** The limits of a cluster that decide how a study is split. */
export interface Limits {
  /** Tasks in one array. */
  arraySize: number
  /** Tasks that one user may have submitted at a time; Infinity where nobody says. */
  submitted: number
}

export const limitsScript =
  `scontrol show config | grep -E '^(MaxArraySize|MaxJobCount) '; ` +
  `sacctmgr -n -P show assoc user="$(id -un)" format=MaxSubmitJobs,GrpSubmitJobs 2>/dev/null || true`

export function parseLimits(text: string): Limits {
  const setting = (name: string): number | undefined => {
    const found = new RegExp(`^${name}\\s*=\\s*(\\d+)`, 'm').exec(text)?.[1]
    return found === undefined ? undefined : Number(found)
  }
  const ofUser = text
    .split('\n')
    .filter((line) => /^\d*\|\d*$/.test(line))
    .flatMap((line) => line.split('|').filter(Boolean).map(Number))
  // The largest index is one less than MaxArraySize; 0 forbids arrays.
  return {
    arraySize: setting('MaxArraySize') ?? 1001,
    submitted: Math.min(...ofUser, setting('MaxJobCount') ?? Infinity)
  }
}

/** The job's number in what `sbatch --parsable` prints, `123` or `123;cluster`. */
export function parseSubmission(text: string): string {
  const found = /^(\d+)(;\S+)?$/m.exec(text.trim())?.[1]
  if (found) return found
  throw new UserError(
    'cluster.submission',
    `sbatch answered "${text.trim().slice(0, 200)}", which names no job.`,
    'Try sbatch by hand on the cluster.'
  )
}
