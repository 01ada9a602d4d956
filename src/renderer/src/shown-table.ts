/** The runs table as it is shown, as data for a file: its rows, columns and words, with groups folded as they are. */
import type { TableColumn } from '@shared/columns'
import type { RunRow } from '@shared/contract'
import { shortCount } from '@shared/figure/ticks'
import type { GroupValue } from '@shared/group-values'
import { bestIsHigh } from '@shared/metric-roles'
import type { FieldValue, RunField } from '@shared/run-fields'
import type { CellValue, TableData } from '@shared/table-data'
import { settingLabel } from '@shared/run-groups'
import { formatCount } from './format'
import { formatGroup, formatValue } from './format-field'
import { texts } from './texts'
import { groupTexts } from './texts/groups'

export type ShownRow =
  | { kind: 'run'; run: RunRow; inGroup: boolean }
  | { kind: 'group'; runs: readonly RunRow[]; open: boolean }

export interface ShownTable {
  rows: readonly ShownRow[]
  columns: readonly TableColumn[]
  value: (column: TableColumn, run: RunRow) => FieldValue
  groupValue: (column: TableColumn, runs: readonly RunRow[]) => GroupValue
  /** The last step that is known of a run. */
  step: (run: RunRow) => number
  /** What the runs were found by; empty for none. */
  query: string
  /** Settings in which the runs of a group agree; empty: everything but the seed. */
  foldBy: readonly string[]
}

/** Kinds whose bare numbers mean something without the words around them. */
const bareKinds: readonly RunField['kind'][] = ['number', 'accuracy', 'event']

/**
 * A column is of numbers, unrounded, where every cell is one or is empty; where a cell is a mean with its spread, a
 * lower bound or not finite, all of its cells are the texts shown. Times are ISO 8601 instead of relative to today.
 * @param now Unix milliseconds
 */
export function shownTable(shown: ShownTable, now: number): TableData {
  const { rows, columns, query, foldBy } = shown
  const cells = columns.map((column) => {
    const numbers = rows.map((row) => bareNumber(shown, column, row))
    const isBare =
      bareKinds.includes(column.field.kind) &&
      column.field.id !== 'progress' &&
      numbers.every((number) => number !== undefined) &&
      numbers.some((number) => number !== null)
    return isBare
      ? { type: 'number' as const, values: numbers as readonly (number | null)[] }
      : { type: 'text' as const, values: rows.map((row) => cellText(shown, column, row, now)) }
  })
  const runs = rows.flatMap((row) => (row.kind === 'group' ? row.runs : row.inGroup ? [] : row.run))
  const isFolded = rows.some(({ kind }) => kind === 'group')
  const together =
    foldBy.length > 0
      ? texts.runs.foldedBy(foldBy.map(settingLabel).join(', '))
      : texts.runs.foldedSeeds
  return {
    title: texts.runs.title,
    caption: texts.runs.exportCaption(runs.length, query.trim(), isFolded ? together : null),
    columns: columns.map(({ key, label, field }, i) => ({
      ...{ name: key, label, type: cells[i]!.type },
      ...(cells[i]!.type === 'number' &&
        field.id.startsWith('metric:') && { best: bestOf(field.id) })
    })),
    rows: rows.map((_, r): CellValue[] => cells.map(({ values }) => values[r]!))
  }
}

const bestOf = (id: string): 'highest' | 'lowest' =>
  bestIsHigh(id.slice('metric:'.length)) ? 'highest' : 'lowest'

/** Null for an empty cell, undefined for one that a bare number would not do justice. */
function bareNumber(
  shown: ShownTable,
  column: TableColumn,
  row: ShownRow
): number | null | undefined {
  const group = row.kind === 'group' ? shown.groupValue(column, row.runs) : null
  if (group && group.kind !== 'same') return undefined
  const value = group ? group.value : row.kind === 'run' ? shown.value(column, row.run) : undefined
  if (value === undefined) return null
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value === 'object' && value !== null && 'censored' in value) {
    return value.censored ? undefined : value.value
  }
  return undefined
}

function cellText(
  shown: ShownTable,
  column: TableColumn,
  row: ShownRow,
  now: number
): string | null {
  const { field } = column
  if (row.kind === 'group') {
    if (field.id === 'name') {
      return `${groupTexts.name(row.runs, shown.foldBy)} (${groupTexts.size(row.runs.length, shown.foldBy)})`
    }
    const group = shown.groupValue(column, row.runs)
    if (field.kind === 'time')
      return timeText(
        group.kind === 'mean' ? group.mean : group.kind === 'same' ? group.value : null
      )
    return formatGroup(field, group, row.runs.length, now) || null
  }
  const { run } = row
  if (field.id === 'state') return texts.states[run.state]
  if (field.id === 'progress') return `${formatCount(shown.step(run))}/${shortCount(run.steps)}`
  const value = shown.value(column, run)
  if (field.kind === 'time') return timeText(value)
  return formatValue(field, value, now) || null
}

const timeText = (value: FieldValue): string | null =>
  typeof value === 'number' ? new Date(Math.round(value)).toISOString() : null
