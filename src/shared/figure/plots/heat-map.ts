/** One quantity over two settings: a cell per pair of values, with what its runs came to. */
import { quantile } from '../../statistics/quartiles'
import type { Cell, CellLayer, Figure } from '../figure'
import { shortCount, shortValue } from '../ticks'
import { categoryAxis } from './plot-axis'
import { runCount, valueOf, type PlotQuantity, type PlotRow } from './plot-data'

/** How the runs of a cell become one value; `share`: of those that reached the event. */
export type CellStatistic = 'median' | 'mean' | 'share'

export interface HeatMapSpec {
  x: PlotQuantity
  y: PlotQuantity
  value: PlotQuantity
  statistic: CellStatistic
}

/** The value of a cell. Censored: it is known to be above `value`, or nothing is. */
export interface CellValue {
  value: number | null
  censored: boolean
  /** Runs with a value, those of them that reached it, and failed runs without one. */
  n: number
  reached: number
  failed: number
}

/**
 * What the runs of a cell come to. A median is exact where enough runs reached the event and none was given up before
 * it; otherwise only a lower bound is known, the median of the bounds. A mean with a censored run is unknown, and a
 * share counts who reached the event.
 */
export function cellValue(
  rows: readonly PlotRow[],
  quantity: PlotQuantity,
  statistic: CellStatistic
): CellValue {
  const values = rows.flatMap((row) => {
    const value = valueOf(row, quantity)
    return value?.kind === 'number' ? [value] : []
  })
  const failed = rows.filter((row) => row.failed && valueOf(row, quantity) === null).length
  const known = values.filter(({ censored }) => !censored).map(({ value }) => value)
  const counts = { n: values.length, reached: known.length, failed }
  const none = { value: null, censored: false, ...counts }
  if (values.length === 0) return none
  switch (statistic) {
    case 'share':
      return { value: known.length / values.length, censored: false, ...counts }
    case 'mean':
      if (known.length < values.length) return { ...none, censored: true }
      return { value: known.reduce((a, b) => a + b, 0) / known.length, censored: false, ...counts }
    case 'median': {
      const order = [
        ...known.toSorted((a, b) => a - b),
        ...Array.from({ length: values.length - known.length }, () => Infinity)
      ]
      const median = quantile(order, 0.5)
      const given = values.filter(({ censored }) => censored)
      if (Number.isFinite(median) && given.every(({ value }) => value >= median)) {
        return { value: median, censored: false, ...counts }
      }
      const bounds = values.map(({ value }) => value).toSorted((a, b) => a - b)
      return { value: quantile(bounds, 0.5), censored: true, ...counts }
    }
    default:
      return statistic satisfies never
  }
}

