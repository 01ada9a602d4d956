/** Two quantities against one another, a dot per run. */
import type { Dot, DotLayer, Figure } from '../figure'
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
  return {
    title: `${y.label} over ${x.label}`,
    columns: 1,
    panels: [
      {
        key: 'scatter',
        title: `${y.label} over ${x.label}`,
        notes: [runCount(dots.length), ...notes, ...censoredNotes(censored)],
        x: xAxis.axis,
        y: yAxis.axis,
        layers: dotLayers(dots)
      }
    ],
    legend: colors.legend,
    caption: caption(`${y.label} against ${x.label}`, dots.length, censored, notes)
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
