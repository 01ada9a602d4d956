/** The circuit report of one run: between which checkpoints, how far it is, and what it says. */
import type { ReportDocument, ReportFormat } from '@shared/report/document'
import type { Api } from '../api'
import { wordsOf } from './inspect-lane.svelte'

export class CircuitReport {
  /** Steps as they were chosen; null: from memorisation, to the newest. */
  from = $state<number | null>(null)
  to = $state<number | null>(null)
  document = $state.raw<ReportDocument | null>(null)
  error = $state.raw<{ message: string; hint: string } | null>(null)
  /** Share of the work done, 0 to 1; null while nothing is asked. */
  progress = $state<number | null>(null)
  #ticket: string | null = null
  #count = 0
  #run: string | null = null
  #stop: () => void

  constructor(readonly api: Api) {
    this.#stop = api.on('inspect.progress', ({ ticket, done, total }) => {
      if (ticket === this.#ticket) this.progress = total > 0 ? done / total : 0
    })
  }

  /** Shows a run's report, made anew where the run is another one. */
  async open(run: string): Promise<void> {
    if (run === this.#run && (this.document || this.#ticket !== null)) return
    if (run !== this.#run) Object.assign(this, { from: null, to: null })
    this.#run = run
    await this.#make()
  }

  async choose(steps: { from?: number | null; to?: number | null }): Promise<void> {
    Object.assign(this, steps)
    await this.#make()
  }

  /** The report as a file, or null where it could not be made. */
  async file(format: ReportFormat): Promise<Uint8Array<ArrayBuffer> | null> {
    try {
      const { base64 } = await this.api.request['circuit.write']({ ...this.#question(), format })
      return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    } catch (error) {
      this.error = wordsOf(error)
      return null
    }
  }

  /** Ends the work on a report that nobody looks at any more. */
  cancel(): void {
    if (this.#ticket !== null) {
      void this.api.request['inspect.cancel']({ ticket: this.#ticket }).catch(() => undefined)
    }
    this.#ticket = null
    this.progress = null
  }

  close(): void {
    this.cancel()
    this.#stop()
  }

  #question(): { id: string; from?: number; to?: number } {
    const { from, to } = this
    return { id: this.#run!, ...(from !== null && { from }), ...(to !== null && { to }) }
  }

  async #make(): Promise<void> {
    this.cancel()
    const ticket = `circuit ${++this.#count}`
    this.#ticket = ticket
    Object.assign(this, { progress: 0, document: null, error: null })
    try {
      const { document } = await this.api.request['circuit.report']({
        ...this.#question(),
        ticket
      })
      if (this.#ticket !== ticket) return
      this.document = document
    } catch (error) {
      if (this.#ticket !== ticket) return
      this.error = wordsOf(error)
    }
    this.#ticket = null
    this.progress = null
  }
}
