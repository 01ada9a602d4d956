/** Axes of plots over runs: numbers on a linear or logarithmic axis with a little air, anything else as categories. */
import { axisLabel } from '../quantities'
import type { Axis } from '../figure'
import { positionOf, scaleFor, type Range } from '../scale'
import { shortCount, shortValue, ticksOf } from '../ticks'
import type { PlotQuantity, PlotValue } from './plot-data'

/** An axis, and where a value lies on it in the units that figures use: itself, or the index of its category. */
export interface PlotAxis {
  axis: Axis
  at: (value: PlotValue) => number | null
}

const wantedTicks = 8
/** Room beyond the outermost values, as a share of what is between them. */
const air = 0.05

export const isNumeric = (values: readonly PlotValue[]): boolean =>
  values.length > 0 && values.every(({ kind }) => kind === 'number')

/** An axis for values as they are: of numbers where all are numbers. */
export function plotAxis(quantity: PlotQuantity, values: readonly PlotValue[]): PlotAxis {
  return isNumeric(values)
    ? numberAxis(
        quantity,
        values.flatMap((v) => (v.kind === 'number' ? [v.value] : []))
      )
    : categoryAxis(quantity, values)
}

export function numberAxis(quantity: PlotQuantity, numbers: readonly number[]): PlotAxis {
  const range: Range = [Math.min(...numbers), Math.max(...numbers)]
  const sizes = numbers.filter((n) => n !== 0).map(Math.abs)
  const scale = scaleFor(quantity.scale, {
    range,
    least: sizes.length > 0 ? Math.min(...sizes) : null
  })
  const [low, high] = range.map((end) => positionOf(end, scale) ?? 0) as [number, number]
  const room =
    high > low ? air * (high - low) : scale.kind === 'linear' ? Math.abs(high) * 0.1 || 1 : 0.5
  const whole = quantity.fraction && scale.kind === 'linear' && low >= 0 && high <= 1
  const domain: Range = whole ? [-0.02, 1.02] : [low - room, high + room]
  const ticks = ticksOf(domain, scale, {
    wanted: wantedTicks,
    label: range[1] >= 1000 ? shortCount : shortValue
  })
  return {
    axis: { label: axisLabel(quantity.label, scale), scale, domain, ticks },
    at: (value) => (value.kind === 'number' ? value.value : null)
  }
}

/** Categories in order: numbers by size, texts by alphabet. Numbers count as categories too, as a sweep's values do. */
export function categoryAxis(
  quantity: PlotQuantity,
  values: readonly PlotValue[],
  /** How a category is written, such as with its number of runs. */
  label: (text: string) => string = (text) => text
): PlotAxis {
  const texts = categoriesOf(values)
  const labels = texts.map(label)
  const indices = new Map(texts.map((text, i) => [text, i]))
  return {
    axis: {
      label: quantity.label,
      scale: { kind: 'category', labels },
      domain: [-0.5, Math.max(1, texts.length) - 0.5],
      ticks: labels.map((text, position) => ({ position, label: text }))
    },
    at: ({ text }) => indices.get(text) ?? null
  }
}

/** The different values, as texts, in order. */
export function categoriesOf(values: readonly PlotValue[]): string[] {
  const sizes = new Map(values.map((v) => [v.text, v.kind === 'number' ? v.value : null]))
  return [...sizes.keys()].sort((a, b) => {
    const [x, y] = [sizes.get(a) ?? null, sizes.get(b) ?? null]
    if (x !== null && y !== null) return x - y
    if (x !== null || y !== null) return x !== null ? -1 : 1
    return a.localeCompare(b, 'en', { numeric: true })
  })
}
