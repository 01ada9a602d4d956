/** All runs, as the server last told them, and what may be done to them. */
import { SvelteMap } from 'svelte/reactivity'
import type { Preset } from '@shared/config'
import type { RunRow } from '@shared/contract'
import type { Progress } from '@shared/events'
import type { Api, LinkStatus } from '../api'
import { askedSteps } from '../form-input'
import { isActive } from '../run-actions'
import { texts } from '../texts'
import type { Notices } from './notices.svelte'

const stepsOf = ({ config }: Preset): number => askedSteps(config) ?? Infinity

export type AppInfo = Awaited<ReturnType<Api['request']['app.info']>>
export type Command = Parameters<Api['request']['runs.control']>[0]['command']

export class Runs {
  status = $state<LinkStatus>('connecting')
  /** Why there will be no connection, when the status is `failed`. */
  failure = $state('')
  loaded = $state(false)
  info = $state.raw<AppInfo | null>(null)
  presets = $state.raw<readonly Preset[]>([])
  readonly #rows = new SvelteMap<string, RunRow>()
  readonly #progress = new SvelteMap<string, Progress>()

  /** Newest first. */
  readonly list = $derived([...this.#rows.values()].sort((a, b) => b.createdAt - a.createdAt))
  readonly active = $derived(
    this.list.filter((run) => isActive(run.state)).sort((a, b) => a.createdAt - b.createdAt)
  )

  constructor(
    readonly api: Api,
    readonly notices: Notices
  ) {
    api.onStatus((status, detail) => {
      this.status = status
      this.failure = detail
      // Events are hints: whatever was missed while the line was down is asked for again.
      if (status === 'connected') void this.load()
    })
    api.on('run.changed', (row) => this.#put(row))
    api.on('run.progress', ({ id, progress }) => {
      this.#progress.set(id, progress)
    })
  }

  async load(): Promise<void> {
    try {
      const { request } = this.api
      const [rows, presets, info] = await Promise.all([
        request['runs.list']({}),
        request['presets.list']({}),
        request['app.info']({})
      ])
      this.#rows.clear()
      for (const row of rows) this.#rows.set(row.id, row)
      // Quick ones first: a newcomer's first run should end while they watch.
      this.presets = presets.sort((a, b) => stepsOf(a) - stepsOf(b))
      this.info = info
      this.loaded = true
    } catch (error) {
      if (this.status === 'connected') this.notices.failed(error)
    }
  }

  get(id: string): RunRow | null {
    return this.#rows.get(id) ?? null
  }

  /** What the trainer said last, while it is at work. */
  progress(id: string): Progress | null {
    const run = this.#rows.get(id)
    return run && isActive(run.state) ? (this.#progress.get(id) ?? null) : null
  }

  async control(run: RunRow, command: Command): Promise<void> {
    await this.#do(() => this.api.request['runs.control']({ id: run.id, command }))
  }

  async rename(run: RunRow, name: string): Promise<void> {
    const wanted = name.trim()
    if (!wanted || wanted === run.name) return
    await this.#do(() => this.api.request['runs.update']({ id: run.id, name: wanted }))
  }

  async archive(run: RunRow, archived: boolean): Promise<void> {
    const changed = await this.#do(() => this.api.request['runs.update']({ id: run.id, archived }))
    if (changed) {
      this.notices.done(
        archived ? texts.runs.archived(run.name) : texts.runs.unarchived(run.name),
        {
          label: texts.undo,
          run: () =>
            void this.#do(() =>
              this.api.request['runs.update']({ id: run.id, archived: !archived })
            )
        }
      )
    }
  }

  async trash(run: RunRow): Promise<void> {
    const changed = await this.#do(() => this.api.request['runs.trash']({ id: run.id }))
    if (changed) {
      this.notices.done(texts.runs.trashed(run.name), {
        label: texts.undo,
        run: () => void this.restore(run)
      })
    }
  }

  async restore(run: RunRow): Promise<void> {
    await this.#do(() => this.api.request['runs.restore']({ id: run.id }))
  }

  async #do(request: () => Promise<RunRow>): Promise<boolean> {
    try {
      this.#put(await request())
      return true
    } catch (error) {
      this.notices.failed(error)
      return false
    }
  }

  #put(row: RunRow): void {
    this.#rows.set(row.id, row)
  }
}
