/** Training a job with its process killed at seeded random moments and resumed, until the run has finished. */
import { join } from 'node:path'
import { TrainerMessage, type Job, type TrainerEvent } from '@shared/events'
import { UserError } from '@shared/errors'
import type { Rng } from '@shared/rng'
import { readEventLines } from '../server/event-lines'
import type { StartTrainer } from '../server/runners'

export interface Kill {
  /** The last step that was recorded before the kill. */
  at: number
  /** The step that the next stretch went on from; 0 where there was no checkpoint yet. */
  resumedFrom: number
}

/** All whole lines of a run folder. */
export function recordedIn(folder: string): TrainerEvent[] {
  const found: TrainerEvent[] = []
  for (let from = 0; ;) {
    const { events, bytes, more } = readEventLines(join(folder, 'events.jsonl'), from)
    found.push(...events)
    from = bytes
    if (!more) return found
  }
}

/**
 * One process on the job, killed after `killAfterMs` of training, or left to its end.
 * @returns whether it was killed, and how long it trained, from its first word on
 */
async function stretch(
  job: Job,
  start: StartTrainer,
  killAfterMs: number | null,
  clock: () => number
): Promise<{ killed: boolean; ms: number }> {
  const trainer = start(job)
  let since: number | null = null
  let killed = false
  let timer: NodeJS.Timeout | undefined
  trainer.port.onMessage((received) => {
    const message = TrainerMessage.safeParse(received).data
    if (message?.type !== 'event' || message.event.type !== 'started') return
    since = clock()
    if (killAfterMs === null) return
    timer = setTimeout(() => {
      killed = true
      trainer.kill()
    }, killAfterMs)
  })
  const { error } = await trainer.exited
  clearTimeout(timer)
  const last = recordedIn(job.folder).at(-1)
  if (last?.type === 'ended') {
    if (last.outcome === 'failed') throw failed(job, last.error ?? error)
    // Where the kill came too late, nothing was killed.
    return { killed: false, ms: clock() - (since ?? clock()) }
  }
  if (!killed) throw failed(job, error)
  return { killed, ms: clock() - (since ?? clock()) }
}

/** Trains a fresh job to its end. @returns how long it trained, in milliseconds */
export async function trainWhole(
  job: Job,
  start: StartTrainer,
  clock: () => number
): Promise<number> {
  return (await stretch(job, start, null, clock)).ms
}

/**
 * Trains a fresh job to its end, killing its process at moments that spread over the whole.
 * @param wholeMs about how long it trains undisturbed
 * @param kills how often it is killed; it may end sooner than it could be, yet is killed once at least
 */
export async function trainKilled(
  job: Job,
  start: StartTrainer,
  { wholeMs, kills, rng, clock }: { wholeMs: number; kills: number; rng: Rng; clock: () => number }
): Promise<Kill[]> {
  const { steps } = job.config.budget
  const done: Kill[] = []
  let resume = false
  for (;;) {
    const from = recordedIn(job.folder).findLast(({ type }) => type === 'checkpoint')?.step ?? 0
    // Somewhere in the next part of what is left, so that every part of the run is met.
    const left = wholeMs * (1 - from / steps)
    const share = rng.uniform() / Math.max(1, kills - done.length)
    const after = done.length < kills ? left * share : null
    const { killed } = await stretch({ ...job, resume }, start, after, clock)
    if (resume) {
      const started = recordedIn(job.folder).findLast(({ type }) => type === 'started')
      const last = done.at(-1)!
      if (started?.type === 'started') last.resumedFrom = started.resumedFrom ?? 0
    }
    if (!killed) return done
    const recorded = recordedIn(job.folder).map(({ step }) => step)
    done.push({ at: recorded.at(-1) ?? 0, resumedFrom: 0 })
    resume = true
  }
}

function failed({ folder }: Job, error: string): UserError {
  return new UserError(
    'proof.failed',
    `The training in ${folder} did not come to its end: ${error.trim().split('\n')[0] || 'it ended without a word'}`,
    'Train it with `grokscope train` to see the whole error.'
  )
}
