/** Which runs the view shows: those that its query finds, and those that are compared. */
import type { RunRow } from '@shared/contract'
import { filterRuns, onShelf, sortRuns, type SortKey } from '../run-table'
import type { Clock } from './clock.svelte'
import type { Runs } from './runs.svelte'
import type { ViewState } from './view.svelte'

export class ShownRuns {
  constructor(
    readonly runs: Runs,
    readonly view: ViewState,
    readonly clock: Clock
  ) {}

  /** The runs of the view's shelf, newest first. */
  readonly shelved: readonly RunRow[] = $derived.by(() => {
    const { shelf } = this.view.current
    return this.runs.list.filter((run) => onShelf(run, shelf))
  })

  /** What the query finds, in the order of the table. */
  readonly rows: readonly RunRow[] = $derived.by(() => {
    const { query, sort } = this.view.current
    // Only a sort by duration depends on the time of day.
    const now = sort.column === 'duration' ? this.clock.now : 0
    const { column, descending } = sort
    return sortRuns(filterRuns(this.shelved, query), { key: column as SortKey, descending }, now)
  })

  /** Runs picked by hand in the order of picking, or without any what the query finds; none of those hidden. */
  readonly compared: readonly RunRow[] = $derived.by(() => {
    const { picked, hidden } = this.view.current
    const chosen = picked.flatMap((id) => this.runs.get(id) ?? [])
    return (chosen.length > 0 ? chosen : this.rows).filter(({ id }) => !hidden.includes(id))
  })
}
