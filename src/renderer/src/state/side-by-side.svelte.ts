/** Runs in columns: which, their common ground, the table of what they came to, and curves with one zoom and cursor. */
import { untrack } from 'svelte'
import { likelyQuestion } from '@shared/compare/difference-roles'
import { findGround, type CommonGround } from '@shared/compare/ground-findings'
import { compareSections, type CompareSection } from '@shared/compare/side-by-side'
import type { RunRow } from '@shared/contract'
import { scaleFor, type AxisScale, type Extent, type Range } from '@shared/figure/scale'
import { RunView } from './run-view.svelte'
import type { Runs } from './runs.svelte'
import type { Settings } from './settings.svelte'
import type { ShownRuns } from './shown-runs.svelte'
import type { ViewState } from './view.svelte'

/** More columns than this leave too little room for any of them. */
export const mostColumns = 6

export class SideBySide {
  /** One per run in sight, kept as long as it stays. */
  views = $state.raw<Readonly<Record<string, RunView>>>({})
  /** Steps of the checkpoints that are kept, as far as they were asked for. */
  checkpoints = $state.raw<Readonly<Record<string, readonly number[]>>>({})
  zoomed = $state.raw<Range | null>(null)
  cursor = $state<number | null>(null)
  pinned = $state(false)
  #stop: () => void

  readonly runs: readonly RunRow[] = $derived.by(() => this.shown.compared.slice(0, mostColumns))
  readonly question: readonly string[] = $derived.by(
    () => this.view.current.question ?? likelyQuestion(this.runs.map(({ config }) => config))
  )
  readonly ground: CommonGround = $derived.by(() => findGround(this.runs, this.question))
  /** The run that others are measured against, where it is among them. */
  readonly baseline: RunRow | null = $derived.by(
    () => this.runs.find(({ id }) => id === this.view.current.baseline) ?? null
  )
  readonly sections: readonly CompareSection[] = $derived.by(() =>
    compareSections(this.runs, this.all.list, this.ground, this.baseline?.id ?? null)
  )
  /** The steps of all of them on one axis. */
  readonly extent: Extent = $derived.by(() => {
    const extents = Object.values(this.views).map(({ extent }) => extent)
    const least = extents.flatMap((extent) => extent.least ?? [])
    return {
      range: [
        Math.min(0, ...extents.map(({ range }) => range[0])),
        Math.max(1, ...extents.map(({ range }) => range[1]))
      ],
      least: least.length > 0 ? Math.min(...least) : null
    }
  })
  readonly xScale: AxisScale = $derived.by(() => scaleFor(this.settings.stepScale, this.extent))
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
    })
  }

  /** Takes a run out of the columns. */
  remove(id: string): void {
    const picked = this.runs.map((run) => run.id).filter((other) => other !== id)
    this.view.change({ picked })
  }

  /** Declares a setting as what the comparison is about, or takes it back. */
  toggleQuestion(path: string): void {
    const now = this.question
    const question = now.includes(path) ? now.filter((one) => one !== path) : [...now, path]
    this.view.change({ question })
  }

  toggleBaseline(id: string): void {
    this.view.change({ baseline: this.view.current.baseline === id ? null : id })
  }

  zoom(range: Range | null): void {
    this.pinned = false
    this.cursor = null
    this.zoomed = range
    for (const view of Object.values(this.views)) view.zoom(range)
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
        const view = kept ?? new RunView(this.all, this.settings, id)
        if (!kept && this.zoomed) view.zoom(this.zoomed)
        return [id, view]
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
