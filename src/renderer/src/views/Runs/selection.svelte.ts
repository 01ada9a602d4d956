/** Which rows are selected to act on, as file managers do it: one, a range from an anchor, or single ones. */
import { SvelteSet } from 'svelte/reactivity'
import type { RunRow } from '@shared/contract'
import { distinctRuns } from '../../run-groups'
import type { TableRow } from '../../state/shown-runs.svelte'

type Rows = readonly TableRow[]

export class Selection {
  active = $state<string | null>(null)
  #anchor: string | null = null
  readonly #ids = new SvelteSet<string>()

  readonly has = (id: string): boolean => this.#ids.has(id)

  get size(): number {
    return this.#ids.size
  }

  /** Makes a row the active one, alone or with all between it and the anchor. */
  activate(rows: Rows, index: number, extend: boolean): void {
    const row = rows[index]!
    const anchor = extend ? rows.findIndex(({ id }) => id === this.#anchor) : -1
    this.#ids.clear()
    if (anchor < 0) this.#anchor = row.id
    const [from, to] =
      anchor < 0 ? [index, index] : [Math.min(anchor, index), Math.max(anchor, index)]
    for (const { id } of rows.slice(from, to + 1)) this.#ids.add(id)
    this.active = row.id
  }

  toggle(rows: Rows, index: number): void {
    const { id } = rows[index]!
    if (!this.#ids.delete(id)) this.#ids.add(id)
    this.active = id
    this.#anchor = id
  }

  all(rows: Rows): void {
    for (const { id } of rows) this.#ids.add(id)
  }

  clear(): void {
    this.#ids.clear()
  }

  /** The runs of the selected rows, those of folded groups included; without any, those of the active row. */
  runs(rows: Rows): readonly RunRow[] {
    const chosen = rows.filter(({ id }) => this.#ids.has(id))
    const acted = chosen.length > 0 ? chosen : rows.filter(({ id }) => id === this.active)
    return distinctRuns(acted.flatMap((row) => (row.kind === 'group' ? row.runs : [row.run])))
  }
}
