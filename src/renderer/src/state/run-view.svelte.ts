/** What one run's page shows of its curves: zoom, cursor, hidden splits, and the series behind them. */
import { untrack } from 'svelte'
import { SvelteSet } from 'svelte/reactivity'
import {
  nearestIndex,
  stepRange,
  type Point,
  type Range,
  type ScaleKind
} from '@shared/figure/scale'
import { plainStyle, runSplits, splitStyles, type SplitStyle } from '@shared/figure/split-styles'
import type { ChartLine } from '../charts/line-chart'
import { isActive } from '../run-actions'
import { datasetKind } from '@shared/dataset-config'
import { RunSeries } from './series.svelte'
import type { Runs } from './runs.svelte'
import type { Settings } from './settings.svelte'

export const plainMetrics = ['batchLoss', 'gradNorm', 'lr', 'weightNorm'] as const
const splitMetrics = ['accuracy', 'loss'] as const
const none: readonly Point[] = []

export class RunView {
  readonly series: RunSeries
  /** Steps in sight; null for all. */
  zoomed = $state.raw<Range | null>(null)
  cursor = $state<number | null>(null)
  pinned = $state(false)
  /** Names of splits that are not drawn. */
  readonly hidden = new SvelteSet<string>()
  /** Width of the widest chart, in px. */
  width = $state(0)
  #stop: () => void

  /** Steps in sight: the zoom, or all that is recorded. */
  readonly range: Range = $derived.by(
    () => this.zoomed ?? stepRange(Object.values(this.series.lines).map((l) => l.points)) ?? [0, 1]
  )

  /** The splits that this run has. */
  readonly splits: readonly SplitStyle[] = $derived.by(() => {
    const run = this.runs.get(this.id)
    return run ? runSplits(run) : []
  })

  constructor(
    readonly runs: Runs,
    readonly settings: Settings,
    readonly id: string
  ) {
    this.series = new RunSeries(runs.api, id, () => {
      const splits = splitStyles[datasetKind(runs.get(id)?.config)]
      const names = splitMetrics.flatMap((metric) => splits.map(({ name }) => `${metric}/${name}`))
      return [...names, ...plainMetrics]
    })
    const state = $derived(runs.get(id)?.state)
    const live = $derived(state !== undefined && isActive(state) && state !== 'queued')
    // A new scale, zoom, width or start asks the server for the points worth drawing.
    this.#stop = $effect.root(() => {
      $effect(() => {
        const view = { scale: settings.stepScale, columns: this.width, range: this.zoomed }
        // Read so that a run which starts (again, from an older step) or ends is asked for anew.
        void live
        if (view.columns > 0) untrack(() => void this.series.load(view))
      })
    })
  }

  get scale(): ScaleKind {
    return this.settings.stepScale
  }

  close(): void {
    this.#stop()
    this.series.close()
  }

  reload(): void {
    const { scale, width: columns, zoomed: range } = this
    void this.series.load({ scale, columns, range })
  }

  zoom(range: Range | null): void {
    // A cursor left outside what is in sight would be read, but not seen.
    this.clearCursor()
    this.zoomed = range
  }

  moveCursor(step: number | null): void {
    if (!this.pinned) this.cursor = step
  }

  togglePin(): void {
    this.pinned = !this.pinned && this.cursor !== null
  }

  clearCursor(): void {
    this.pinned = false
    this.cursor = null
  }

  toggle(split: string): void {
    if (!this.hidden.delete(split)) this.hidden.add(split)
  }

  points(name: string): readonly Point[] {
    return this.series.lines[name]?.points ?? none
  }

  /** The lines of a metric over the run's splits that are not hidden. */
  splitLines(metric: 'accuracy' | 'loss'): ChartLine[] {
    return this.splits
      .filter(({ name }) => !this.hidden.has(name))
      .map((style) => ({
        key: style.name,
        label: style.short,
        style,
        points: this.points(`${metric}/${style.name}`)
      }))
  }

  plainLines(name: (typeof plainMetrics)[number]): ChartLine[] {
    return [{ key: name, label: '', style: plainStyle, points: this.points(name) }]
  }

  /** Points drawn and points recorded, over the given series. */
  counts(names: readonly string[]): { drawn: number; recorded: number } {
    let drawn = 0
    let recorded = 0
    for (const name of names) {
      drawn += this.points(name).length
      recorded += this.series.lines[name]?.total ?? 0
    }
    return { drawn, recorded }
  }

  /** The exact recorded value at the cursor, or the last one; null where the series holds none. */
  value(name: string): { step: number; value: number | null } | null {
    const points = this.points(name)
    const at =
      this.cursor === null ? points.length - 1 : nearestIndex(points, this.cursor, this.scale)
    const found = points[at]
    return found ? { step: found[0], value: found[1] } : null
  }
}
