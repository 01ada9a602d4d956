/** What one run's page shows of its curves: zoom, cursor, hidden splits, and the series behind them. */
import { untrack } from 'svelte'
import { SvelteSet } from 'svelte/reactivity'
import type { LineLayer } from '@shared/figure/figure'
import {
  extentOf,
  nearestIndex,
  scaleFor,
  type AxisScale,
  type Extent,
  type Point,
  type Range,
  type ScaleKind
} from '@shared/figure/scale'
import { measureGroups, memberStyle, type MeasureGroup } from '@shared/figure/measure-groups'
import { plainStyle, runSplits, splitStyles, type SplitStyle } from '@shared/figure/split-styles'
import type { ResumeProof } from '@shared/resume-proof'
import { isActive } from '../run-actions'
import { datasetKind } from '@shared/dataset-config'
import { RunSeries } from './series.svelte'
import type { Runs } from './runs.svelte'
import type { Settings } from './settings.svelte'

export const plainMetrics = ['batchLoss', 'gradNorm', 'lr', 'weightNorm'] as const
const splitMetrics = ['accuracy', 'loss'] as const
const none: readonly Point[] = []
const nothing: Extent = { range: [0, 1], least: 1 }

export class RunView {
  readonly series: RunSeries
  /** Steps in sight; null for all. */
  zoomed = $state.raw<Range | null>(null)
  cursor = $state<number | null>(null)
  pinned = $state(false)
  /** Null where nobody proved that it resumes exactly. */
  proof = $state.raw<ResumeProof | null>(null)
  /** Names of splits that are not drawn. */
  readonly hidden = new SvelteSet<string>()
  /** Width of the widest chart, in px. */
  width = $state(0)
  #stop: () => void

  /** All recorded steps, as far as they were ever read: the series themselves hold what is in sight. */
  #whole = $state.raw<Extent | null>(null)
  readonly extent: Extent = $derived.by(() => {
    const read = extentOf(Object.values(this.series.lines).map(({ points }) => points))
    return (this.zoomed ? this.#whole : read) ?? read ?? nothing
  })

  /** Steps in sight: the zoom, or all that is recorded. */
  readonly range: Range = $derived(this.zoomed ?? this.extent.range)

  /** The axis of steps; zooming does not change it. */
  readonly xScale: AxisScale = $derived.by(() => scaleFor(this.scale, this.extent))

  /** What is recorded beside accuracy, loss and what a batch says, by what is drawn together. */
  readonly further: readonly MeasureGroup[] = $derived.by(() => {
    const names = Object.keys(this.runs.get(this.id)?.last ?? {})
    const usual = ['accuracy', 'loss', 'batchLoss', 'gradNorm']
    return measureGroups(names).filter(({ key }) => !usual.includes(key))
  })
  /** Those of them that are shown. */
  readonly shownFurther: readonly MeasureGroup[] = $derived(
    this.further.filter(({ key }) => this.settings.furtherCurves.includes(key))
  )

  /** The splits that this run has. */
  readonly splits: readonly SplitStyle[] = $derived.by(() => {
    const run = this.runs.get(this.id)
    return run ? runSplits(run) : []
  })

  constructor(
    readonly runs: Runs,
    readonly settings: Settings,
    readonly id: string,
    /** Of steps; left out: as the page of a run has it. */
    readonly stepScale: () => ScaleKind = () => settings.stepScale
  ) {
    this.series = new RunSeries(runs.api, id, () => {
      const splits = splitStyles[datasetKind(runs.get(id)?.config)]
      const names = splitMetrics.flatMap((metric) => splits.map(({ name }) => `${metric}/${name}`))
      return [...names, ...plainMetrics, ...this.furtherNames()]
    })
    const state = $derived(runs.get(id)?.state)
    const live = $derived(state !== undefined && isActive(state) && state !== 'queued')
    // A new scale, zoom, width or start asks the server for the points worth drawing.
    this.#stop = $effect.root(() => {
      $effect(() => {
        const view = { scale: this.scale, columns: this.width, range: this.zoomed }
        // Read so that a run which starts (again, from an older step) or ends is asked for anew, and one of which
        // more is shown.
        void live
        void this.shownFurther.map(({ key }) => key).join()
        if (view.columns > 0) untrack(() => void this.series.load(view))
      })
    })
  }

  /** Asks for the proof of exact resumption; one that cannot be had is none. */
  async loadProof(): Promise<void> {
    this.proof = await this.runs.api.request['runs.proof']({ id: this.id }).catch(() => null)
  }

  get scale(): ScaleKind {
    return this.stepScale()
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
    if (range && !this.zoomed) this.#whole = this.extent
    // Steps are whole: what is between two of them is nothing.
    this.zoomed = range && [Math.floor(range[0]), Math.max(Math.ceil(range[1]), range[0] + 1)]
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
  splitLines(metric: 'accuracy' | 'loss'): LineLayer[] {
    return this.splits
      .filter(({ name }) => !this.hidden.has(name))
      .map((style) => ({
        ...this.#line(`${metric}/${style.name}`, style.label, style),
        endLabel: style.short
      }))
  }

  toggleFurther(key: string): void {
    const { furtherCurves: shown } = this.settings
    this.settings.furtherCurves = shown.includes(key)
      ? shown.filter((other) => other !== key)
      : [...shown, key]
  }

  furtherNames(): string[] {
    return this.shownFurther.flatMap(({ metrics }) => metrics.map(({ name }) => name))
  }

  /** The lines of a group of metrics; those of hidden splits are left out. */
  groupLines({ metrics, ofSplits }: MeasureGroup): LineLayer[] {
    return metrics.flatMap(({ name, label }, place) => {
      const split = ofSplits
        ? this.splits.find((style) => name.endsWith(`/${style.name}`))
        : undefined
      if (split && this.hidden.has(split.name)) return []
      const text = split?.short ?? (metrics.length > 1 ? label : '')
      const line = this.#line(name, split?.label ?? label, memberStyle(place, split))
      return [{ ...line, ...(text && { endLabel: text }) }]
    })
  }

  plainLine(name: (typeof plainMetrics)[number], label: string): LineLayer {
    return this.#line(name, label, plainStyle)
  }

  #line(name: string, label: string, style: LineLayer['style']): LineLayer {
    const total = this.series.lines[name]?.total ?? 0
    return { kind: 'line', key: name, label, of: this.id, style, points: this.points(name), total }
  }

  /** The exact recorded value at the cursor, or the last one; null where the series holds none. */
  value(name: string): { step: number; value: number | null } | null {
    const points = this.points(name)
    const at =
      this.cursor === null ? points.length - 1 : nearestIndex(points, this.cursor, this.xScale)
    const found = points[at]
    return found ? { step: found[0], value: found[1] } : null
  }
}
