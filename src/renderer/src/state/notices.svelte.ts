/** Short messages at the bottom of the window: what was done, with a way back, or what went wrong. */
import { UserError } from '@shared/errors'
import { texts } from '../texts'
import type { Deed, Undo } from './undo.svelte'

export interface Notice {
  id: number
  kind: 'done' | 'error'
  text: string
  action?: { label: string; run: () => void }
}

const shownMs = 8000

/** What went wrong and what to do; a bug is said to be one. */
export const describeError = (error: unknown): string =>
  error instanceof UserError
    ? [error.message, error.hint].filter(Boolean).join(' ')
    : `This is a fault in Grokscope: ${String(error)}`

export class Notices {
  list = $state.raw<readonly Notice[]>([])
  #next = 1

  constructor(readonly undo: Undo) {}

  done(text: string): void {
    this.#add({ id: this.#next++, kind: 'done', text })
  }

  /** Says what was done, with a way back that is also the next of Ctrl-Z. */
  did(text: string, deed: Deed): void {
    this.undo.did(deed)
    const run = (): void => this.undo.take(deed)
    this.#add({ id: this.#next++, kind: 'done', text, action: { label: texts.undo, run } })
  }

  failed(error: unknown): void {
    this.#add({ id: this.#next++, kind: 'error', text: describeError(error) })
  }

  dismiss(id: number): void {
    this.list = this.list.filter((n) => n.id !== id)
  }

  #add(notice: Notice): void {
    // The newest three are enough to read.
    this.list = [...this.list, notice].slice(-3)
    setTimeout(() => this.dismiss(notice.id), notice.kind === 'error' ? 2 * shownMs : shownMs)
  }
}
