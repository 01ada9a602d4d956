/** Clusters as the server last told them, and where new runs go. */
import type { ClusterLink, ClusterProfile, ClusterStatus } from '@shared/cluster'
import { UserError, type FieldIssue } from '@shared/errors'
import type { Api } from '../api'
import { texts } from '../texts'
import type { Notices } from './notices.svelte'
import type { Runs } from './runs.svelte'

/** Events come in bursts. */
const restMs = 200

export class Clusters {
  list = $state.raw<readonly ClusterStatus[]>([])
  loaded = $state(false)
  /** The cluster that new runs go to; '' for this computer. */
  #target = $state('')
  /** What is being done with which cluster. */
  busy = $state.raw<{ name: string; what: 'check' | 'look' } | null>(null)
  /** What the last check found. */
  checked = $state.raw<{ name: string; links: readonly ClusterLink[] } | null>(null)
  log = $state.raw<{ run: string; text: string } | null>(null)
  issues = $state.raw<readonly FieldIssue[]>([])
  #stale = false

  readonly names = $derived(this.list.map(({ profile }) => profile.name))
  readonly question = $derived.by(() => {
    const asking = this.list.find(({ question }) => question !== null)
    return asking?.question ? { ...asking.question, cluster: asking.profile.name } : null
  })

  constructor(
    readonly api: Api,
    readonly runs: Runs,
    readonly notices: Notices
  ) {
    api.on('clusters.changed', () => this.#later())
  }

  /** A cluster that was removed meanwhile is no target. */
  get target(): string {
    return this.names.includes(this.#target) ? this.#target : ''
  }

  set target(name: string) {
    this.#target = name
  }

  async load(): Promise<void> {
    await this.#try(async () => {
      this.list = await this.api.request['clusters.list']({})
      this.loaded = true
    })
  }

  /** @returns whether it was saved; what is refused is in `issues` */
  async save(profile: unknown): Promise<boolean> {
    this.issues = []
    try {
      const { name } = await this.api.request['clusters.save']({ profile })
      this.notices.done(texts.clusters.saved(name))
      await this.load()
      return true
    } catch (error) {
      if (error instanceof UserError && error.issues.length > 0) this.issues = error.issues
      else this.notices.failed(error)
      return false
    }
  }

  async remove({ name }: ClusterProfile): Promise<void> {
    await this.#try(async () => {
      await this.api.request['clusters.remove']({ name })
      this.notices.done(texts.clusters.removed(name))
      if (this.checked?.name === name) this.checked = null
      await this.load()
    })
  }

  async check(name: string): Promise<void> {
    this.checked = null
    await this.#while({ name, what: 'check' }, async () => {
      this.checked = { name, links: await this.api.request['clusters.check']({ name }) }
    })
  }

  async look(name: string): Promise<void> {
    await this.#while({ name, what: 'look' }, async () => {
      await this.api.request['clusters.look']({ name })
      await this.load()
    })
  }

  async answer(id: string, answer: string | null): Promise<void> {
    await this.#try(async () => void (await this.api.request['clusters.answer']({ id, answer })))
  }

  async cancel(run: string): Promise<void> {
    await this.#try(async () => {
      const { job } = await this.api.request['clusters.cancel']({ id: run })
      this.notices.done(texts.clusters.cancelled(job))
    })
  }

  async showLog(run: string): Promise<void> {
    if (this.log?.run === run) {
      this.log = null
      return
    }
    await this.#try(async () => {
      const { text } = await this.api.request['clusters.log']({ id: run })
      this.log = { run, text: text || texts.clusters.noLog }
    })
  }

  #later(): void {
    if (this.#stale) return
    this.#stale = true
    setTimeout(() => {
      this.#stale = false
      void this.load()
    }, restMs)
  }

  async #while(busy: NonNullable<Clusters['busy']>, act: () => Promise<void>): Promise<void> {
    this.busy = busy
    await this.#try(act)
    this.busy = null
  }

  async #try(act: () => Promise<void>): Promise<void> {
    try {
      await act()
    } catch (error) {
      if (this.runs.status === 'connected') this.notices.failed(error)
    }
  }
}
