/** Two quantities against one another, a dot per run. */
import type { Axis, Dot, DotLayer, Figure } from '../figure'
import { positionOf } from '../scale'
import { plotAxis } from './plot-axis'
import { plotColors } from './plot-colors'
import {
  completeRows,
  rowTitle,
  runCount,
  type PlotQuantity,
  type PlotRow,
  type PlotValue
} from './plot-data'

export interface ScatterSpec {
  x: PlotQuantity
  y: PlotQuantity
  /** Null: each run in its own colour. */
  color: PlotQuantity | null
}

const isCensored = (value: PlotValue): boolean => value.kind === 'number' && value.censored

/** Dots nearer than this share of both axes lie at one place. */
const samePlace = 0.004
/** Distance of such dots in px, and the furthest that any is drawn from its place. */
const [apart, furthest] = [7, 28]
/** The angle at which sunflowers set their seeds: no two of them in one direction. */
const goldenAngle = Math.PI * (3 - Math.sqrt(5))

/**
 * Dots at one place are drawn around it, the first in the middle, the second to its right, always in the same way;
 * their values stay.
 * @returns how many are drawn beside their place
 */
export function setAside(
  dots: readonly Dot[],
  axes: readonly [Axis, Axis]
): {
  dots: Dot[]
  moved: number
} {
  const cell = (value: number, { scale, domain: [low, high] }: Axis): number =>
    Math.round((positionOf(value, scale) ?? low) / ((high - low || 1) * samePlace))
  const places = dots.map(({ x, y }) => `${cell(x, axes[0])} ${cell(y, axes[1])}`)
  const counts = new Map<string, number>()
  for (const place of places) counts.set(place, (counts.get(place) ?? 0) + 1)
  const met = new Map<string, number>()
  let moved = 0
  const placed = dots.map((dot, i): Dot => {
    const rank = met.get(places[i]!) ?? 0
    met.set(places[i]!, rank + 1)
    if (rank === 0) return dot
    moved++
    const distance =
      Math.min(apart, furthest / Math.sqrt(counts.get(places[i]!)!)) * Math.sqrt(rank)
    const [right, down] = [Math.cos((rank - 1) * goldenAngle), Math.sin((rank - 1) * goldenAngle)]
    const tenth = (px: number): number => Math.round(10 * px * distance) / 10
    return { ...dot, aside: [tenth(right), tenth(down)] }
  })
  return { dots: placed, moved }
}

export function scatterFigure(rows: readonly PlotRow[], { x, y, color }: ScatterSpec): Figure {
  const { placed, notes } = completeRows(rows, [x, y])
  const drawn = placed.map(({ row }) => row)
  const [ofX, ofY] = [0, 1].map((i) => placed.map(({ values }) => values[i]!)) as [
    PlotValue[],
    PlotValue[]
  ]
  const [xAxis, yAxis] = [plotAxis(x, ofX), plotAxis(y, ofY)]
  const colors = plotColors(drawn, color)
  const quantities = [x, y, ...(color ? [color] : [])]
  const dots = placed.flatMap(({ row, values }) => {
    const [px, py] = [xAxis.at(values[0]!), yAxis.at(values[1]!)]
    if (px === null || py === null) return []
    const dot: Dot = {
      ...{ x: px, y: py, id: row.id },
      ...{ title: rowTitle(row, quantities), color: colors.of(row) }
    }
    return [{ dot, censored: values.some(isCensored) }]
  })
  const censored = dots.filter((d) => d.censored).length
  const set = setAside(
    dots.map(({ dot }) => dot),
    [xAxis.axis, yAxis.axis]
  )
  const drawnDots = dots.map((one, i) => ({ ...one, dot: set.dots[i]! }))
  const beside =
    set.moved > 0 ? [`${runCount(set.moved)} drawn beside the place that they share`] : []
  return {
    title: `${y.label} over ${x.label}`,
    columns: 1,
    panels: [
      {
        key: 'scatter',
        title: `${y.label} over ${x.label}`,
        notes: [runCount(dots.length), ...notes, ...beside, ...censoredNotes(censored)],
        x: xAxis.axis,
        y: yAxis.axis,
        layers: dotLayers(drawnDots)
      }
    ],
    legend: colors.legend,
    caption: `${caption(`${y.label} against ${x.label}`, dots.length, censored, notes)}${beside.map((said) => ` Of them ${said}.`).join('')}`
  }
}

/** What is known only to lie beyond is drawn as a hollow triangle. */
export function dotLayers(dots: readonly { dot: Dot; censored: boolean }[]): DotLayer[] {
  const known = dots.filter((d) => !d.censored).map(({ dot }) => dot)
  const beyond = dots.filter((d) => d.censored).map(({ dot }) => ({ ...dot, hollow: true }))
  return [
    { kind: 'dots' as const, key: 'known', label: 'Runs', marker: 'circle' as const, dots: known },
    {
      ...{ kind: 'dots' as const, key: 'censored', label: 'Not yet reached' },
      ...{ marker: 'triangle' as const, dots: beyond }
    }
  ].filter((layer) => layer.dots.length > 0)
}

export const censoredNotes = (n: number): string[] =>
  n === 0 ? [] : [`${n} hollow: not reached by the last evaluation, the truth lies beyond`]

/** One paragraph: what is drawn of how many runs. */
export function caption(
  what: string,
  n: number,
  censored: number,
  notes: readonly string[]
): string {
  const hollow =
    censored === 0
      ? ''
      : ` Hollow triangles (${censored}): not reached by the last evaluation, the true value lies beyond.`
  const lacking = notes.length === 0 ? '' : ` Left out: ${notes.join('; ')}.`
  return `${what}; ${runCount(n)}, one mark each.${hollow}${lacking}`
}
