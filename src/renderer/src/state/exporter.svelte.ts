/** What is about to be saved as a file, and how: one figure or table at a time, whichever place it is shown in. */
import type { Api } from '../api'
import { UserError } from '@shared/errors'
import type { Figure } from '@shared/figure/figure'
import { drawFigure } from '@shared/figure/drawing/draw-figure'
import { FigureSettings } from '@shared/figure/drawing/settings'
import {
  dataFormats,
  fileName,
  figureFormats,
  mediaTypes,
  tableFormats,
  type DataFormat,
  type FigureFormat,
  type TableFormat
} from '@shared/figure/formats'
import { writeSvg } from '@shared/figure/svg'
import { filmTypes } from '@shared/film'
import type { TableData } from '@shared/table-data'
import { bytesOf } from '../base64'
import { saveFile } from '../save-file'
import { texts } from '../texts'
import type { Notices } from './notices.svelte'

export type Subject =
  /** `runs`: whose recorded values can be saved instead of those that are drawn; empty: of none. */
  { kind: 'figure'; figure: Figure; runs: readonly string[] } | { kind: 'table'; table: TableData }

export interface Preview {
  svg: string
  /** Points. */
  width: number
  height: number
}

type Film = Parameters<Api['request']['inspect.film']>[0]

const key = 'export'

export class Exporter {
  /** A snapshot: a run that goes on does not change what is being saved. */
  subject = $state.raw<Subject | null>(null)
  format = $state<FigureFormat>('svg')
  settings = $state.raw<FigureSettings>(FigureSettings.parse({}))
  /** Whether every recorded value is wanted where one can choose. */
  raw = $state(false)
  busy = $state(false)
  error = $state('')
  notes = $state.raw<readonly string[]>([])
  /** What was done last, for a moment: "Copied". */
  done = $state('')

  readonly formats: readonly FigureFormat[] = $derived(
    this.subject?.kind === 'table' ? tableFormats : figureFormats
  )

  /** The format of every recorded value, where it is offered. */
  readonly rawFormat: DataFormat | null = $derived(
    this.subject?.kind === 'figure' && this.subject.runs.length > 0
      ? (dataFormats.find((known) => known === this.format) ?? null)
      : null
  )

  /** The very drawing that will be saved, or why there is none. */
  readonly preview: Preview | { problem: string } | null = $derived.by(() => {
    if (this.subject?.kind !== 'figure') return null
    try {
      const drawing = drawFigure(this.subject.figure, this.settings)
      return { svg: writeSvg(drawing), width: drawing.width, height: drawing.height }
    } catch (error) {
      const hint = error instanceof UserError ? error.hint : ''
      return { problem: [(error as Error).message, hint].filter(Boolean).join(' ') }
    }
  })

  constructor(
    readonly api: Api,
    readonly storage: Storage,
    readonly notices: Notices
  ) {
    try {
      const { format, settings } = JSON.parse(storage.getItem(key) ?? '{}') as Record<string, never>
      const kept = FigureSettings.safeParse(settings ?? {})
      if (kept.success) this.settings = kept.data
      this.format = figureFormats.find((known) => known === format) ?? 'svg'
    } catch {
      // Written by something else: the defaults are as good as any.
    }
  }

  /** @param runs whose recorded values lie behind it */
  open(figure: Figure, runs: readonly string[] = []): void {
    this.#show({ kind: 'figure', figure, runs })
  }

  /** For a figure that has to be read first. */
  async openLater(figure: Promise<Figure>, runs: readonly string[] = []): Promise<void> {
    try {
      this.open(await figure, runs)
    } catch (error) {
      this.notices.failed(error)
    }
  }

  openTable(table: TableData): void {
    this.#show({ kind: 'table', table })
  }

  #show(subject: Subject): void {
    this.subject = subject
    this.raw = false
    if (!this.formats.includes(this.format)) this.format = 'csv'
    this.#forget()
  }

  close(): void {
    this.subject = null
  }

  choose(format: FigureFormat): void {
    this.format = format
    this.#forget()
    this.#keep()
  }

  chooseRaw(raw: boolean): void {
    this.raw = raw
    this.#forget()
  }

  /** Refused values change nothing; the field says what is allowed. */
  change(changes: Partial<FigureSettings>): void {
    const next = FigureSettings.safeParse({ ...this.settings, ...changes })
    if (!next.success) return
    this.settings = next.data
    this.#forget()
    this.#keep()
  }

  async save(): Promise<void> {
    const bytes = await this.#write()
    if (bytes) saveFile(this.fileName, bytes, mediaTypes[this.format])
  }

  /** Text as text, a picture as a picture. */
  async copy(copied: string): Promise<void> {
    const { format } = this
    const bytes = await this.#write()
    if (!bytes) return
    try {
      if (format === 'png') {
        const blob = new Blob([bytes], { type: mediaTypes.png })
        await navigator.clipboard.write([new ClipboardItem({ [mediaTypes.png]: blob })])
      } else await navigator.clipboard.writeText(new TextDecoder().decode(bytes))
      this.done = copied
    } catch (error) {
      this.error = (error as Error).message
    }
  }

  /** Saves an inspection at many checkpoints; each that was not looked into yet is, which takes its time. */
  async film(film: Film, name: string): Promise<void> {
    if (this.busy) return
    this.busy = true
    this.notices.done(texts.export.filming(film.steps.length))
    try {
      const { base64 } = await this.api.request['inspect.film'](film)
      saveFile(name, bytesOf(base64), filmTypes[film.format])
    } catch (error) {
      this.notices.failed(error)
    } finally {
      this.busy = false
    }
  }

  get fileName(): string {
    const { subject, format } = this
    const title =
      subject?.kind === 'table'
        ? subject.table.title
        : subject?.figure.title || subject?.figure.panels.map((panel) => panel.title).join(' ')
    const recorded = this.rawFormat && this.raw ? 'recorded ' : ''
    return fileName(`${recorded}${title ?? ''}`, format)
  }

  async #write(): Promise<Uint8Array<ArrayBuffer> | null> {
    const { subject } = this
    if (!subject || this.busy) return null
    this.#forget()
    this.busy = true
    try {
      const { base64, notes } = await this.#ask(subject)
      this.notes = notes
      return bytesOf(base64)
    } catch (error) {
      const hint = error instanceof UserError ? error.hint : ''
      const said = error instanceof Error ? error.message : String(error)
      this.error = [said, hint].filter(Boolean).join(' ')
      return null
    } finally {
      this.busy = false
    }
  }

  #ask(subject: Subject): Promise<{ base64: string; notes: string[] }> {
    const { format, settings, rawFormat } = this
    const { request } = this.api
    if (subject.kind === 'table') {
      const { table } = subject
      return request['tables.write']({ table, format: format as TableFormat, best: true })
    }
    const { figure, runs } = subject
    return rawFormat && this.raw
      ? request['tables.raw']({ ids: [...runs], format: rawFormat })
      : request['figures.write']({ figure, format, settings })
  }

  #forget(): void {
    this.error = ''
    this.notes = []
    this.done = ''
  }

  #keep(): void {
    const { format, settings } = this
    this.storage.setItem(key, JSON.stringify({ format, settings }))
  }
}
