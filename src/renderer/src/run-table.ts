/** Filtering and sorting of runs, and the short words that stand for a run's settings in a row. */
import type { RunRow } from '@shared/contract'
import { familyNames } from '@shared/config'
import { valueAt } from '@shared/config-input'
import { familyOf } from './form-input'

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

const at = (run: RunRow, path: string): unknown => valueAt(run.config, path.split('.'))

/** "GPT-2 4L 256d 4h" */
export function modelWords(run: RunRow): string {
  const family = familyNames[familyOf(run.config)]
  const layers = at(run, 'model.nLayer')
  const width = at(run, 'model.dModel')
  const heads = at(run, 'model.nHead')
  return [family, layers && `${layers}L`, width && `${width}d`, heads && `${heads}h`]
    .filter(Boolean)
    .join(' ')
}

/** "comparison 1000×20 φ 12.6" */
export function datasetWords(run: RunRow): string {
  const kind = String(at(run, 'dataset.kind') ?? '')
  const entities = at(run, 'dataset.entities')
  const attributes = at(run, 'dataset.attributes')
  const phi = at(run, 'dataset.phi')
  return `${kind} ${entities}×${attributes} φ ${phi}`
}

/** How long a run has been at work, from its first start to its end or until now, in ms; null before. */
export function runDuration(run: RunRow, now: number): number | null {
  return run.startedAt === null ? null : Math.max(0, (run.endedAt ?? now) - run.startedAt)
}

export function onShelf(run: RunRow, shelf: Shelf): boolean {
  if (run.trashed) return shelf === 'trash'
  return shelf === (run.archived ? 'archived' : 'current')
}

/** Runs in which every word of the text occurs: in name, state, model, data set, preset or id. */
export function filterRuns(runs: readonly RunRow[], text: string): RunRow[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return [...runs]
  return runs.filter((run) => {
    const hay = [run.name, run.state, modelWords(run), datasetWords(run), run.preset ?? '', run.id]
      .join(' ')
      .toLowerCase()
    return words.every((word) => hay.includes(word))
  })
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
      return (run) => run.last['accuracy/test_inferred_ood'] ?? null
    case 'iid':
      return (run) => run.last['accuracy/test_inferred_iid'] ?? null
    case 'train':
      return (run) => run.last['accuracy/train_inferred'] ?? null
    case 'loss':
      return (run) => run.last['batchLoss'] ?? null
    case 'created':
      return (run) => run.createdAt
    case 'duration':
      return (run) => runDuration(run, now)
  }
}
