/**
 * Time at work: how long a run had been training when it came to a step, without pauses and without the time between
 * an interruption and the resumption. Evaluations and checkpoints count. What was computed after the checkpoint that
 * a run goes on from, and is computed again, counts once.
 */
import type { TrainerEvent } from '@shared/events'

export interface WorkClock {
  /** Milliseconds at work before the stretch in progress. */
  workedMs: number
  /** Unix milliseconds at which that stretch began; null while nothing is at work. */
  since: number | null
}

export const stoppedClock: WorkClock = { workedMs: 0, since: null }

/** Milliseconds at work at a moment; null where nothing is at work. */
export const workedAt = ({ workedMs, since }: WorkClock, at: number): number | null =>
  since === null ? null : workedMs + Math.max(0, at - since)

/** Where the times of a run's steps are kept. */
export interface StepTimes {
  /** Milliseconds at work at the last known step up to a step; null for none. */
  upTo: (step: number) => number | null
  /** Leaves a step alone that has a time: one that is written twice was reached at the first. */
  put: (step: number, ms: number) => void
  /** Forgets every step after one. */
  dropAfter: (step: number) => void
}

/** The clock after an event, whose time at work is put down. */
export function timeEvent(clock: WorkClock, event: TrainerEvent, times: StepTimes): WorkClock {
  switch (event.type) {
    case 'started': {
      const from = event.resumedFrom
      times.dropAfter(from ?? -1)
      return { workedMs: from === undefined ? 0 : (times.upTo(from) ?? 0), since: event.at }
    }
    case 'paused':
    case 'ended':
      return { workedMs: workedAt(clock, event.at) ?? clock.workedMs, since: null }
    case 'resumed':
      return { ...clock, since: event.at }
    case 'metrics':
    case 'checkpoint': {
      const ms = workedAt(clock, event.at)
      if (ms !== null) times.put(event.step, Math.round(ms))
      return clock
    }
    default:
      return event satisfies never
  }
}

/** Written less than this apart, in ms, steps come from one report of the trainer (train.ts, reportMs). */
const sameReportMs = 3

/**
 * Seconds at work by step. Losses are written several steps at a time: those of one report are spread evenly over
 * the time since the report before.
 * @param steps rising
 * @param ms milliseconds at work as they were written, rising
 */
export function spreadReports(steps: Float64Array, ms: Float64Array): Float64Array {
  const seconds = new Float64Array(ms.length)
  let [lastStep, lastMs] = [0, 0]
  for (let start = 0; start < ms.length;) {
    let end = start + 1
    while (end < ms.length && ms[end]! - ms[end - 1]! < sameReportMs) end++
    const [toStep, toMs] = [steps[end - 1]!, ms[end - 1]!]
    for (let i = start; i < end; i++) {
      const share = toStep > lastStep ? (steps[i]! - lastStep) / (toStep - lastStep) : 1
      seconds[i] = (lastMs + share * (toMs - lastMs)) / 1000
    }
    ;[lastStep, lastMs] = [toStep, toMs]
    start = end
  }
  return seconds
}
