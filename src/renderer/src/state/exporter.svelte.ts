/** What is about to be saved as a file, and how: one figure or table at a time, whichever place it is shown in. */
import type { Api } from '../api'
import { UserError } from '@shared/errors'
import type { Figure } from '@shared/figure/figure'
import { drawFigure } from '@shared/figure/drawing/draw-figure'
import { FigureSettings } from '@shared/figure/drawing/settings'
import {
  fileName,
  figureFormats,
  mediaTypes,
  tableFormats,
  type FigureFormat,
  type TableFormat
} from '@shared/figure/formats'
import { writeSvg } from '@shared/figure/svg'
import type { TableData } from '@shared/table-data'
import { saveFile } from '../save-file'
import type { Notices } from './notices.svelte'

export type Subject = { kind: 'figure'; figure: Figure } | { kind: 'table'; table: TableData }

export interface Preview {
  svg: string
  /** Points. */
  width: number
  height: number
}

const key = 'export'

export class Exporter {
  /** A snapshot: a run that goes on does not change what is being saved. */
  subject = $state.raw<Subject | null>(null)
  format = $state<FigureFormat>('svg')
  settings = $state.raw<FigureSettings>(FigureSettings.parse({}))
  busy = $state(false)
  error = $state('')
  notes = $state.raw<readonly string[]>([])
  /** What was done last, for a moment: "Copied". */
  done = $state('')

  readonly formats: readonly FigureFormat[] = $derived(
    this.subject?.kind === 'table' ? tableFormats : figureFormats
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

  open(figure: Figure): void {
    this.#show({ kind: 'figure', figure })
  }

  /** For a figure that has to be read first. */
  async openLater(figure: Promise<Figure>): Promise<void> {
    try {
      this.open(await figure)
    } catch (error) {
      this.notices.failed(error)
    }
  }

  openTable(table: TableData): void {
    this.#show({ kind: 'table', table })
  }

  #show(subject: Subject): void {
    this.subject = subject
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

  get fileName(): string {
    const { subject, format } = this
    const title =
      subject?.kind === 'table'
        ? subject.table.title
        : subject?.figure.title || subject?.figure.panels.map((panel) => panel.title).join(' ')
    return fileName(title ?? '', format)
  }

  async #write(): Promise<Uint8Array<ArrayBuffer> | null> {
    const { subject, format, settings } = this
    if (!subject || this.busy) return null
    this.#forget()
    this.busy = true
    try {
      const { request } = this.api
      const { base64, notes } =
        subject.kind === 'figure'
          ? await request['figures.write']({ figure: subject.figure, format, settings })
          : await request['tables.write']({
              ...{ table: subject.table, format: format as TableFormat, best: true }
            })
      this.notes = notes
      return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    } catch (error) {
      const hint = error instanceof UserError ? error.hint : ''
      const said = error instanceof Error ? error.message : String(error)
      this.error = [said, hint].filter(Boolean).join(' ')
      return null
    } finally {
      this.busy = false
    }
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
