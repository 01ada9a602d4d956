/** The form for a new run: a preset, what was changed of it, and what the server says would come of it. */
import { listFields } from '@shared/config-fields'
import type { DatasetConfig, ModelConfig, RunConfig } from '@shared/config'
import type { DatasetSummary, RunRow } from '@shared/contract'
import type { EngineChoice } from '@shared/events'
import { UserError, type FieldIssue } from '@shared/errors'
import { forkIssues, mayChange, type ForkOrigin } from '@shared/fork'
import {
  askedSteps,
  checkConfig,
  familyOf,
  formConfig,
  readField,
  withFamily,
  withKind,
  writeField,
  type Edits
} from '../form-input'
import { withValue } from '@shared/config-input'
import { datasetKind } from '@shared/dataset-config'
import { fieldValue } from '../settings-diff'
import { planRun, planWarnings, unfairPair, type RunPlan, type Warning } from '../run-plan'
import { describeError } from './notices.svelte'
import type { Runs } from './runs.svelte'

type Family = ModelConfig['family']
type Kind = DatasetConfig['kind']

/** How long to wait after the last key before the data set is built. */
const pauseMs = 350

export type Preview =
  | { state: 'waiting' }
  | { state: 'ready'; summary: DatasetSummary; busy: boolean }
  | { state: 'failed'; message: string }

export class NewRun {
  /** Name of the chosen preset; null where a run's settings were taken over. */
  presetName = $state<string | null>(null)
  /** What the form starts from and resets to. */
  base = $state.raw<Record<string, unknown>>({})
  /** The chosen kind of data; null for that of the base. */
  #kind = $state<Kind | null>(null)
  /** The chosen model family; null for that of the base. */
  #family = $state<Family | null>(null)
  edits = $state.raw<Edits>({})
  /** Where the run begins, if not at fresh weights. */
  fork = $state.raw<{ run: RunRow; step: number; moments: ForkOrigin['moments'] } | null>(null)
  /** Steps of the checkpoints that can be forked. */
  forkSteps = $state.raw<readonly number[]>([])
  /** How many runs are started at once, with seeds s, s + 1, ... */
  seeds = $state('1')
  freeBytes = $state<number | null>(null)
  name = $state('')
  engine = $state<EngineChoice>('auto')
  /** The cluster to train on; '' for this computer. */
  cluster = $state('')
  starting = $state(false)
  preview = $state.raw<Preview>({ state: 'waiting' })
  /** What the server refused; cleared by the next change. */
  #refused = $state.raw<readonly FieldIssue[]>([])
  /** The budget that a fork was given by itself. */
  #given = ''
  #timer: ReturnType<typeof setTimeout> | null = null
  #asked = 0

