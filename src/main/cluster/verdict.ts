/** What is to become of a run, by what its lines, its job and Slurm say of it. A pure function. */
import type { RunState } from '@shared/contract'
import type { ExitRecord } from './protocol'
import type { SlurmJob } from './slurm'

export interface Situation {
  state: RunState
  step: number
  /** Where it was when it was submitted. */
  submittedAt: number
  /** Its task, where Slurm knows it. */
  job: Pick<SlurmJob, 'state'> | undefined
  /** In how many looks in a row Slurm has not known it. */
  absent: number
  /** How this very task left it. */
  exit: ExitRecord | null
  /** Whether the desk has every byte there is of it, as proven by hash. */
  whole: boolean
  /** What the accounting says of the task; '' where it says nothing. */
  accounting: string
  stderr: string
}

export type Verdict =
  /** Nothing has to be changed. */
  | { is: 'same' }
  /** It waits in Slurm's queue (again), or its job has begun and it says nothing yet. */
  | { is: 'queued' | 'starting' }
  /** It has ended, and everything is here. */
  | { is: 'done' }
  /** Its job is over, and it has to be submitted again to go on. */
  | { is: 'again' }
  /** Its job is over without its being so. `retry`: it is worth another try, once. */
  | { is: 'lost'; error: string; retry: boolean }

const ended: ReadonlySet<RunState> = new Set(['finished', 'stopped', 'failed'])
/** Slurm forgets jobs late, and shared file systems show files late. */
const looksUntilLost = 2

export function judge(situation: Situation): Verdict {
  const { state, job, exit, absent, whole } = situation
  if (ended.has(state)) {
    const over = job === undefined ? absent > 0 : exit?.how === 'ended'
    return over && whole ? { is: 'done' } : { is: 'same' }
  }
  if (exit?.how === 'silent') {
    const error = ['The trainer ended without saying so.', situation.stderr].filter(Boolean)
    return { is: 'lost', error: error.join('\n'), retry: true }
  }
  // It was resumed since that task ended.
  if (state === 'queued' && exit?.how === 'ended') return { is: 'again' }
  if (job) return whileKnown(state, job.state)
  if (absent < looksUntilLost) return { is: 'same' }
  if (exit?.how === 'limit') {
    if (situation.step > situation.submittedAt) return { is: 'again' }
    const error =
      'The time limit of its job was reached before it came any further. Set a longer one in the profile, then resume it.'
    return { is: 'lost', error, retry: false }
  }
  const { accounting, stderr } = situation
  const how = accounting ? `Slurm says ${accounting}.` : 'Slurm does not say why.'
  const error = [`Its job ended before it did. ${how}`, stderr].filter(Boolean).join('\n')
  return { is: 'lost', error, retry: exit === null && !/^CANCELLED/.test(accounting) }
}

function whileKnown(state: RunState, job: string): Verdict {
  const runs = job === 'RUNNING' || job === 'COMPLETING' || job === 'CONFIGURING'
  // A run that made way for the time limit waits for its next turn.
  if (state === 'interrupted') return { is: 'queued' }
  if (!runs && (state === 'starting' || state === 'running' || state === 'paused')) {
    return { is: 'queued' }
  }
  if (job === 'RUNNING' && state === 'queued') return { is: 'starting' }
  return { is: 'same' }
}
