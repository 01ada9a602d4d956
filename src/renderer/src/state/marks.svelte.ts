/** Which runs are marked wherever they appear: in plots and in the table. Marking changes no view. */
import { SvelteSet } from 'svelte/reactivity'

export class Marks {
  /** The runs that are pointed at: one, or all of a heat map's cell. */
  pointed = $state.raw<readonly string[]>([])
  readonly ids = new SvelteSet<string>()

  /** Marks these runs and no others. */
  set(ids: Iterable<string>): void {
    this.ids.clear()
    this.add(ids)
  }

  add(ids: Iterable<string>): void {
    for (const id of ids) this.ids.add(id)
  }

  /** Marks them, or, where all of them are marked, none of them. */
  toggle(ids: readonly string[]): void {
    const all = ids.every((id) => this.ids.has(id))
    for (const id of ids) {
      if (all) this.ids.delete(id)
      else this.ids.add(id)
    }
  }

  clear(): void {
    this.ids.clear()
  }
}