  readonly baseKind = $derived(datasetKind(this.base))
  readonly kind = $derived(this.#kind ?? this.baseKind)
  readonly baseFamily = $derived(familyOf(this.base))
  readonly family = $derived(this.#family ?? this.baseFamily)
  readonly fields = $derived(listFields(this.kind, this.family))
  /** The base with the chosen kind and family, before any edit. */
  readonly #tagged = $derived(
    withFamily(withKind(this.base, this.kind, this.fields), this.family, this.fields)
  )
  readonly input = $derived(formConfig(this.fields, this.#tagged, this.edits))
  readonly checked = $derived(checkConfig(this.input))
  readonly steps = $derived(askedSteps(this.input))
  readonly #forkIssues: readonly FieldIssue[] = $derived(
    this.fork && this.checked.config
      ? forkIssues(this.fork.run.config, this.checked.config, this.fork)
      : []
  )
  readonly issues: readonly FieldIssue[] = $derived([
    ...this.#refused,
    ...this.#forkIssues,
    ...this.checked.issues
  ])
  /** How many runs, or null where what was typed is no number of runs. */
  readonly seedCount: number | null = $derived.by(() => {
    if (this.fork) return 1
    const count = Number(this.seeds)
    const last = (this.checked.config?.seed ?? 0) + count - 1
    return Number.isInteger(count) && count >= 1 && count <= 100 && last <= 4294967295
      ? count
      : null
  })
  readonly plan: RunPlan | null = $derived.by(() => {
    const { config } = this.checked
    if (!config || this.preview.state !== 'ready') return null
    const { summary } = this.preview
    if (summary.kind !== this.kind) return null
    const hasNative = this.runs.info?.engine.native ?? true
    const from = this.fork?.step ?? 0
    return planRun(config, summary, this.engine, { hasNative, history: this.runs.list, from })
  })
  readonly warnings: readonly Warning[] = $derived.by(() => {
    const { config } = this.checked
    if (!config || !this.plan) return []
    const memoryBytes = this.runs.info?.machine.memoryBytes ?? Infinity
    const machine = { memoryBytes, freeBytes: this.freeBytes }
    const unfair =
      this.preview.state === 'ready' ? unfairPair(this.base, config, this.preview.summary) : []
    return [...planWarnings(config, this.plan, machine, this.seedCount ?? 1), ...unfair]
  })
  readonly changes = $derived(
    this.fields.filter((field) => this.isChanged(field.path)).length +
      (this.kind === this.baseKind ? 0 : 1) +
      (this.family === this.baseFamily ? 0 : 1)
  )

  constructor(readonly runs: Runs) {}

  choosePreset(name: string): void {
    const preset = this.runs.presets.find((p) => p.name === name)
    if (preset) this.#start(preset.name, preset.config)
  }

  /** Takes over the settings of a run. */
  copyRun(run: RunRow): void {
    this.#start(run.preset, run.config)
  }

  /** Goes on from a checkpoint of a run, from the last one where `step` is none of them. */
  async forkRun(run: RunRow, step: number | null): Promise<void> {
    this.#start(null, run.config)
    this.fork = { run, step: step ?? run.lastCheckpoint ?? 1, moments: 'kept' }
    try {
      const { steps } = await this.runs.api.request['runs.checkpoints']({ id: run.id })
      if (this.fork?.run.id !== run.id) return
      this.forkSteps = steps
      const last = steps.at(-1)
      if (last !== undefined && !steps.includes(this.fork.step)) this.setFork({ step: last })
      this.#giveSteps()
    } catch (error) {
      this.runs.notices.failed(error)
    }
  }

  setFork(change: { step?: number; moments?: ForkOrigin['moments'] }): void {
    if (this.fork) this.fork = { ...this.fork, ...change }
    this.#refused = []
    this.#giveSteps()
  }

  /** A fork from a run's end needs steps to go; what was given for that goes again when it begins earlier. */
  #giveSteps(): void {
    if (!this.fork) return
    const { step } = this.fork
    const budget = Number(this.baseValue('budget.steps'))
    if (this.edits['budget.steps'] === this.#given) this.reset('budget.steps')
    this.#given = budget <= step ? String(step + budget) : ''
    if (this.#given && this.edits['budget.steps'] === undefined) {
      this.set('budget.steps', this.#given)
    }
  }

  /** Whether a fork has this setting of its parent. */
  isFixed(path: string): boolean {
    return this.fork !== null && !mayChange(path)
  }

  async lookAtDisk(): Promise<void> {
    try {
      this.freeBytes = (await this.runs.api.request['library.space']({})).freeBytes
    } catch {
      // Unknown space is no reason to trouble anybody.
      this.freeBytes = null
    }
  }

  #start(presetName: string | null, base: Record<string, unknown>): void {
    this.presetName = presetName
    this.fork = null
    this.forkSteps = []
    this.base = base
    this.#kind = null
    this.#family = null
    this.edits = {}
    this.#changed()
  }

  entry(path: string): string | boolean {
    return this.edits[path] ?? writeField(this.baseValue(path))
  }

  isChanged(path: string): boolean {
    const entry = this.edits[path]
    return entry !== undefined && readField(this.#field(path), entry) !== this.baseValue(path)
  }

  issue(path: string): FieldIssue | undefined {
    return this.issues.findLast((issue) => issue.path === path)
  }

  set(path: string, entry: string | boolean): void {
    this.edits = { ...this.edits, [path]: entry }
    this.#changed()
  }

  reset(path: string): void {
    this.edits = Object.fromEntries(Object.entries(this.edits).filter(([key]) => key !== path))
    this.#changed()
  }

  setKind(kind: Kind): void {
    this.#kind = kind
    this.#changed()
  }

  setFamily(family: Family): void {
    this.#family = family
    this.#changed()
  }

  resetAll(): void {
    this.#kind = null
    this.#family = null
    this.edits = {}
    this.#changed()
  }

  /** Creates the runs; the first one's id, or null when it was refused (the reasons are beside the fields). */
  async start(): Promise<string | null> {
    this.starting = true
    try {
      const first = await this.#create(0)
      for (let i = 1; i < (this.seedCount ?? 1); i++) await this.#create(i)
      this.name = ''
      return first
    } catch (error) {
      if (error instanceof UserError) this.#refused = error.issues
      this.runs.notices.failed(error)
      return null
    } finally {
      this.starting = false
    }
  }

  /** Creates the run whose seed lies `offset` above the one in the form. */
  async #create(offset: number): Promise<string> {
    const { config } = this.checked
    const seed = (config?.seed ?? 0) + offset
    const several = (this.seedCount ?? 1) > 1
    const typed = this.name.trim()
    // On other data it is no variant of the preset, and must not bear its name.
    const preset = this.presetName && this.kind === this.baseKind ? this.presetName : null
    const title = typed || (several ? preset : null)
    const { id } = await this.runs.api.request['runs.create']({
      ...(title && { name: several ? `${title}, seed ${seed}` : title }),
      ...(preset && { preset }),
      ...(this.fork && {
        parent: { run: this.fork.run.id, step: this.fork.step, moments: this.fork.moments }
      }),
      config: offset === 0 ? this.input : withValue(this.input, ['seed'], seed),
      engine: this.engine,
      ...(this.cluster !== '' && { cluster: this.cluster })
    })
    return id
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#asked++
  }

  #field(path: string): (typeof this.fields)[number] {
    return this.fields.find((field) => field.path === path)!
  }

  /** What a field returns to. */
  baseValue(path: string): unknown {
    return fieldValue(this.#field(path), this.#tagged)
  }

  #changed(): void {
    this.#refused = []
    if (this.#timer) clearTimeout(this.#timer)
    const asked = ++this.#asked
    const { config } = this.checked
    if (!config) {
      if (this.preview.state === 'ready') this.preview = { ...this.preview, busy: false }
      return
    }
    if (this.preview.state === 'ready') this.preview = { ...this.preview, busy: true }
    else this.preview = { state: 'waiting' }
    this.#timer = setTimeout(() => void this.#ask(config, asked), pauseMs)
  }

  async #ask(config: RunConfig, asked: number): Promise<void> {
    const { request } = this.runs.api
    try {
      const summary = await request['datasets.preview']({ config })
      if (asked !== this.#asked) return
      this.preview = { state: 'ready', summary, busy: false }
    } catch (error) {
      if (asked !== this.#asked) return
      // Only the data itself (a file's columns, a seed's draw) may show that a setting cannot be met.
      if (error instanceof UserError) this.#refused = error.issues
      this.preview = { state: 'failed', message: describeError(error) }
    }
  }
}
