/** Filtering and sorting of runs, and the short words that stand for a run's settings in a row. */
import type { RunRow } from '@shared/contract'
import { familyNames } from '@shared/config'
import { valueAt } from '@shared/config-input'
import { splitsOf, type Split, type SplitRole } from '@shared/splits'
import { familyOf } from './form-input'
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

const at = (run: RunRow, path: string): unknown => valueAt(run.config, path.split('.'))

/** The family and the sizes of a run's model: "GPT-2" and "4L 256d 4h". */
export function modelParts(run: RunRow): { family: string; sizes: string } {
  const sizes = [
    ['nLayer', 'L'],
    ['dModel', 'd'],
    ['nHead', 'h']
  ].map(([name, unit]) => {
    const size = at(run, `model.${name}`)
    return size ? `${size}${unit}` : ''
  })
  return { family: familyNames[familyOf(run.config)], sizes: sizes.filter(Boolean).join(' ') }
}

export const modelWords = (run: RunRow): string => Object.values(modelParts(run)).join(' ')

/** "comparison 1000×20 φ 12.6", "x+y mod 113, 30 %" */
export function datasetWords(run: RunRow): string {
  const kind = datasetKind(run.config)
  const of = (name: string): string => String(at(run, `dataset.${name}`))
  const percent = (name: string): string => `${Number((100 * Number(of(name))).toPrecision(3))} %`
  switch (kind) {
    case 'comparison':
      return `comparison ${of('entities')}×${of('attributes')} φ ${of('phi')}`
    case 'in-context':
      return `in-context ${percent('contextShare')}, ${of('entities')}×${of('attributes')} φ ${of('phi')}`
    case 'composition':
      return `composition ${of('entities')}×${of('degree')} φ ${of('phi')}`
    case 'modular': {
      const operation = of('operation')
      const modulus = operation.endsWith('S5') ? '' : ` mod ${of('modulus')}`
      return `${operation}${modulus}, ${percent('trainFraction')}`
    }
    case 'facts':
      return `${of('path').split(/[\\/]/).at(-1)} φ ${of('phi')}`
    default:
      return kind satisfies never
  }
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
    case 'iid':
    case 'train':
      return (run) => columnAccuracy(run, key)?.value ?? null
    case 'loss':
      return (run) => run.last['batchLoss'] ?? null
    case 'created':
      return (run) => run.createdAt
    case 'duration':
      return (run) => runDuration(run, now)
  }
}
