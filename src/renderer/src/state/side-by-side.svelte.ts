/** Runs in columns: which, their common ground, the table of what they came to, and curves with one zoom and cursor. */
import { untrack } from 'svelte'
import { mostSides, sidesOf, type Sides } from '@shared/compare/sides'
import type { RunRow } from '@shared/contract'
import { sharedExtent, sidesFigure } from '@shared/figure/compare/sides-figure'
import type { Figure } from '@shared/figure/figure'
import {
  scaleFor,
  type AxisScale,
  type Extent,
  type Range,
  type ScaleKind
} from '@shared/figure/scale'
import { RunView } from './run-view.svelte'
import type { Runs } from './runs.svelte'
import type { Settings } from './settings.svelte'
import type { ShownRuns } from './shown-runs.svelte'
import type { ViewState } from './view.svelte'

export class SideBySide {
  /** One per run in sight, kept as long as it stays. */
  views = $state.raw<Readonly<Record<string, RunView>>>({})
  /** Steps of the checkpoints that are kept, as far as they were asked for. */
  checkpoints = $state.raw<Readonly<Record<string, readonly number[]>>>({})
  cursor = $state<number | null>(null)
  pinned = $state(false)
  #stop: () => void

  readonly runs: readonly RunRow[] = $derived.by(() => this.shown.compared.slice(0, mostSides))
  readonly sides: Sides = $derived.by(() => sidesOf(this.runs, this.all.list, this.view.current))
  readonly zoomed: Range | null = $derived.by(() => this.view.current.sideZoom)
  /** The steps of all of them on one axis. */
  readonly extent: Extent = $derived.by(() =>
    sharedExtent(Object.values(this.views).map(({ extent }) => extent))
  )
  readonly xScale: AxisScale = $derived.by(() =>
    scaleFor(this.view.current.curves.xScale, this.extent)
  )
  readonly range: Range = $derived(this.zoomed ?? this.extent.range)

  constructor(
    readonly all: Runs,
    readonly settings: Settings,
    readonly view: ViewState,
    readonly shown: ShownRuns
  ) {
    const ids = $derived(this.runs.map(({ id }) => id).join('\n'))
    const kept = $derived(
      JSON.stringify(this.runs.map(({ id, lastCheckpoint }) => [id, lastCheckpoint]))
    )
    this.#stop = $effect.root(() => {
      $effect(() => {
        const wanted = ids === '' ? [] : ids.split('\n')
        untrack(() => this.#keep(wanted))
      })
      $effect(() => {
        void kept
        untrack(() => void this.#loadCheckpoints())
      })
      $effect(() => {
        const range = this.zoomed
        const views = Object.values(this.views)
        untrack(() => {
          for (const one of views) one.zoom(range)
        })
      })
    })
  }

  /** Takes a run out of the columns. */
  remove(id: string): void {
    const picked = this.runs.map((run) => run.id).filter((other) => other !== id)
    this.view.change({ picked })
  }

  /** Declares a setting as what the comparison is about, or takes it back. */
  toggleQuestion(path: string): void {
    const now = this.sides.question
    const question = now.includes(path) ? now.filter((one) => one !== path) : [...now, path]
    this.view.change({ question })
  }

  toggleBaseline(id: string): void {
    this.view.change({ baseline: this.view.current.baseline === id ? null : id })
  }

  zoom(range: Range | null): void {
    this.pinned = false
    this.cursor = null
    // Steps are whole: what is between two of them is nothing.
    const low = range && Math.max(0, Math.floor(range[0]))
    const sideZoom: [number, number] | null =
      range && low !== null ? [low, Math.max(Math.ceil(range[1]), low + 1)] : null
    this.view.change({ sideZoom }, 'zoom')
  }

  /** The curves as a figure for a file, read anew. */
  figure(): Promise<Figure> {
    return sidesFigure(this.all.api.request['metrics.series'], this.runs, this.view.current)
  }

  moveCursor(step: number | null): void {
    if (this.pinned) return
    this.cursor = step
    for (const view of Object.values(this.views)) view.cursor = step
  }

  togglePin(): void {
    this.pinned = !this.pinned && this.cursor !== null
  }

  close(): void {
    this.#stop()
    for (const view of Object.values(this.views)) view.close()
  }

  #keep(ids: readonly string[]): void {
    const before = this.views
    this.views = Object.fromEntries(
      ids.map((id) => {
        const kept = before[id]
        const scale = (): ScaleKind => this.view.current.curves.xScale
        return [id, kept ?? new RunView(this.all, this.settings, id, scale)]
      })
    )
    for (const [id, view] of Object.entries(before)) if (!this.views[id]) view.close()
  }

  async #loadCheckpoints(): Promise<void> {
    const answers = await Promise.allSettled(
      this.runs.map(async ({ id }) => {
        const { steps } = await this.all.api.request['runs.checkpoints']({ id })
        return [id, steps] as const
      })
    )
    // A run without a folder any more has none; the next change of the list asks again.
    const known = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
    this.checkpoints = { ...this.checkpoints, ...Object.fromEntries(known) }
  }
}