export function heatMapFigure(rows: readonly PlotRow[], spec: HeatMapSpec): Figure {
  const { x, y, value, statistic } = spec
  const placed = rows.filter((row) => valueOf(row, x) && valueOf(row, y))
  const [xAxis, yAxis] = [x, y].map((quantity) =>
    categoryAxis(
      quantity,
      placed.map((row) => valueOf(row, quantity)!)
    )
  ) as [ReturnType<typeof categoryAxis>, ReturnType<typeof categoryAxis>]
  // Numbers over decades are told apart by their decimal logarithm only.
  const log = statistic !== 'share' && value.scale === 'log'
  const found = groupCells(placed, spec).map((members) => ({
    members,
    x: xAxis.at(valueOf(members[0]!, x)!)!,
    y: yAxis.at(valueOf(members[0]!, y)!)!,
    ...cellValue(members, value, statistic)
  }))
  const shown = (v: number | null): number | null =>
    v === null || (log && v <= 0) ? null : log ? Math.log10(v) : v
  const values = found.flatMap((cell) => shown(cell.value) ?? [])
  const range: [number, number] =
    statistic === 'share' || (value.fraction && !log)
      ? [0, 1]
      : values.length > 0
        ? [Math.min(...values), Math.max(...values)]
        : [0, 1]
  const cells = found.map((cell): Cell => ({
    ...{ x: cell.x, y: cell.y },
    value: shown(cell.value) ?? (cell.censored ? range[1] : null),
    text: cellText(cell, value, statistic),
    title: cellTitle(
      cell,
      spec,
      valueOf(cell.members[0]!, x)!.text,
      valueOf(cell.members[0]!, y)!.text
    ),
    ids: cell.members.map(({ id }) => id)
  }))
  const what = whatOf(spec)
  const [failed, n] = [found.reduce((sum, c) => sum + c.failed, 0), placed.length]
  const open = found.filter((cell) => cell.censored).length
  const notes = [
    runCount(n),
    statistic === 'share'
      ? 'runs that reached it, of all in the cell'
      : 'after the dot: runs per cell',
    ...(n < rows.length ? [`${runCount(rows.length - n)} without both settings`] : []),
    ...(failed > 0 ? [`${failed} failed (×)`] : []),
    ...(open > 0 ? [`>: ${statistic} not reached by the last evaluation`] : [])
  ]
  const layer: CellLayer = {
    ...{ kind: 'cells', key: 'cells', label: what, cells, range, ramp: 'sequential' },
    quantity: log ? `${what}, log₁₀` : what,
    ...(log && { ends: [written(10 ** range[0], value), written(10 ** range[1], value)] as const })
  }
  const title = `${what} by ${x.label} and ${y.label}`
  return {
    title,
    columns: 1,
    panels: [{ key: 'heat', title, notes, x: xAxis.axis, y: yAxis.axis, layers: [layer] }],
    legend: [],
    caption: `${title}; ${runCount(n)} in ${cells.length} cells${statistic === 'share' ? '' : ', the number of runs after the dot'}.${failed > 0 ? ` ×: failed runs (${failed}).` : ''}${open > 0 ? ' >: a lower bound, not reached by the last evaluation.' : ''}`
  }
}

const statisticWords: Record<CellStatistic, string> = {
  median: 'Median of',
  mean: 'Mean of',
  share: 'Share of runs that reached:'
}

/** "Median of Delay, steps", "Share of runs that reached: Generalised". */
const whatOf = ({ value, statistic }: HeatMapSpec): string =>
  `${statisticWords[statistic]} ${statistic === 'share' ? (value.short ?? value.label) : value.label}`

function groupCells(rows: readonly PlotRow[], { x, y }: HeatMapSpec): PlotRow[][] {
  const cells = new Map<string, PlotRow[]>()
  for (const row of rows) {
    const key = JSON.stringify([valueOf(row, x)!.text, valueOf(row, y)!.text])
    cells.set(key, [...(cells.get(key) ?? []), row])
  }
  return [...cells.values()]
}

const written = (value: number, { fraction }: PlotQuantity): string =>
  fraction
    ? value.toFixed(2)
    : value >= 1000
      ? shortCount(Number(value.toPrecision(3)))
      : shortValue(Number(value.toPrecision(3)))

/** "3/5", "12.4k · 5", "> 40k · 5", with "×1" for a failed run; nothing for a cell without any. */
function cellText(cell: CellValue, quantity: PlotQuantity, statistic: CellStatistic): string {
  const failed = cell.failed > 0 ? ` ×${cell.failed}` : ''
  if (cell.n === 0) return failed.trim()
  if (statistic === 'share') return `${cell.reached}/${cell.n}${failed}`
  const value = cell.value === null ? '?' : written(cell.value, quantity)
  return `${cell.censored ? '> ' : ''}${value} · ${cell.n}${failed}`
}

function cellTitle(
  cell: CellValue,
  { x, y, value, statistic }: HeatMapSpec,
  xText: string,
  yText: string
): string {
  const result =
    cell.n === 0
      ? 'nothing measured'
      : statistic === 'share'
        ? `${cell.reached} of ${cell.n} reached it`
        : cell.value === null
          ? `not known: ${cell.n - cell.reached} of ${cell.n} not reached`
          : `${cell.censored ? 'more than ' : ''}${written(cell.value, value)}, ${cell.reached} of ${cell.n} reached`
  return [
    `${x.label}: ${xText}`,
    `${y.label}: ${yText}`,
    `${whatOf({ x, y, value, statistic })}: ${result}`,
    ...(cell.failed > 0 ? [`${runCount(cell.failed)} failed`] : [])
  ].join('\n')
}
