/**
 * The ring: recent states of a run on disk, the oldest of them giving way to the newest. When the watched metric bends,
 * they become checkpoints that stay, so that a transition nobody could place beforehand is dense on disk. While it
 * goes on bending every evaluation keeps what has come since, and the ring goes on.
 */
import type { CheckpointConfig } from '@shared/checkpoint-schedule'
import type { DatasetConfig } from '@shared/config'
import { UserError } from '@shared/errors'
import type { MetricValues } from '@shared/events'
import { splitsOf } from '@shared/splits'
import {
  keepRingState,
  listCheckpoints,
  removeCheckpoint,
  writeCheckpoint,
  type CheckpointContent
} from './checkpoint'

export interface Ring {
  /** Writes a state and lets the oldest ones beyond the ring's size go. */
  add(content: CheckpointContent, now: number): void
  /**
   * To be told of every evaluation. Where the metric has bent, the ring's states become checkpoints.
   * @returns their steps, rising; none where nothing has bent
   * @throws {UserError} `checkpoints.watch` where the watched metric is not among those evaluated
   */
  evaluated(step: number, values: MetricValues): number[]
}

/** The metric that is watched where none is named: accuracy of the OOD test, else of the first other test. */
export function watchedMetric({ watch }: CheckpointConfig, kind: DatasetConfig['kind']): string {
  if (watch !== '') return watch
  const splits = splitsOf[kind]
  const test =
    splits.find(({ role }) => role === 'ood') ?? splits.find(({ role }) => role === 'test')
  return `accuracy/${(test ?? splits[0]!).name}`
}

/**
 * Opens the ring of a run folder.
 * @param history evaluations of the watched metric so far, by step and rising
 * @param after states of later steps, left by a stretch that was interrupted, are removed
 */
export function openRing(
  folder: string,
  { ring: size, bend }: Pick<CheckpointConfig, 'ring' | 'bend'>,
  metric: string,
  history: readonly (readonly [step: number, value: number | null])[],
  after: number
): Ring {
  for (const step of listCheckpoints(folder, 'ring')) {
    if (step > after) removeCheckpoint(folder, step, 'ring')
  }
  const points = [...history]

  return {
    add(content, now) {
      writeCheckpoint(folder, content, now, 'ring')
      for (const step of listCheckpoints(folder, 'ring').slice(0, -size)) {
        removeCheckpoint(folder, step, 'ring')
      }
    },
    evaluated(step, values) {
      const value = values[metric]
      if (value === undefined) throw unknownMetric(metric, values)
      points.push([step, value])
      const states = listCheckpoints(folder, 'ring')
      const change = states.length > 0 ? changeSince(points, states[0]!) : null
      if (change === null || Math.abs(change) < bend) return []
      const reason = `${metric} moved by ${Number(change.toPrecision(3))} up to step ${step}.`
      for (const state of states) keepRingState(folder, state, reason)
      return states
    }
  }
}

/** How far the newest value lies from the last one at or before a step; null where either is no number. */
function changeSince(
  points: readonly (readonly [step: number, value: number | null])[],
  step: number
): number | null {
  const now = points.at(-1)?.[1] ?? null
  const then = points.findLast(([at]) => at <= step)?.[1] ?? null
  return now === null || then === null ? null : now - then
}

function unknownMetric(metric: string, values: MetricValues): UserError {
  return new UserError(
    'checkpoints.watch',
    `checkpoints.watch is "${metric}", which is not evaluated in this run.`,
    `Watch one of ${Object.keys(values).join(', ')}.`
  )
}
