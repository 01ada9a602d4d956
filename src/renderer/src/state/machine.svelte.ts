/** What this machine can train on, as the server's doctor last said. */
import type { Diagnosis } from '@shared/diagnosis'
import { untrack } from 'svelte'
import type { Api } from '../api'
import { describeError } from './notices.svelte'

export class Machine {
  diagnosis = $state.raw<Diagnosis | null>(null)
  working = $state(false)
  /** Why there is no answer. */
  failure = $state('')

  constructor(readonly api: Api) {}

  /** Asks once; what the server found earlier is there at once. An effect that calls this runs but once. */
  async load(): Promise<void> {
    await untrack(async () => {
      if (!this.diagnosis) await this.#ask(false)
    })
  }

  async checkAgain(): Promise<void> {
    await this.#ask(true)
  }

  async #ask(again: boolean): Promise<void> {
    if (this.working) return
    this.working = true
    this.failure = ''
    try {
      this.diagnosis = await this.api.request['machine.diagnose']({ again })
    } catch (error) {
      this.failure = describeError(error)
    } finally {
      this.working = false
    }
  }
}
