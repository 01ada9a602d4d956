/** What may be done to a run in each state; the server decides in the end, the page only greys out. */
import { activeStates, type RunRow, type RunState } from '@shared/contract'

export interface RunActions {
  pause: boolean
  resume: boolean
  stop: boolean
  checkpoint: boolean
  archive: boolean
  trash: boolean
}

export const isActive = (state: RunState): boolean => activeStates.includes(state)

export function runActions({ state, trashed }: Pick<RunRow, 'state' | 'trashed'>): RunActions {
  const atRest = !isActive(state)
  return {
    pause: state === 'running' || state === 'starting',
    resume: !trashed && ['paused', 'interrupted', 'failed'].includes(state),
    stop: !atRest,
    checkpoint: state === 'running' || state === 'paused',
    archive: atRest && !trashed,
    trash: atRest && !trashed
  }
}
