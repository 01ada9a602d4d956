/** What Compare shows of curves: the runs and groups of the view, the curves read for them, cursor and zoom. */
import { untrack } from 'svelte'
import type { RunRow } from '@shared/contract'
import type { CurvesAnswer, CurvesQuery } from '@shared/curves'
import { UserError } from '@shared/errors'
import type { Figure } from '@shared/figure/figure'
import { figureOfView, mostCurves, mostRuns } from '@shared/figure/compare/export-figure'
import { comparisonQuery } from '@shared/figure/compare/figure'
import { compareGroups, type ComparedGroup } from '@shared/figure/compare/groups'
import { panelsOf } from '@shared/figure/compare/panels'
import type { Range } from '@shared/figure/scale'
import type { CurvesView, PanelSpec } from '@shared/view'
import { isActive } from '../run-actions'
import type { Runs } from './runs.svelte'
import type { ShownRuns } from './shown-runs.svelte'
import type { ViewState } from './view.svelte'

/** Live curves are read anew at most this often, and never for more than a fifth of the time. */
const [restMs, restShare] = [1000, 5]

/** Curves together with what they were read for: what is drawn must not mix two questions. */
export interface Answered {
  view: CurvesView
  panels: readonly PanelSpec[]
  answer: CurvesAnswer
}

export class Comparison {
  status = $state<'loading' | 'ready' | 'failed'>('loading')
  error = $state('')
  answered = $state.raw<Answered | null>(null)
  cursor = $state<number | null>(null)
  pinned = $state(false)
  /** The panel whose values stand in the table. */
  active = $state(0)
  /** Key of the group that stands out. */
  lit = $state<string | null>(null)
  /** Of one panel, in px. */
  width = $state(0)
  #asked = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #tookMs = 0
  #stop: (() => void)[]

  /** Those that Compare's query finds of the runs chosen; those hidden are among them. */
  readonly found: readonly RunRow[] = $derived.by(() => this.shown.narrowed)
  /** The first of them, as many as are drawn. */
  readonly chosen: readonly RunRow[] = $derived.by(() =>
    this.found.slice(0, mostRuns(this.view.current.curves))
  )
  readonly groups: readonly ComparedGroup[] = $derived.by(() =>
    compareGroups(this.chosen, this.view.current.curves.group).slice(0, mostCurves)
  )
  readonly visible: readonly ComparedGroup[] = $derived.by(() =>
    this.groups.filter((group) => !this.isHidden(group))
  )
  readonly panels: readonly PanelSpec[] = $derived.by(() =>
    panelsOf(this.view.current.curves, this.chosen)
  )
  readonly extent: Range = $derived(this.answered?.answer.extent?.range ?? [0, 1])

  constructor(
    readonly runs: Runs,
    readonly view: ViewState,
    readonly shown: ShownRuns
  ) {
    const query = $derived.by((): CurvesQuery => {
      const { curves } = view.current
      // Hidden ones are read too: showing them again is then a matter of drawing.
      return comparisonQuery(curves, this.panels, this.groups, this.width)
    })
    // Rows change many times a second while a run is at work; what is asked for does not.
    const asked = $derived(JSON.stringify(query))
    this.#stop = [
      $effect.root(() => {
        $effect(() => {
          void asked
          if (this.width > 0) untrack(() => void this.load(query))
        })
      }),
      runs.api.on('metrics.appended', ({ id }) => {
        if (this.chosen.some((run) => run.id === id && isActive(run.state))) this.#again(query)
      }),
      runs.api.onStatus((status) => {
        if (status === 'connected' && this.width > 0) void this.load(query)
      })
    ]
    this.reload = () => void this.load(query)
  }

  readonly reload: () => void

  async load(query: CurvesQuery): Promise<void> {
    const asked = ++this.#asked
    clearTimeout(this.#timer)
    this.#timer = undefined
    const { curves: view } = this.view.current
    const { panels } = this
    const from = performance.now()
    try {
      const answer = await this.runs.api.request['metrics.curves'](query)
      if (asked !== this.#asked) return
      this.#tookMs = performance.now() - from
      this.answered = { view, panels, answer }
      this.status = 'ready'
    } catch (error) {
      if (asked !== this.#asked) return
      // A lost line is said in the top bar; the charts stay and are asked for again when it is back.
      if (error instanceof UserError && error.code === 'rpc.closed') return
      this.status = 'failed'
      this.error = error instanceof Error ? error.message : String(error)
    }
  }

  #again(query: CurvesQuery): void {
    this.#timer ??= setTimeout(
      () => void this.load(query),
      Math.max(restMs, restShare * this.#tookMs)
    )
  }

  /** What is shown as a figure for a file: read anew, so that it does not depend on the window. */
  figure(): Promise<Figure> {
    const { hidden, curves } = this.view.current
    const shown = this.chosen.filter(({ id }) => !hidden.includes(id))
    return figureOfView(this.runs.api.request['metrics.curves'], shown, curves)
  }

  close(): void {
    for (const stop of this.#stop) stop()
    clearTimeout(this.#timer)
    this.#asked++
  }

  isHidden({ runs }: ComparedGroup): boolean {
    const { hidden } = this.view.current
    return runs.every(({ id }) => hidden.includes(id))
  }

  toggle(group: ComparedGroup): void {
    const ids = group.runs.map(({ id }) => id)
    const { hidden } = this.view.current
    const others = hidden.filter((id) => !ids.includes(id))
    this.view.change({ hidden: this.isHidden(group) ? others : [...others, ...ids] })
  }

  zoom(range: Range | null): void {
    this.clearCursor()
    const { x } = this.view.current.curves
    // Steps are whole: what is between two of them is nothing.
    const whole = (ends: Range): [number, number] => [
      Math.floor(ends[0]),
      Math.max(Math.ceil(ends[1]), Math.floor(ends[0]) + 1)
    ]
    const zoom = range && (x === 'step' ? whole(range) : ([...range] as [number, number]))
    this.view.changeCurves({ zoom }, 'zoom')
  }

  moveCursor(x: number | null, panel: number): void {
    if (this.pinned) return
    this.cursor = x
    if (x !== null) this.active = panel
  }

  togglePin(panel: number): void {
    this.pinned = !this.pinned && this.cursor !== null
    this.active = panel
  }

  clearCursor(): void {
    this.pinned = false
    this.cursor = null
  }
}
