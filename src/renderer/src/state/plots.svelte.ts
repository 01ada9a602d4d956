/** The plot that the view asks for over the compared runs, and the values that have to be asked for it. */
import { untrack } from 'svelte'
import type { RunRow } from '@shared/contract'
import {
  drawPlot,
  placedColumns,
  plotFields,
  type DrawnPlot,
  type PlotFields
} from '@shared/figure/plots/plot-figure'
import { placedMetrics, type PlacedMetrics } from '@shared/figure/plots/plot-quantities'
import { proposePlot, type PlotChoice } from '@shared/figure/plots/propose-plot'
import type { PlotsView } from '@shared/view'
import type { Api } from '../api'
import type { Clock } from './clock.svelte'
import type { ShownRuns } from './shown-runs.svelte'
import type { ViewState } from './view.svelte'

export class Plots {
  placed = $state.raw<PlacedMetrics>({})
  status = $state<'ready' | 'loading' | 'failed'>('ready')
  error = $state('')
  #asked = 0
  #stop: () => void

  constructor(
    readonly api: Api,
    readonly view: ViewState,
    readonly shown: ShownRuns,
    readonly clock: Clock
  ) {
    const question = $derived(
      JSON.stringify([placedColumns(this.fields), this.runs.map(({ id, step }) => [id, step])])
    )
    this.#stop = $effect.root(() => {
      $effect(() => {
        // A new column, or runs that got further, are asked for anew.
        void question
        untrack(() => void this.load())
      })
    })
  }

  readonly runs: readonly RunRow[] = $derived.by(() => this.shown.compared)
  readonly choice: PlotChoice = $derived.by(() => proposePlot(this.runs, this.view.current.plots))
  readonly fields: PlotFields = $derived.by(() => plotFields(this.choice))
  readonly drawn: DrawnPlot | null = $derived.by(() =>
    // Durations of runs at work are read off once per drawing, not every second.
    drawPlot(
      this.runs,
      this.choice,
      this.placed,
      untrack(() => this.clock.now)
    )
  )

  /** Changes fields of the plot. */
  change(fields: Partial<PlotsView>, kind: string | null = null): void {
    this.view.change({ plots: { ...this.view.current.plots, ...fields } }, kind)
  }

  async load(): Promise<void> {
    const columns = placedColumns(this.fields)
    const ids = this.runs.map(({ id }) => id)
    const asked = ++this.#asked
    if (columns.length === 0 || ids.length === 0) {
      this.status = 'ready'
      return
    }
    this.status = 'loading'
    try {
      const answers = await this.api.request['metrics.values']({
        ids,
        columns: columns.map(({ id, at = 'last' }) => ({ name: id.replace(/^metric:/, ''), at }))
      })
      if (asked !== this.#asked) return
      this.placed = placedMetrics(columns, ids, answers)
      this.status = 'ready'
    } catch (error) {
      if (asked !== this.#asked) return
      this.status = 'failed'
      this.error = error instanceof Error ? error.message : String(error)
    }
  }

  close(): void {
    this.#stop()
    this.#asked++
  }
}
