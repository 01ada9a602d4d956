/** The figure of a plot: what the page shows, exports write and `npx grokscope plot` draws. */
import type { RunRow } from '../../contract'
import type { PlotColumn } from '../../view'
import type { Figure } from '../figure'
import type { ScaleKind } from '../scale'
import { heatMapFigure } from './heat-map'
import { drawnRows, parallelFigure, parallelPlaces, type ParallelPlaces } from './parallel'
import type { PlotRow } from './plot-data'
import {
  columnKey,
  isPlaced,
  plotField,
  plotRows,
  type PlacedMetrics,
  type PlotField
} from './plot-quantities'
import type { PlotChoice } from './propose-plot'
import { scatterFigure } from './scatter'
import { stripFigure } from './strip'

/** A plot's columns as fields; null for one that names nothing, or is not used. */
export interface PlotFields {
  x: PlotField | null
  y: PlotField | null
  color: PlotField | null
  axes: PlotField[]
}

export interface DrawnPlot {
  figure: Figure
  rows: PlotRow[]
  /** Of parallel coordinates: where every run crosses every axis. */
  places: ParallelPlaces | null
}

function withScale(found: PlotField | null, scale: ScaleKind | null): PlotField | null {
  return found && scale ? { ...found, quantity: { ...found.quantity, scale } } : found
}

export function plotFields({ kind, x, y, color, axes, xScale, yScale }: PlotChoice): PlotFields {
  const colored = color === 'own' || color === null ? null : plotField(color)
  if (kind === 'parallel') {
    const found = axes.flatMap((column) => plotField(column) ?? [])
    return { x: null, y: null, color: colored, axes: found }
  }
  return {
    x: withScale(plotField(x), xScale),
    y: withScale(plotField(y), yScale),
    color: colored,
    axes: []
  }
}

/** Columns whose values the server has to be asked for, without repeats. */
export function placedColumns(fields: PlotFields): PlotColumn[] {
  const used = [fields.x, fields.y, fields.color, ...fields.axes].flatMap((f) => f?.column ?? [])
  const wanted = new Map(used.filter(isPlaced).map((column) => [columnKey(column), column]))
  return [...wanted.values()]
}

/**
 * @param placed answers for `placedColumns`
 * @param now Unix milliseconds, for durations of runs at work
 * @returns null where an axis names nothing
 */
export function drawPlot(
  runs: readonly RunRow[],
  choice: PlotChoice,
  placed: PlacedMetrics,
  now: number
): DrawnPlot | null {
  const fields = plotFields(choice)
  const used = [fields.x, fields.y, fields.color, ...fields.axes].filter((f) => f !== null)
  const rows = plotRows(runs, used, placed, now)
  const color = fields.color?.quantity ?? null
  if (choice.kind === 'parallel') {
    const axes = fields.axes.map(({ quantity }) => quantity)
    if (axes.length < 2) return null
    const figure = parallelFigure(rows, { axes, color, brushes: choice.brushes })
    return { figure, rows, places: parallelPlaces(drawnRows(rows, axes), axes) }
  }
  if (!fields.x || !fields.y) return null
  const [x, y] = [fields.x.quantity, fields.y.quantity]
  switch (choice.kind) {
    case 'scatter':
      return { figure: scatterFigure(rows, { x, y, color }), rows, places: null }
    case 'strip':
      return { figure: stripFigure(rows, { x, y, color }), rows, places: null }
    case 'heat': {
      if (!color) return null
      // Only events are reached or not.
      const statistic = choice.statistic === 'share' && !color.event ? 'median' : choice.statistic
      return { figure: heatMapFigure(rows, { x, y, value: color, statistic }), rows, places: null }
    }
    default:
      return choice.kind satisfies never
  }
}
