/** The recorded values of one run, reduced to what the charts can show, and kept up to date. */
import { UserError } from '@shared/errors'
import type { Api } from '../api'
import type { Range, ScaleKind } from '@shared/figure/scale'
import { appendRows, type Line, type MetricRow } from '../charts/live-lines'

export interface View {
  scale: ScaleKind
  /** Width of the widest chart, in px: more points than this nobody sees. */
  columns: number
  /** Steps in sight; null for all. */
  range: Range | null
}

/** Live lines may grow to this many times their reduced size before they are asked for anew. */
const growth = 3

export class RunSeries {
  status = $state<'loading' | 'ready' | 'failed'>('loading')
  error = $state('')
  lines = $state.raw<Readonly<Record<string, Line>>>({})
  #view: View | null = null
  #asked = 0
  #pending: MetricRow[] = []
  #timer: ReturnType<typeof setTimeout> | null = null
  #stop: (() => void)[]

  constructor(
    readonly api: Api,
    readonly runId: string,
    /** Names of the wanted series, read at every load. */
    readonly names: () => readonly string[]
  ) {
    this.#stop = [
      api.on('metrics.appended', ({ id, rows }) => {
        if (id !== runId) return
        this.#pending.push(...rows)
        // Ten times a second is as often as an eye can follow a chart.
        this.#timer ??= setTimeout(() => this.#flush(), 100)
      }),
      api.onStatus((status) => {
        if (status === 'connected' && this.#view) void this.load(this.#view)
      })
    ]
  }

  async load(view: View): Promise<void> {
    this.#view = view
    const asked = ++this.#asked
    try {
      const series = await this.api.request['metrics.series']({
        id: this.runId,
        names: [...this.names()],
        scale: view.scale,
        columns: Math.min(4000, Math.max(1, Math.round(view.columns))),
        ...(view.range && { from: view.range[0], to: view.range[1] })
      })
      if (asked !== this.#asked) return
      this.#pending = []
      this.lines = Object.fromEntries(
        series.map(({ name, points, total }) => [name, { points, total }])
      )
      this.status = 'ready'
    } catch (error) {
      if (asked !== this.#asked) return
      // A lost line is said in the top bar; the charts stay and are asked for again when it is back.
      if (error instanceof UserError && error.code === 'rpc.closed') return
      this.status = 'failed'
      this.error = error instanceof Error ? error.message : String(error)
    }
  }

  close(): void {
    for (const stop of this.#stop) stop()
    if (this.#timer) clearTimeout(this.#timer)
    this.#asked++
  }

  #flush(): void {
    this.#timer = null
    const rows = this.#pending
    this.#pending = []
    const view = this.#view
    if (!view || this.status !== 'ready') return
    this.lines = appendRows(this.lines, rows, view.range)
    const longest = Math.max(0, ...Object.values(this.lines).map((line) => line.points.length))
    if (longest > growth * 4 * view.columns) void this.load(view)
  }
}
