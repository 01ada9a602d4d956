/** What the list of a run's checkpoints says. */
import { formatBytes, formatCount, plural } from '../format'

export const checkpointTexts = {
  title: 'Checkpoints',
  none: 'This run has no checkpoint yet.',
  total: (n: number, bytes: number): string => `${plural(n, 'checkpoint')}, ${formatBytes(bytes)}`,
  list: 'Checkpoints of this run',
  chosen: 'Chosen',
  all: 'Choose all',
  step: 'Step',
  size: 'Size',
  kept: (reason: string): string => `Exempt from pruning: ${reason}`,
  actions: 'Actions',
  inspect: (step: number): string => `Inspect step ${formatCount(step)}`,
  fork: (step: number): string => `Fork from step ${formatCount(step)}`,
  remove: (n: number, bytes: number): string =>
    n === 0 ? 'Remove chosen' : `Remove ${formatCount(n)}, frees ${formatBytes(bytes)}`,
  removeHint: 'Choose checkpoints to remove',
  busy: 'Stop the run to remove checkpoints',
  ask: (n: number, bytes: number): string =>
    `Remove ${plural(n, 'checkpoint')} for good? This frees ${formatBytes(bytes)}, and takes what Inspect found in ${n === 1 ? 'it' : 'them'} along. Curves and events stay.`,
  resumeFrom: (step: number): string =>
    `The run can then be resumed from step ${formatCount(step)} only.`,
  resumeStart: 'The run can then be resumed from its start only.',
  removeNow: 'Remove for good',
  keep: 'Keep them',
  removed: (n: number, bytes: number): string =>
    `Removed ${plural(n, 'checkpoint')}, ${formatBytes(bytes)} freed`
} as const
