/** A quantity per category: every run as a dot beside its likes, and a box behind them where there are enough. */
import { boxSummary, quartileDefinition } from '../../statistics/quartiles'
import type { Box, Dot, Figure } from '../figure'
import { positionOf, type AxisScale } from '../scale'
import { categoryAxis, numberAxis } from './plot-axis'
import { plotColors } from './plot-colors'
import {
  completeRows,
  rowTitle,
  runCount,
  type PlacedRow,
  type PlotQuantity,
  type PlotRow
} from './plot-data'
import { caption, censoredNotes, dotLayers } from './scatter'

export interface StripSpec {
  x: PlotQuantity
  y: PlotQuantity
  color: PlotQuantity | null
}

/** Quartiles of fewer runs say less than the runs themselves. */
export const boxFrom = 5
/** Dots nearer than this share of the axis are set beside one another. */
const nearness = 0.025
/** Distance of neighbours, and the furthest any dot leaves its category, in units of x. */
const [spacing, reach] = [0.06, 0.36]

export function stripFigure(rows: readonly PlotRow[], { x, y, color }: StripSpec): Figure {
  const { placed, notes } = completeRows(rows, [x, y])
  const numeric = placed.filter(({ values }) => values[1]!.kind === 'number')
  const categories = new Map<string, PlacedRow[]>()
  for (const one of numeric) {
    const text = one.values[0]!.text
    categories.set(text, [...(categories.get(text) ?? []), one])
  }
  const xAxis = categoryAxis(
    x,
    numeric.map(({ values }) => values[0]!),
    (text) => `${text} (n ${categories.get(text)!.length})`
  )
  const yAxis = numberAxis(y, numeric.length > 0 ? numeric.map(numberOf) : [0, 1])
  const drawn = numeric.map(({ row }) => row)
  const colors = plotColors(drawn, color)
  const quantities = [x, y, ...(color ? [color] : [])]
  const dots = [...categories.values()].flatMap((members) => {
    const offsets = spread(members.map(numberOf), yAxis.axis.scale, yAxis.axis.domain)
    return members.map((one, i) => {
      const at = xAxis.at(one.values[0]!)!
      const dot: Dot = {
        ...{ x: at + offsets[i]!, y: numberOf(one), id: one.row.id },
        ...{ title: rowTitle(one.row, quantities), color: colors.of(one.row) }
      }
      return { dot, censored: isCensored(one) }
    })
  })
  const boxes = [...categories].flatMap(([text, members]): Box[] => {
    // A lower bound has no place in a quartile.
    if (members.length < boxFrom || members.some(isCensored)) return []
    const summary = boxSummary(members.map(numberOf))!
    const at = xAxis.at(members[0]!.values[0]!)!
    return [{ ...summary, x: at, color: '--chart-guide', label: text }]
  })
  const unboxed = [...categories.values()].filter((m) => m.length >= boxFrom && m.some(isCensored))
  const censored = dots.filter((d) => d.censored).length
  const said = [
    ...(boxes.length > 0 ? [`boxes from ${boxFrom} runs on: ${quartileDefinition}`] : []),
    ...(unboxed.length > 0 ? ['no box where a run is censored'] : [])
  ]
  return {
    title: `${y.label} by ${x.label}`,
    columns: 1,
    panels: [
      {
        key: 'strip',
        title: `${y.label} by ${x.label}`,
        notes: [runCount(dots.length), ...notes, ...said, ...censoredNotes(censored)],
        x: xAxis.axis,
        y: yAxis.axis,
        layers: [
          ...(boxes.length > 0
            ? [{ kind: 'boxes' as const, key: 'boxes', label: 'Quartiles', boxes }]
            : []),
          ...dotLayers(dots)
        ]
      }
    ],
    // Colours that repeat the categories need no legend.
    legend: color?.id === x.id ? [] : colors.legend,
    caption: `${caption(`${y.label} by ${x.label}`, dots.length, censored, notes)}${said.map((s) => ` ${s[0]!.toUpperCase()}${s.slice(1)}.`).join('')}`
  }
}

function numberOf({ values }: PlacedRow): number {
  const value = values[1]!
  return value.kind === 'number' ? value.value : NaN
}

function isCensored({ values }: PlacedRow): boolean {
  const value = values[1]!
  return value.kind === 'number' && value.censored
}

/**
 * How far each dot is set aside so that dots of nearly equal height stand beside one another: 0, then to the right
 * and to the left by turns. Always the same for the same values.
 */
export function spread(
  values: readonly number[],
  scale: AxisScale,
  [low, high]: readonly [number, number]
): number[] {
  const height = (high - low) * nearness
  const order = values
    .map((value, i) => ({ i, position: positionOf(value, scale) ?? low }))
    .sort((a, b) => a.position - b.position || a.i - b.i)
  const offsets = values.map(() => 0)
  let start = 0
  for (let end = 1; end <= order.length; end++) {
    if (end < order.length && order[end]!.position - order[start]!.position < height) continue
    const group = order.slice(start, end)
    const step = Math.min(spacing, reach / Math.max(1, Math.ceil((group.length - 1) / 2)))
    group.forEach(({ i }, rank) => {
      offsets[i] = (rank % 2 === 1 ? 1 : -1) * Math.ceil(rank / 2) * step || 0
    })
    start = end
  }
  return offsets
}
