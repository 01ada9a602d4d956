/**
 * The life cycle of a run. What the trainer recorded (started, paused, resumed, ended) is a fact and wins over
 * any state, since the folder is the record; what the server decides is allowed from certain states only.
 *
 *     queued -> starting -> running <-> paused -> finished | stopped | failed | interrupted
 *       ^----------------- stopped, failed, interrupted (resumed by the user)
 *       ^----------------- starting, running, paused (its trainer crashed: tried again once)
 *       ^----------------- finished (extended by its study's rule)
 */
import type { RunState } from '@shared/contract'
import type { TrainerEvent } from '@shared/events'
import type { RunRecord } from '../store/store'

/**
 * `claim`: a server takes it to start a trainer. `cancel`: stopped before it began. `lose`: its trainer ended
 * without saying so. `requeue`: the user wants it to go on. `extend`: it is given more steps than its budget.
 */
export type Decision = 'claim' | 'cancel' | 'lose' | 'requeue' | 'extend'

const decisions: Record<RunState, Partial<Record<Decision, RunState>>> = {
  queued: { claim: 'starting', cancel: 'stopped' },
  starting: { lose: 'interrupted' },
  running: { lose: 'interrupted' },
  paused: { lose: 'interrupted' },
  finished: { extend: 'queued' },
  stopped: { requeue: 'queued' },
  interrupted: { requeue: 'queued' },
  failed: { requeue: 'queued' }
}

/** The state that a decision leads to, or undefined where it is not to be had. */
export function decide(state: RunState, decision: Decision): RunState | undefined {
  return decisions[state][decision]
}

/** What a recorded event does to a run's row. Metrics' values and checkpoints are kept by the store. */
export function applyEvent(run: RunRecord, event: TrainerEvent): RunRecord {
  switch (event.type) {
    case 'started':
      return {
        ...run,
        state: 'running',
        error: null,
        step: event.step,
        steps: event.steps,
        stepsPerEpoch: event.stepsPerEpoch,
        engine: event.engine,
        parameterCount: event.parameterCount,
        cost: event.cost ?? null,
        datasetHash: event.datasetHash,
        queuedAt: null,
        startedAt: run.startedAt ?? event.at,
        endedAt: null
      }
    case 'metrics':
      return { ...run, step: Math.max(run.step, event.step) }
    case 'checkpoint':
      return {
        ...run,
        step: Math.max(run.step, event.step),
        pace: event.pace ?? run.pace,
        // What it has reached it will not lose to the next crash.
        crashes: 0
      }
    case 'paused':
      return { ...run, state: 'paused', step: event.step }
    case 'resumed':
      return { ...run, state: 'running', step: event.step }
    case 'ended':
      return {
        ...run,
        state: event.outcome,
        step: event.step,
        error: event.error ?? null,
        pace: event.pace ?? run.pace,
        endedAt: event.at
      }
    default:
      return event satisfies never
  }
}
