/** The first five minutes: what is going on in the run that a newcomer watches. */
import type { RunRow } from '@shared/contract'
import { isActive } from './run-actions'

/** Weight decay off: the same run for comparison. */
export type TourRun = 'watch' | 'control'

export type TourStage = 'starting' | 'memorising' | 'waiting' | 'there' | 'missed'

/** Where the run stands, as its own milestones have it: a stage begins when the definition of the milestone is met. */
export function tourStage(run: Pick<RunRow, 'state' | 'milestones' | 'last'>): TourStage {
  const { milestones, state } = run
  const tests = milestones?.splits.filter(({ role }) => role !== 'train') ?? []
  if (tests.length > 0 && tests.every(({ crossing }) => crossing.state === 'reached'))
    return 'there'
  if (!isActive(state)) return 'missed'
  if (milestones?.memorisation?.state === 'reached') return 'waiting'
  return Object.keys(run.last).length > 0 ? 'memorising' : 'starting'
}
