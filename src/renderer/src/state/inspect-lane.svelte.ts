/** One checkpoint under inspection: which run and step, and the answer to the question that all lanes share. */
import { untrack } from 'svelte'
import { UserError } from '@shared/errors'
import type { CheckpointRow } from '@shared/contract'
import type { InspectQueryInput, InspectResult } from '@shared/inspect'
import type { Api } from '../api'

/** How many checkpoints on either side are worked out in the background. */
const neighbours = 12

export class InspectLane {
  runId = $state<string | null>(null)
  checkpoints = $state.raw<readonly CheckpointRow[]>([])
  loaded = $state(false)
  /** The checkpoint asked for. */
  step = $state<number | null>(null)
  /** What is shown: the last answer, perhaps of an earlier step while the next one is on its way. */
  result = $state.raw<InspectResult | null>(null)
  error = $state.raw<{ message: string; hint: string } | null>(null)
  /** Share of the work done, 0 to 1; null while nothing is asked. */
  progress = $state<number | null>(null)
  #ticket: string | null = null
  #count = 0
  #stop: () => void

  constructor(
    readonly api: Api,
    /** Told apart in tickets. */
    readonly name: string,
    query: () => InspectQueryInput | null
  ) {
    const stopHearing = api.on('inspect.progress', ({ ticket, done, total }) => {
      if (ticket === this.#ticket) this.progress = total > 0 ? done / total : 0
    })
    const stopEffects = $effect.root(() => {
      $effect(() => {
        const { runId, step } = this
        const asked = query()
        untrack(() => void this.#ask(runId, step, asked))
      })
    })
    this.#stop = () => {
      stopHearing()
      stopEffects()
      this.#cancel()
    }
  }

  get index(): number {
    return this.checkpoints.findIndex(({ step }) => step === this.step)
  }

  /** Shows a run from its newest checkpoint, or the one nearest to a step. */
  async open(runId: string | null, step: number | null): Promise<void> {
    if (runId !== this.runId) {
      Object.assign(this, { result: null, error: null, checkpoints: [], loaded: false, step: null })
      this.runId = runId
    }
    if (runId === null) return
    await this.refresh()
    if (this.runId === runId) this.moveTo(step ?? Infinity)
  }

  /** Reads which checkpoints are there: a live run writes new ones. */
  async refresh(): Promise<void> {
    const id = this.runId
    if (id === null) return
    try {
      const found = await this.api.request['inspect.checkpoints']({ id })
      if (this.runId === id) this.checkpoints = found
    } catch (error) {
      if (this.runId === id) this.error = wordsOf(error)
    }
    if (this.runId === id) this.loaded = true
  }

  /** To the checkpoint nearest to a step. */
  moveTo(step: number): void {
    const steps = this.checkpoints.map((checkpoint) => checkpoint.step)
    if (steps.length === 0) return
    const distance = (at: number): number => (step === Infinity ? -at : Math.abs(at - step))
    this.step = steps.reduce((best, at) => (distance(at) < distance(best) ? at : best))
  }

  moveBy(places: number): void {
    const at = Math.min(this.checkpoints.length - 1, Math.max(0, this.index + places))
    this.step = this.checkpoints[at]?.step ?? null
  }

  close(): void {
    this.#stop()
  }

  #cancel(): void {
    if (this.#ticket !== null) {
      void this.api.request['inspect.cancel']({ ticket: this.#ticket }).catch(() => undefined)
    }
    this.#ticket = null
    this.progress = null
  }

  async #ask(
    id: string | null,
    step: number | null,
    query: InspectQueryInput | null
  ): Promise<void> {
    this.#cancel()
    if (id === null || step === null || query === null) return
    const ticket = `${this.name} ${++this.#count}`
    this.#ticket = ticket
    this.progress = 0
    try {
      const result = await this.api.request['inspect.run']({ id, step, query, ticket })
      if (this.#ticket !== ticket) return
      Object.assign(this, { result, error: null })
      this.#prepare(id, step, query)
    } catch (error) {
      if (this.#ticket !== ticket) return
      this.error = wordsOf(error)
      this.result = null
    }
    this.#ticket = null
    this.progress = null
  }

  /** Has the neighbours worked out, the nearest first, so that the slider finds them. */
  #prepare(id: string, step: number, query: InspectQueryInput): void {
    const at = this.checkpoints.findIndex((checkpoint) => checkpoint.step === step)
    const steps = Array.from({ length: neighbours }, (_, i) => [at + i + 1, at - i - 1])
      .flat()
      .flatMap((place) => this.checkpoints[place]?.step ?? [])
    if (steps.length === 0) return
    void this.api.request['inspect.prepare']({ id, steps, query }).catch(() => undefined)
  }
}

export function wordsOf(error: unknown): { message: string; hint: string } {
  return error instanceof UserError
    ? { message: error.message, hint: error.hint }
    : { message: error instanceof Error ? error.message : String(error), hint: '' }
}
