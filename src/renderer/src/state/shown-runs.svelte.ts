/** Which runs the view shows, in which rows and columns, and which are compared. */
import { SvelteSet } from 'svelte/reactivity'
import {
  columnOfKey,
  columnsOf,
  differingSettings,
  isSetting,
  tableColumn,
  type TableColumn
} from '@shared/columns'
import type { RunRow } from '@shared/contract'
import { groupStyles } from '@shared/figure/compare/groups'
import type { LineStyle } from '@shared/figure/split-styles'
import { groupValue, orderOfGroup, type GroupValue } from '@shared/group-values'
import { asksDuration, findRuns } from '@shared/query'
import { runFields, type FieldValue } from '@shared/run-fields'
import { groupRuns } from '@shared/run-groups'
import { onShelf, orderOf, sortBy } from '@shared/run-order'
import type { Clock } from './clock.svelte'
import { MetricValues } from './metric-values.svelte'
import type { Runs } from './runs.svelte'
import type { ViewState } from './view.svelte'

/** A row of the table: a run, or runs that belong together folded into one. */
export type TableRow =
  | { kind: 'run'; id: string; run: RunRow; inGroup: boolean }
  | { kind: 'group'; id: string; runs: readonly RunRow[]; open: boolean; style: LineStyle }

const settingPaths = runFields.filter(({ id }) => isSetting(id)).map(({ name }) => name)

const withoutHidden = (runs: readonly RunRow[], hidden: readonly string[]): readonly RunRow[] => {
  const ids: ReadonlySet<string> = new Set(hidden)
  return runs.filter(({ id }) => !ids.has(id))
}

export class ShownRuns {
  readonly metrics: MetricValues
  /** Groups whose members are shown. */
  readonly #open = new SvelteSet<string>()

  constructor(
    readonly runs: Runs,
    readonly view: ViewState,
    readonly clock: Clock
  ) {
    this.metrics = new MetricValues(
      runs.api,
      runs.notices,
      () => (this.#sortColumn ? [...this.columns, this.#sortColumn] : this.columns),
      () => this.shelved
    )
  }

  /** The runs of the view's shelf, newest first. */
  readonly shelved: readonly RunRow[] = $derived.by(() => {
    const { shelf } = this.view.current
    return this.runs.list.filter((run) => onShelf(run, shelf))
  })

  readonly #text = $derived.by(() => this.view.current.query)

  /** What the query finds, newest first; while it is being typed, what its sound part finds. */
  readonly found: readonly RunRow[] = $derived.by(() =>
    findRuns(this.#text, this.shelved, this.#now(this.#text))
  )

  /** Settings in which the runs found differ; empty while nothing asks for them. */
  readonly differing: readonly string[] = $derived.by(() =>
    this.view.current.onlyDifferences ? differingSettings(this.found, settingPaths) : []
  )
  readonly columns: readonly TableColumn[] = $derived.by(() =>
    columnsOf(this.view.current, this.differing)
  )

  readonly #sortColumn: TableColumn | null = $derived.by(() =>
    tableColumn(columnOfKey(this.view.current.sort.column))
  )

  /** What the query finds, in the order of the table. */
  readonly rows: readonly RunRow[] = $derived.by(() => {
    const column = this.#sortColumn
    if (!column) return this.found
    const now = column.field.id === 'duration' ? this.clock.now : 0
    return sortBy(
      this.found,
      (run) => orderOf(column.field, this.metrics.of(column, run, now)),
      this.view.current.sort.descending,
      (run) => run.createdAt
    )
  })

  /** The rows of the table; folded, groups in the order of their means. */
  readonly tableRows: readonly TableRow[] = $derived.by(() => {
    const { folded, foldBy } = this.view.current
    if (!folded) {
      return this.rows.map((run) => ({ kind: 'run', id: run.id, run, inGroup: false }))
    }
    const found = groupRuns(this.rows, foldBy)
    const styles = groupStyles(found)
    const groups = found.map((group, i) => ({ ...group, style: styles[i]! }))
    const column = this.#sortColumn
    const sorted = column
      ? sortBy(
          groups,
          ({ runs }) => orderOfGroup(column.field, this.groupValue(column, runs)),
          this.view.current.sort.descending,
          ({ runs }) => runs[0]!.createdAt
        )
      : groups
    return sorted.flatMap(({ key: id, runs, style }): TableRow[] => {
      const members = (inGroup: boolean): TableRow[] =>
        runs.map((run) => ({ kind: 'run', id: run.id, run, inGroup }))
      if (runs.length === 1) return members(false)
      const open = this.#open.has(id)
      return [{ kind: 'group', id, runs, open, style }, ...(open ? members(true) : [])]
    })
  })

  /** Runs picked by hand in the order of picking, or without any what the query finds. */
  readonly chosen: readonly RunRow[] = $derived.by(() => {
    const picked = this.view.current.picked.flatMap((id) => this.runs.get(id) ?? [])
    return picked.length > 0 ? picked : this.rows
  })

  readonly #within = $derived.by(() => this.view.current.within)

  /** Those of them that Compare's own query finds. */
  readonly narrowed: readonly RunRow[] = $derived.by(() =>
    findRuns(this.#within, this.chosen, this.#now(this.#within))
  )

  /** Those of them that are not hidden. */
  readonly compared: readonly RunRow[] = $derived.by(() => {
    const { hidden } = this.view.current
    return hidden.length === 0 ? this.narrowed : withoutHidden(this.narrowed, hidden)
  })

  #now(query: string): number {
    return asksDuration(query) ? this.clock.now : 0
  }

  value(column: TableColumn, run: RunRow): FieldValue {
    return this.metrics.of(column, run, column.field.id === 'duration' ? this.clock.now : 0)
  }

  groupValue(column: TableColumn, runs: readonly RunRow[]): GroupValue {
    return groupValue(
      column.field,
      runs.map((run) => this.value(column, run))
    )
  }

  toggleGroup(id: string): void {
    if (!this.#open.delete(id)) this.#open.add(id)
  }
}
