/** The form for a new run: a preset, what was changed of it, and what the server says would come of it. */
import { listFields } from '@shared/config-fields'
import type { DatasetConfig, ModelConfig, RunConfig } from '@shared/config'
import type { DatasetSummary, RunRow } from '@shared/contract'
import type { EngineChoice } from '@shared/events'
import { UserError, type FieldIssue } from '@shared/errors'
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
import { datasetKind } from '@shared/dataset-config'
import { fieldValue } from '../settings-diff'
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
  name = $state('')
  engine = $state<EngineChoice>('auto')
  starting = $state(false)
  preview = $state.raw<Preview>({ state: 'waiting' })
  /** What the server refused; cleared by the next change. */
  #refused = $state.raw<readonly FieldIssue[]>([])
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
  readonly issues: readonly FieldIssue[] = $derived([...this.#refused, ...this.checked.issues])
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

  #start(presetName: string | null, base: Record<string, unknown>): void {
    this.presetName = presetName
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

  /** Creates the run; its id, or null when it was refused (the reasons are beside the fields). */
  async start(): Promise<string | null> {
    this.starting = true
    try {
      const { id } = await this.runs.api.request['runs.create']({
        ...(this.name.trim() && { name: this.name.trim() }),
        // On other data it is no variant of the preset, and must not bear its name.
        ...(this.presetName && this.kind === this.baseKind && { preset: this.presetName }),
        config: this.input,
        engine: this.engine
      })
      this.name = ''
      return id
    } catch (error) {
      if (error instanceof UserError) this.#refused = error.issues
      this.runs.notices.failed(error)
      return null
    } finally {
      this.starting = false
    }
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
