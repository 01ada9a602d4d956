/** One order of undoing for everything that can be: changes of the view, names, archive, trash. */
export interface Deed {
  undo: () => void
  /** Left out: it can only be undone. */
  redo?: () => void
}

/** More than anybody goes back. */
const longest = 200

export class Undo {
  #done = $state.raw<readonly Deed[]>([])
  #undone = $state.raw<readonly Deed[]>([])

  readonly canUndo = $derived(this.#done.length > 0)
  readonly canRedo = $derived(this.#undone.length > 0)

  /** The last deed, where it was not undone. */
  get last(): Deed | undefined {
    return this.#done.at(-1)
  }

  did(deed: Deed): void {
    this.#done = [...this.#done, deed].slice(-longest)
    this.#undone = []
  }

  undo(): void {
    const deed = this.#done.at(-1)
    if (deed) this.take(deed)
  }

  /** Undoes a deed that need not be the last. */
  take(deed: Deed): void {
    if (!this.#done.includes(deed)) return
    this.#done = this.#done.filter((other) => other !== deed)
    if (deed.redo) this.#undone = [...this.#undone, deed]
    deed.undo()
  }

  redo(): void {
    const deed = this.#undone.at(-1)
    if (!deed) return
    this.#undone = this.#undone.slice(0, -1)
    this.#done = [...this.#done, deed]
    deed.redo?.()
  }
}
