/** When things are due in a run's folder: pure functions of the step too (see due.ts for what is measured when). */
import { checkpointSchedule, type CheckpointConfig } from '@shared/checkpoint-schedule'
import type { Due } from '@shared/due'

export { evaluationDue, lossDue, type Due } from '@shared/due'

/** Checkpoints, as their schedule has them. */
export function checkpointDue(config: CheckpointConfig, steps: number): Due {
  const { at, upTo } = checkpointSchedule(config, steps)
  return { at, left: (step) => upTo(steps) - upTo(step) }
}

/** States for the ring fall on multiples of `ringEvery` that are no checkpoints; on none without a ring. */
export function ringDue(config: CheckpointConfig, steps: number): (step: number) => boolean {
  const { at } = checkpointSchedule(config, steps)
  return (step) => config.ring > 0 && step > 0 && step % config.ringEvery === 0 && !at(step)
}
