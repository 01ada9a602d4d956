/** Shelves and sorting of runs. */
import type { RunRow } from '@shared/contract'
import { splitsOf, type Split, type SplitRole } from '@shared/splits'
import { runDuration } from '@shared/run-fields'
import { datasetWords, modelWords } from '@shared/run-words'
import { datasetKind } from '@shared/dataset-config'

export type Shelf = 'current' | 'archived' | 'trash'

export type SortKey =
  | 'name'
  | 'state'
  | 'progress'
  | 'model'
  | 'dataset'
  | 'ood'
  | 'iid'
  | 'train'
  | 'loss'
  | 'created'
  | 'duration'

export interface Sort {
  key: SortKey
  descending: boolean
}

/** Columns of accuracies, and the roles of splits that they show, the first that a run has. */
const columnRoles = {
  train: ['train'],
  iid: ['iid'],
  ood: ['ood', 'test']
} as const satisfies Partial<Record<SortKey, readonly SplitRole[]>>

/** What a column of accuracies shows of a run: the last value, null where it was not finite, and of which split. */
export function columnAccuracy(
  run: RunRow,
  column: keyof typeof columnRoles
): { split: Split; value: number | null } | null {
  const roles: readonly SplitRole[] = columnRoles[column]
  for (const split of splitsOf[datasetKind(run.config)]) {
    const value = run.last[`accuracy/${split.name}`]
    if (roles.includes(split.role) && value !== undefined) return { split, value }
  }
  return null
}

export function onShelf(run: RunRow, shelf: Shelf): boolean {
  if (run.trashed) return shelf === 'trash'
  return shelf === (run.archived ? 'archived' : 'current')
}

const stateOrder: readonly RunRow['state'][] = [
  'running',
  'starting',
  'paused',
  'queued',
  'interrupted',
  'failed',
  'stopped',
  'finished'
]

/** A copy in the wanted order; runs without a value come last either way, equals by newest first. */
export function sortRuns(runs: readonly RunRow[], sort: Sort, now: number): RunRow[] {
  const value = sortValue(sort.key, now)
  const sign = sort.descending ? -1 : 1
  return runs
    .map((run) => ({ run, value: value(run) }))
    .sort((a, b) => {
      if (a.value === null || b.value === null) {
        if (a.value !== b.value) return a.value === null ? 1 : -1
      } else if (a.value !== b.value) {
        const order =
          typeof a.value === 'string' && typeof b.value === 'string'
            ? a.value.localeCompare(b.value, 'en', { numeric: true })
            : a.value < b.value
              ? -1
              : 1
        if (order !== 0) return sign * order
      }
      return b.run.createdAt - a.run.createdAt
    })
    .map(({ run }) => run)
}

function sortValue(key: SortKey, now: number): (run: RunRow) => string | number | null {
  switch (key) {
    case 'name':
      return (run) => run.name
    case 'state':
      return (run) => stateOrder.indexOf(run.state)
    case 'progress':
      return (run) => run.step / run.steps
    case 'model':
      return modelWords
    case 'dataset':
      return datasetWords
    case 'ood':
    case 'iid':
    case 'train':
      return (run) => columnAccuracy(run, key)?.value ?? null
    case 'loss':
      return (run) => run.last['batchLoss'] ?? null
    case 'created':
      return (run) => run.createdAt
    case 'duration':
      return (run) => runDuration(run, now) ?? null
  }
}
