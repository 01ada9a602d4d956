/** Studies as the server last told them, the one that is open with its cells, and the queue. */
import type { BudgetRule } from '@shared/budget-rule'
import type { PlannedStudy, QueueState, StudyRow, TriedRun } from '@shared/contract'
import { UserError } from '@shared/errors'
import type { Study } from '@shared/study'
import { cellResults, type CellResult } from '@shared/study-results'
import { reportTypes, type ReportFormat } from '@shared/report/document'
import type { Api } from '../api'
import { bytesOf } from '../base64'
import { saveFile } from '../save-file'
import { texts } from '../texts'
import { describeError, type Notices } from './notices.svelte'
import type { Runs } from './runs.svelte'

/** Runs change many times a second while they train; counts in the list need not. */
const restMs = 1500

export class Studies {
  list = $state.raw<readonly StudyRow[]>([])
  presets = $state.raw<readonly Study[]>([])
  loaded = $state(false)
  queue = $state.raw<QueueState | null>(null)
  plan = $state.raw<PlannedStudy | null>(null)
  /** Why the open study cannot be shown. */
  failure = $state('')
  /** The labels that everything on the screen follows: axis to point; empty means all. */
  selection = $state.raw<Readonly<Record<string, string>>>({})
  working = $state(false)
  #open: string | null = null
  #stale = false

  readonly results = $derived.by<CellResult[]>(() =>
    this.plan && this.#open ? cellResults(this.plan, this.#open, this.runs.list) : []
  )
  readonly selected = $derived(this.results.filter((result) => this.#isSelected(result)))

  constructor(
    readonly api: Api,
    readonly runs: Runs,
    readonly notices: Notices
  ) {
    api.on('queue.changed', (queue) => (this.queue = queue))
    api.on('study.changed', () => this.#later())
    api.on('run.changed', () => this.#later())
  }

  async load(): Promise<void> {
    const { request } = this.api
    await this.#try(async () => {
      const [list, presets, queue] = await Promise.all([
        request['studies.list']({}),
        request['studies.presets']({}),
        request['queue.get']({})
      ])
      this.list = list
      this.presets = presets
      this.queue = queue
      this.loaded = true
    })
  }

  async open(id: string): Promise<void> {
    if (this.#open !== id) {
      this.plan = null
      this.selection = {}
    }
    this.#open = id
    this.failure = ''
    try {
      const plan = await this.api.request['studies.plan']({ id })
      if (this.#open === id) this.plan = plan
    } catch (error) {
      this.failure = describeError(error)
    }
  }

  /** Plans what is being written; a refusal is an answer too. */
  async check(study: unknown): Promise<PlannedStudy | UserError> {
    try {
      return await this.api.request['studies.plan']({ study })
    } catch (error) {
      if (error instanceof UserError) return error
      throw error
    }
  }

  /** @returns the id of the study that was made or changed; null where it was refused. */
  async save(study: unknown, id: string | null): Promise<string | null> {
    return this.#try(async () => {
      const { request } = this.api
      const made = id
        ? await request['studies.update']({ id, study })
        : await request['studies.create']({ study })
      await this.load()
      return made.id
    })
  }

  /** @param cluster where new runs go; '' for this computer */
  async train(id: string, cluster: string, cells?: string[]): Promise<void> {
    await this.#try(async () => {
      const where = cluster !== '' && { cluster }
      const { queued } = await this.api.request['studies.run']({
        ...{ id, ...where, ...(cells && { cells }) }
      })
      this.notices.done(texts.studies.queued(queued))
      await this.#refresh()
    })
  }

  async withdraw(id: string): Promise<void> {
    await this.#try(async () => {
      await this.api.request['studies.withdraw']({ id })
      await this.#refresh()
    })
  }

  /** Saves the report of a study, and shows what it recorded of the claims. */
  async report(id: string, format: ReportFormat): Promise<void> {
    await this.#try(async () => {
      const { base64 } = await this.api.request['studies.report']({ id, format })
      const bytes = bytesOf(base64)
      saveFile(`${id}.${format}`, bytes, reportTypes[format])
      await this.#refresh()
    })
  }

  /** What a rule would have made of stored runs; null where that could not be told. */
  tryRule(
    id: string,
    rule: BudgetRule | null,
    start: number,
    runs: 'study' | 'library'
  ): Promise<TriedRun[] | null> {
    return this.#try(() => this.api.request['studies.try']({ id, rule, start, runs }))
  }

  async record(id: string): Promise<void> {
    await this.#try(async () => {
      const { recorded, left } = await this.api.request['studies.record']({ id })
      this.notices.done(texts.studies.report.recorded(recorded, left))
      await this.#refresh()
    })
  }

  async setQueue(changes: { paused?: boolean; parallel?: number | null }): Promise<void> {
    await this.#try(async () => {
      this.queue = await this.api.request['queue.set'](changes)
    })
  }

  /** Chooses points of axes, or takes the choice back where it was the same. */
  select(labels: Readonly<Record<string, string>>): void {
    const same =
      Object.keys(labels).length === Object.keys(this.selection).length &&
      Object.entries(labels).every(([axis, label]) => this.selection[axis] === label)
    this.selection = same ? {} : labels
  }

  #isSelected({ cell: { labels } }: CellResult): boolean {
    return Object.entries(this.selection).every(([axis, label]) => labels[axis] === label)
  }

  #later(): void {
    if (!this.loaded || this.#stale) return
    this.#stale = true
    setTimeout(() => {
      this.#stale = false
      void this.#try(() => this.#refresh())
    }, restMs)
  }

  async #refresh(): Promise<void> {
    const { request } = this.api
    const [list, queue] = await Promise.all([request['studies.list']({}), request['queue.get']({})])
    this.list = list
    this.queue = queue
    if (this.#open) await this.open(this.#open)
  }

  async #try<T>(act: () => Promise<T>): Promise<T | null> {
    this.working = true
    try {
      return await act()
    } catch (error) {
      if (this.runs.status === 'connected') this.notices.failed(error)
      return null
    } finally {
      this.working = false
    }
  }
}
