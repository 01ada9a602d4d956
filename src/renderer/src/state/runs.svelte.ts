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

  /** Puts waiting runs before or behind all others that wait. */
  async moveInQueue(runs: readonly RunRow[], to: 'first' | 'last'): Promise<void> {
    try {
      await this.api.request['queue.move']({ ids: runs.map(({ id }) => id), to })
    } catch (error) {
      this.notices.failed(error)
    }
  }

  async rename(run: RunRow, name: string): Promise<void> {
    const wanted = name.trim()
    if (!wanted || wanted === run.name) return
    await this.#do(() => this.api.request['runs.update']({ id: run.id, name: wanted }))
  }

  /** Archives runs, or brings them back from there. */
  async archive(runs: readonly RunRow[], archived: boolean): Promise<void> {
    const put = (to: boolean): Promise<readonly RunRow[]> =>
      this.#each(runs, ({ id }) => this.api.request['runs.update']({ id, archived: to }))
    await this.#didToRuns(archived ? texts.runs.archived : texts.runs.unarchived, {
      redo: () => put(archived),
      undo: () => put(!archived)
    })
  }

  async trash(runs: readonly RunRow[]): Promise<void> {
    await this.#didToRuns(texts.runs.trashed, {
      redo: () => this.#each(runs, ({ id }) => this.api.request['runs.trash']({ id })),
      undo: () => this.#each(runs, ({ id }) => this.api.request['runs.restore']({ id }))
    })
  }

  async restore(runs: readonly RunRow[]): Promise<void> {
    await this.#didToRuns(texts.runs.restored, {
      redo: () => this.#each(runs, ({ id }) => this.api.request['runs.restore']({ id })),
      undo: () => this.#each(runs, ({ id }) => this.api.request['runs.trash']({ id }))
    })
  }

  /** Changes tags or the note of runs; what each had before comes back with an undo. */
  async label(
    runs: readonly RunRow[],
    change: (run: RunRow) => { tags?: string[]; note?: string }
  ): Promise<void> {
    const changed = runs.map((run) => ({ run, to: change(run) }))
    const put = (of: (entry: (typeof changed)[number]) => { tags?: string[]; note?: string }) =>
      this.#each(changed, (entry) =>
        this.api.request['runs.update']({ id: entry.run.id, ...of(entry) })
      )
    await this.#didToRuns(texts.runs.labelled, {
      redo: () => put(({ to }) => to),
      undo: () => put(({ run: { tags, note } }) => ({ tags, note }))
    })
  }

  async #didToRuns(
    say: (runs: readonly RunRow[]) => string,
    deed: Record<'undo' | 'redo', () => Promise<readonly RunRow[]>>
  ): Promise<void> {
    const done = await deed.redo()
    if (done.length === 0) return
    this.notices.did(say(done), { undo: () => void deed.undo(), redo: () => void deed.redo() })
  }

  /** Asks for one run after the other; of those refused the first says why. */
  async #each<T>(
    of: readonly T[],
    request: (one: T) => Promise<RunRow>
  ): Promise<readonly RunRow[]> {
    const answers = await Promise.allSettled(of.map(request))
    const rows = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
    const refused = answers.find((answer) => answer.status === 'rejected')
    for (const row of rows) this.#put(row)
    if (refused) this.notices.failed(refused.reason)
    return rows
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
