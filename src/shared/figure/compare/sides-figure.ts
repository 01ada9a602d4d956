/** The curves of runs side by side: a panel of accuracies per run, all over the same steps. */
import type { RunRow, Series } from '../../contract'
import { seedWords } from '../../run-groups'
import type { View } from '../../view'
import { curvePanel, pointsNote } from '../curve-panel'
import type { Figure, LineLayer, Panel } from '../figure'
import { milestoneMarks } from '../milestone-marks'
import { quantities } from '../quantities'
import { extentOf, scaleFor, type AxisScale, type Extent, type Range } from '../scale'
import { runSplits, type SplitStyle } from '../split-styles'

export interface SidePanelSpec {
  run: Pick<RunRow, 'id' | 'milestones'>
  title: string
  splits: readonly SplitStyle[]
  curves: readonly LineLayer[]
  x: { scale: AxisScale; range: Range }
  /** Of the plot, in px. */
  size: { width: number; height: number }
}

export function sidePanel({ run, title, splits, curves, x, size }: SidePanelSpec): Panel {
  return curvePanel({
    ...{ key: run.id, title, curves, size, notes: [pointsNote(curves)] },
    x: { quantity: quantities.step, ...x },
    y: { label: 'Accuracy', scale: 'linear', ends: [0, 1.02] },
    above: [
      {
        ...{ kind: 'events', key: 'events', label: 'Milestones' },
        marks: milestoneMarks(run.milestones, splits)
      }
    ]
  })
}

/** The steps of all curves on one axis, from 0 on. */
export function sharedExtent(extents: readonly Extent[]): Extent {
  const least = extents.flatMap((extent) => extent.least ?? [])
  return {
    range: [
      Math.min(0, ...extents.map(({ range }) => range[0])),
      Math.max(1, ...extents.map(({ range }) => range[1]))
    ],
    least: least.length > 0 ? Math.min(...least) : null
  }
}

/** Columns that points are reduced to, as in other figures of curves. */
const columns = 800
const size = { width: 560, height: 300 }
const mostPerRow = 3

type ReadSeries = (query: {
  id: string
  names: string[]
  scale: 'log' | 'linear'
  columns: number
  from?: number
  to?: number
}) => Promise<Series[]>

/**
 * @param runs in the order of their columns
 * @param read answers for the series of a run
 */
export async function sidesFigure(
  read: ReadSeries,
  runs: readonly RunRow[],
  { curves: { xScale }, sideZoom }: Pick<View, 'curves' | 'sideZoom'>
): Promise<Figure> {
  const ends = sideZoom && { from: sideZoom[0], to: sideZoom[1] }
  const sides = await Promise.all(
    runs.map(async (run) => {
      const splits = runSplits(run)
      const names = splits.map(({ name }) => `accuracy/${name}`)
      const query = { id: run.id, names, scale: xScale, columns }
      const series = await read({ ...query, ...ends })
      // The axis and its place for 0 follow from everything, whatever is in sight.
      const whole = ends ? await read(query) : series
      return { run, splits, series, extent: extentOf(whole.map(({ points }) => points)) }
    })
  )
  const extent = sharedExtent(sides.flatMap((side) => side.extent ?? []))
  const x = { scale: scaleFor(xScale, extent), range: sideZoom ?? extent.range }
  const panels = sides.map(({ run, splits, series }) => {
    const curves = splits.map((style, i): LineLayer => {
      const { points = [], total = 0 } = series[i] ?? {}
      const { label, short: endLabel } = style
      return {
        ...{ kind: 'line', key: style.name, label, of: run.id, style, points, total, endLabel }
      }
    })
    return sidePanel({ run, title: run.name, splits, curves, x, size })
  })
  const splits = new Map(sides.flatMap((side) => side.splits.map((s) => [s.name, s])))
  const names = runs.map(({ name }) => name).join('; ')
  return {
    ...{ title: 'Runs side by side', panels, columns: Math.min(mostPerRow, panels.length) },
    legend: [...splits.values()].map((style) => ({ key: style.name, label: style.label, style })),
    caption: `Accuracy of ${runs.length} runs (n = 1 each: ${names}; ${seedWords(runs)}) over their steps.${xScale === 'log' ? ' Step is logarithmic.' : ''}`
  }
}
