/** Short messages at the bottom of the window: what was done, with a way back, or what went wrong. */
import { UserError } from '@shared/errors'

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

  done(text: string, action?: Notice['action']): void {
    this.#add({ id: this.#next++, kind: 'done', text, ...(action && { action }) })
  }

  failed(error: unknown): void {
    this.#add({ id: this.#next++, kind: 'error', text: describeError(error) })
  }

  /** Runs the newest action that is still on offer. */
  undo(): void {
    const notice = this.list.findLast((n) => n.action)
    if (!notice) return
    this.dismiss(notice.id)
    notice.action?.run()
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
