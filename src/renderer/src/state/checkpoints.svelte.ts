/** The checkpoints of one run, as its folder has them, and which of them are chosen to be removed. */
import { SvelteSet } from 'svelte/reactivity'
import type { CheckpointRow } from '@shared/contract'
import { texts } from '../texts'
import type { Notices } from './notices.svelte'
import type { Runs } from './runs.svelte'

export class Checkpoints {
  /** Null until they were read. */
  rows = $state.raw<readonly CheckpointRow[] | null>(null)
  /** Steps. */
  readonly chosen = new SvelteSet<number>()
  working = $state(false)

  readonly doomed = $derived((this.rows ?? []).filter(({ step }) => this.chosen.has(step)))
  readonly freedBytes = $derived(this.doomed.reduce((sum, { bytes }) => sum + bytes, 0))
  /** The newest that would stay, which a run is resumed from; null for none. */
  readonly newestLeft = $derived(
    (this.rows ?? []).findLast(({ step }) => !this.chosen.has(step))?.step ?? null
  )

  constructor(
    readonly runs: Runs,
    readonly notices: Notices,
    readonly id: string
  ) {}

  async load(): Promise<void> {
    try {
      this.rows = await this.runs.api.request['inspect.checkpoints']({ id: this.id })
      const gone = [...this.chosen].filter((at) => !this.rows!.some(({ step }) => step === at))
      for (const step of gone) this.chosen.delete(step)
    } catch (error) {
      // A lost connection says so itself, and the list is read again with the next one.
      if (this.runs.status === 'connected') this.notices.failed(error)
    }
  }

  toggle(step: number): void {
    if (!this.chosen.delete(step)) this.chosen.add(step)
  }

  chooseAll(all: boolean): void {
    this.chosen.clear()
    if (all) for (const { step } of this.rows ?? []) this.chosen.add(step)
  }

  /** Removes what is chosen, for good: only that gives the disk back. */
  async remove(): Promise<void> {
    this.working = true
    try {
      const steps = this.doomed.map(({ step }) => step)
      const { removed, bytes } = await this.runs.api.request['checkpoints.remove']({
        id: this.id,
        steps
      })
      this.chosen.clear()
      this.notices.done(texts.checkpoints.removed(removed, bytes))
    } catch (error) {
      this.notices.failed(error)
    } finally {
      this.working = false
    }
    await this.load()
  }
}
