/** The columns of the runs table: which there are, what they are called, and what they show of a run. */
import {
  fieldOfColumn,
  settingOf,
  type FieldKind,
  type FieldValue,
  type RunField
} from './run-fields'
import type { RunRow } from './contract'
import type { Column, MetricPlace, View } from './view'

/** What a table shows whose columns nobody has chosen. */
export const usualColumns: readonly Column[] = [
  { id: 'name', pinned: true },
  ...[
    'state',
    'progress',
    'model',
    'dataset',
    'metric:accuracy/@ood',
    'metric:accuracy/@iid',
    'metric:accuracy/@train',
    'event:generalised',
    'event:delay',
    'tags',
    'created',
    'duration'
  ].map((id) => ({ id }))
]

/** A column as it is drawn. */
export interface TableColumn {
  /** Tells it from a column of the same metric at another place; the view sorts by it. */
  key: string
  column: Column
  field: RunField
  /** With the place of a metric that is not its last: "OOD / test, best". */
  label: string
  width: number
}

export const isMetric = (id: string): boolean => id.startsWith('metric:')
export const isSetting = (id: string): boolean => id.startsWith('config:')

/** `metric:accuracy/@ood@best`; without a place it is the last value's. */
export const columnKey = ({ id, at = 'last' }: Pick<Column, 'id' | 'at'>): string =>
  at === 'last' ? id : `${id}@${at}`

/** The column of a key. */
export function columnOfKey(key: string): Column {
  const [, id, place] = /^(metric:.+)@(last|best|memorisation|generalisation|\d+)$/.exec(key) ?? []
  if (id === undefined || place === undefined) return { id: key }
  return { id, at: /^\d+$/.test(place) ? Number(place) : (place as MetricPlace) }
}

export const placeWords = (place: MetricPlace): string =>
  typeof place === 'number'
    ? `at step ${place.toLocaleString('en')}`
    : {
        last: 'last',
        best: 'best',
        memorisation: 'at memorisation',
        generalisation: 'at generalisation'
      }[place]

const widths: Record<FieldKind, number> = {
  ...{ accuracy: 88, number: 92, event: 96, time: 96, duration: 88 },
  ...{ choice: 112, boolean: 72, text: 140, tags: 150 }
}
const ownWidths: Readonly<Record<string, number>> = {
  ...{ name: 248, state: 112, progress: 106, model: 152, dataset: 192, note: 220 }
}

/** Means with their spread, and names of what runs agree in, take more room than single values. */
const foldedWidths: Partial<Record<FieldKind, number>> = { accuracy: 146, number: 148, event: 148 }
const foldedName = 304

/** A column as it is drawn; null for one that names nothing in this version. */
export function tableColumn(column: Column, folded = false): TableColumn | null {
  const field = fieldOfColumn(column.id)
  if (!field) return null
  const { at = 'last' } = column
  return {
    key: columnKey(column),
    column,
    field,
    label:
      at === 'last' || !isMetric(column.id) ? field.label : `${field.label}, ${placeWords(at)}`,
    width:
      column.width ??
      (folded && field.id === 'name' ? foldedName : undefined) ??
      ownWidths[field.id] ??
      (folded && !isSetting(field.id) ? foldedWidths[field.kind] : undefined) ??
      widths[field.kind]
  }
}

/** Paths of the settings in which the runs differ, in form order. */
export function differingSettings(runs: readonly RunRow[], paths: readonly string[]): string[] {
  const [first] = runs
  if (!first) return []
  return paths.filter((path) => {
    const value = settingOf(first, path)
    return runs.some((run) => !Object.is(settingOf(run, path), value))
  })
}

/**
 * The columns of a view in their order, pinned ones first. Showing only what differs, settings in which the shown
 * runs agree give way to all those in which they differ, which stand together, apart from metrics.
 * @param differing paths of the settings in which the shown runs differ
 */
export function columnsOf(
  view: Pick<View, 'columns' | 'onlyDifferences' | 'folded'>,
  differing: readonly string[]
): TableColumn[] {
  const chosen = view.columns.length > 0 ? view.columns : usualColumns
  const isResult = (column: Column): boolean => columnKind(column) === 'result'
  // What a run is comes first, then what sets it apart, then what it did, then the rest.
  const first = ['name', 'state']
  const inWords = ['model', 'dataset']
  const shown = view.onlyDifferences
    ? [
        ...chosen.filter(({ id }) => first.includes(id)),
        ...differing.map(
          (path) => chosen.find(({ id }) => id === `config:${path}`) ?? { id: `config:${path}` }
        ),
        ...chosen.filter(isResult),
        ...chosen.filter(
          (column) =>
            ![...first, ...inWords].includes(column.id) &&
            !isSetting(column.id) &&
            !isResult(column)
        )
      ]
    : chosen
  const columns = shown.flatMap((column) => tableColumn(column, view.folded) ?? [])
  return [
    ...columns.filter(({ column }) => column.pinned),
    ...columns.filter(({ column }) => !column.pinned)
  ]
}

/** What a column shows of a run, given the values that the server has looked up. */
export type ValueOf = (column: TableColumn, run: RunRow) => FieldValue

/** What a column is about: what the run is, how it was set, what it came to. */
export type ColumnKind = 'run' | 'setting' | 'result'

export const columnKind = ({ id }: Column): ColumnKind =>
  isSetting(id) ? 'setting' : isMetric(id) || id.startsWith('event:') ? 'result' : 'run'

/** Neighbouring columns of one kind, pinned ones by themselves. */
export interface ColumnBand {
  key: string
  kind: ColumnKind
  columns: readonly TableColumn[]
}

export function columnBands(columns: readonly TableColumn[]): ColumnBand[] {
  const bands: { key: string; kind: ColumnKind; columns: TableColumn[] }[] = []
  for (const one of columns) {
    const kind = columnKind(one.column)
    const last = bands.at(-1)
    const joins = last?.kind === kind && !last.columns[0]!.column.pinned === !one.column.pinned
    if (joins) last.columns.push(one)
    else bands.push({ key: one.key, kind, columns: [one] })
  }
  return bands
}
