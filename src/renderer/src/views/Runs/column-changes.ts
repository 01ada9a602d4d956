/** Changes of the table's columns. A view that had none of its own gets those that are shown. */
import { columnKey, type TableColumn } from '@shared/columns'
import type { Column } from '@shared/view'

type Shown = readonly TableColumn[]

const plain = (shown: Shown): Column[] => shown.map(({ column }) => column)

/** Moves a column by so many places, among those that are pinned as it is. */
export function moveColumn(shown: Shown, key: string, by: number): Column[] {
  const from = shown.findIndex((column) => column.key === key)
  const to = from + by
  const target = shown[to]
  const moved = shown[from]
  if (!moved || !target || !!target.column.pinned !== !!moved.column.pinned) return plain(shown)
  const columns = plain(shown)
  columns.splice(from, 1)
  columns.splice(to, 0, moved.column)
  return columns
}

/** Puts a column before another, and pins it if that one is pinned. */
export function placeColumn(shown: Shown, key: string, before: string): Column[] {
  const moved = shown.find((column) => column.key === key)
  const target = shown.find((column) => column.key === before)
  if (!moved || !target || moved === target) return plain(shown)
  const rest = shown.filter((column) => column !== moved)
  const { pinned = false } = target.column
  const placed = { ...moved.column, pinned }
  const at = rest.indexOf(target)
  return [...plain(rest.slice(0, at)), placed, ...plain(rest.slice(at))]
}

export const resizeColumn = (shown: Shown, key: string, width: number): Column[] =>
  changeColumn(shown, key, (column) => ({ ...column, width }))

export const changeColumn = (
  shown: Shown,
  key: string,
  change: (column: Column) => Column
): Column[] => shown.map((found) => (found.key === key ? change(found.column) : found.column))

export const hideColumn = (shown: Shown, key: string): Column[] =>
  plain(shown.filter((column) => column.key !== key))

/** Adds a column at the end, where it is not shown already. */
export function showColumn(shown: Shown, column: Column): Column[] {
  const columns = plain(shown)
  return columns.some((known) => columnKey(known) === columnKey(column))
    ? columns
    : [...columns, column]
}
