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
import { groupValue, orderOfGroup, type GroupValue } from '@shared/group-values'
import { isDraft, parseQuery, soundPart, type ParsedQuery, type RunTest } from '@shared/query'
import { runFields, type FieldValue } from '@shared/run-fields'
import { onShelf, orderOf, sortBy } from '@shared/run-order'
import { seedGroups } from '../run-groups'
import type { Clock } from './clock.svelte'
import { MetricValues } from './metric-values.svelte'
import type { Runs } from './runs.svelte'
import type { ViewState } from './view.svelte'

/** A row of the table: a run, or the seeds of a config folded into one. */
export type TableRow =
  | { kind: 'run'; id: string; run: RunRow; inGroup: boolean }
  | { kind: 'group'; id: string; runs: readonly RunRow[]; open: boolean }

const settingPaths = runFields.filter(({ id }) => isSetting(id)).map(({ name }) => name)

export class ShownRuns {
  readonly metrics: MetricValues
  /** Groups whose seeds are shown. */
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
  readonly query: ParsedQuery = $derived.by(() => parseQuery(this.#text))

  /** What the query finds, newest first; while it is being typed, what its sound part finds. */
  readonly found: readonly RunRow[] = $derived.by(() => {
    const text = this.#text
    // Only a duration depends on the time of day.
    const now = text.toLowerCase().includes('duration') ? this.clock.now : 0
    const find = (test: RunTest): RunRow[] => this.shelved.filter((run) => test(run, now))
    const found = this.query.test ? find(this.query.test) : []
    return found.length > 0 || !isDraft(text) ? found : find(soundPart(text))
  })

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

  /** The rows of the table; with folded seeds, groups in the order of their means. */
  readonly tableRows: readonly TableRow[] = $derived.by(() => {
    if (!this.view.current.folded) {
      return this.rows.map((run) => ({ kind: 'run', id: run.id, run, inGroup: false }))
    }
    const groups = seedGroups(this.rows)
    const column = this.#sortColumn
    const sorted = column
      ? sortBy(
          groups,
          (runs) => orderOfGroup(column.field, this.groupValue(column, runs)),
          this.view.current.sort.descending,
          (runs) => runs[0]!.createdAt
        )
      : groups
    return sorted.flatMap((runs): TableRow[] => {
      const members = (inGroup: boolean): TableRow[] =>
        runs.map((run) => ({ kind: 'run', id: run.id, run, inGroup }))
      if (runs.length === 1) return members(false)
      const id = runs[0]!.seedless
      const open = this.#open.has(id)
      return [{ kind: 'group', id, runs, open }, ...(open ? members(true) : [])]
    })
  })

  /** Runs picked by hand in the order of picking, or without any what the query finds; none of those hidden. */
  readonly compared: readonly RunRow[] = $derived.by(() => {
    const { picked, hidden } = this.view.current
    const chosen = picked.flatMap((id) => this.runs.get(id) ?? [])
    return (chosen.length > 0 ? chosen : this.rows).filter(({ id }) => !hidden.includes(id))
  })

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
