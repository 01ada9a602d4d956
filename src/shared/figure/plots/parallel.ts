/** Parallel coordinates: an axis per quantity beside one another, and a line per run through all of them. */
import type { DotLayer, Figure, LineLayer } from '../figure'
import { positionOf, type Range } from '../scale'
import { plotAxis, type PlotAxis } from './plot-axis'
import { plotColors } from './plot-colors'
import { rowTitle, runCount, valueOf, type PlotQuantity, type PlotRow } from './plot-data'

/** What of an axis is let through: two ends in shares of its height, 0 at the bottom. */
export interface Brush {
  axis: string
  low: number
  high: number
}

export interface ParallelSpec {
  axes: readonly PlotQuantity[]
  color: PlotQuantity | null
  brushes: readonly Brush[]
}

/** The heights of a run on each axis, from 0 at the bottom to 1; null where it has no value. */
export type Heights = readonly (number | null)[]

export interface ParallelPlaces {
  axes: readonly { quantity: PlotQuantity; plot: PlotAxis }[]
  heights: ReadonlyMap<string, Heights>
}

const share = (position: number, [low, high]: Range): number => (position - low) / (high - low)

/** Where every run crosses every axis. */
export function parallelPlaces(
  rows: readonly PlotRow[],
  quantities: readonly PlotQuantity[]
): ParallelPlaces {
  const axes = quantities.map((quantity) => {
    const values = rows.flatMap((row) => valueOf(row, quantity) ?? [])
    return { quantity, plot: plotAxis(quantity, values) }
  })
  const heights = rows.map((row): [string, Heights] => [
    row.id,
    axes.map(({ quantity, plot }) => {
      const value = valueOf(row, quantity)
      const at = value && positionOf(plot.at(value), plot.axis.scale)
      return at === null ? null : share(at, plot.axis.domain)
    })
  ])
  return { axes, heights: new Map(heights) }
}

/** The runs that every brush lets through; a run without a value on a brushed axis is not. */
export function brushedIds(
  { axes, heights }: ParallelPlaces,
  brushes: readonly Brush[]
): Set<string> {
  const wanted = brushes.flatMap(({ axis, low, high }) => {
    const i = axes.findIndex(({ quantity }) => quantity.id === axis)
    return i < 0 ? [] : [{ i, low, high }]
  })
  const through = [...heights].filter(([, at]) =>
    wanted.every(({ i, low, high }) => {
      const height = at[i] ?? null
      return height !== null && height >= low && height <= high
    })
  )
  return new Set(through.map(([id]) => id))
}

/** A run with a value on one axis alone is no line. */
export const drawnRows = (
  rows: readonly PlotRow[],
  quantities: readonly PlotQuantity[]
): PlotRow[] => rows.filter((row) => quantities.filter((q) => valueOf(row, q)).length > 1)

export function parallelFigure(rows: readonly PlotRow[], spec: ParallelSpec): Figure {
  const { axes: quantities, color, brushes } = spec
  const drawn = drawnRows(rows, quantities)
  const places = parallelPlaces(drawn, quantities)
  const through = brushedIds(places, brushes)
  const colors = plotColors(drawn, color)
  const told = color && !quantities.includes(color) ? [...quantities, color] : quantities
  const lines = drawn.map((row): LineLayer => {
    const points = places.heights.get(row.id)!.map((y, x) => [x, y] as const)
    return {
      ...{ kind: 'line', key: row.id, label: rowTitle(row, told), of: row.id },
      style: { color: colors.of(row), dash: [], width: 1.25, marker: 'circle' },
      points,
      ...(!through.has(row.id) && { faint: true }),
      total: points.length
    }
  })
  const faint = lines.filter((line) => line.faint)
  const censored = censoredDots(drawn, places, quantities, colors.of)
  const title = `Parallel coordinates over ${quantities.length} axes`
  const notes = [
    brushes.length > 0
      ? `${through.size} of ${runCount(drawn.length)} let through`
      : runCount(drawn.length),
    ...(drawn.length < rows.length
      ? [`${runCount(rows.length - drawn.length)} with fewer than two values`]
      : []),
    ...(censored.dots.length > 0 ? ['hollow: not reached by the last evaluation'] : [])
  ]
  return {
    title,
    columns: 1,
    panels: [
      {
        ...{ key: 'parallel', title, notes },
        x: {
          label: '',
          scale: { kind: 'category', labels: quantities.map(({ label }) => label) },
          domain: [-0.5, Math.max(1, quantities.length) - 0.5],
          ticks: []
        },
        y: { label: '', scale: { kind: 'linear' }, domain: [0, 1], ticks: [] },
        layers: [
          ...faint,
          ...lines.filter((line) => !line.faint),
          {
            ...{ kind: 'axes' as const, key: 'axes', label: 'Axes' },
            axes: places.axes.map(({ plot: { axis } }, x) => ({
              x,
              label: axis.label,
              ticks: axis.ticks.map(({ position, label }) => ({
                position: share(position, axis.domain),
                label
              }))
            }))
          },
          ...(censored.dots.length > 0 ? [censored] : [])
        ]
      }
    ],
    legend: colors.legend,
    caption: `${title}: ${quantities.map(({ label }) => label).join(', ')}; ${notes.join(', ')}.`
  }
}

function censoredDots(
  rows: readonly PlotRow[],
  { heights }: ParallelPlaces,
  quantities: readonly PlotQuantity[],
  color: (row: PlotRow) => string
): DotLayer {
  const dots = rows.flatMap((row) =>
    quantities.flatMap((quantity, x) => {
      const value = valueOf(row, quantity)
      const y = heights.get(row.id)![x] ?? null
      if (value?.kind !== 'number' || !value.censored || y === null) return []
      return [
        { x, y, id: row.id, title: rowTitle(row, quantities), color: color(row), hollow: true }
      ]
    })
  )
  return { kind: 'dots', key: 'censored', label: 'Not yet reached', marker: 'triangle', dots }
}
