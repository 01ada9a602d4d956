/** Which runs the view shows: those that its query finds, and those that are compared. */
import type { RunRow } from '@shared/contract'
import { parseQuery, type ParsedQuery } from '@shared/query'
import { onShelf, sortRuns, type SortKey } from '../run-table'
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

  /** The query as it can be asked; while it has a fault, its words are not searched for. */
  readonly query: ParsedQuery = $derived.by(() => parseQuery(this.view.current.query))

  /** The last query without a fault: what is shown while another is being typed. */
  #sound: ParsedQuery = { test: () => true, error: null }

  /** What the query finds, in the order of the table. */
  readonly rows: readonly RunRow[] = $derived.by(() => {
    const { sort } = this.view.current
    const { query } = this
    if (query.test) this.#sound = query
    const test = this.#sound.test!
    // Only a sort by duration depends on the time of day.
    const now = sort.column === 'duration' ? this.clock.now : 0
    const { column, descending } = sort
    const found = this.shelved.filter((run) => test(run, now))
    return sortRuns(found, { key: column as SortKey, descending }, now)
  })

  /** Runs picked by hand in the order of picking, or without any what the query finds; none of those hidden. */
  readonly compared: readonly RunRow[] = $derived.by(() => {
    const { picked, hidden } = this.view.current
    const chosen = picked.flatMap((id) => this.runs.get(id) ?? [])
    return (chosen.length > 0 ? chosen : this.rows).filter(({ id }) => !hidden.includes(id))
  })
}
