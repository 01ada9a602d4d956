/** Dots coloured by a quantity: a hue per category, or five steps from weak to strong for numbers. */
import type { LegendEntry } from '../figure'
import { positionOf, scaleFor } from '../scale'
import { categoriesOf, isNumeric } from './plot-axis'
import { valueOf, type PlotQuantity, type PlotRow } from './plot-data'

export interface PlotColors {
  /** A name of the palette. */
  of: (row: PlotRow) => string
  legend: LegendEntry[]
}

const hues = 8
const steps = 5
/** Further categories, and runs without a value. */
const other = '--chart-guide'

/** Without a quantity every run has its own colour, and there is no legend. */
export function plotColors(rows: readonly PlotRow[], quantity: PlotQuantity | null): PlotColors {
  if (!quantity) return { of: ({ color }) => color, legend: [] }
  const values = rows.flatMap((row) => valueOf(row, quantity) ?? [])
  const categories = categoriesOf(values)
  const missing = values.length < rows.length
  const colors =
    isNumeric(values) && categories.length > steps
      ? stepColors(quantity, rows)
      : isNumeric(values)
        ? namedColors(quantity, categories, (i) => `--step-${stepOf(i, categories.length)}`)
        : namedColors(quantity, categories, (i) => (i < hues ? `--run-${i + 1}` : other))
  return {
    of: colors.of,
    legend: [
      ...colors.legend,
      ...(missing
        ? [{ key: 'missing', label: `no ${quantity.label}`, style: { color: other } }]
        : [])
    ]
  }
}

/** The step of the i-th of n ordered values, 1 to 5: as far apart as n allows. */
const stepOf = (i: number, n: number): number =>
  n < 2 ? steps : 1 + Math.round((i * (steps - 1)) / (n - 1))

function namedColors(
  quantity: PlotQuantity,
  categories: readonly string[],
  color: (i: number) => string
): PlotColors {
  const byText = new Map(categories.map((text, i) => [text, color(i)]))
  return {
    of: (row) => {
      const value = valueOf(row, quantity)
      return value ? byText.get(value.text)! : other
    },
    legend: categories.map((text) => ({
      key: text,
      label: `${quantity.label}: ${text}`,
      style: { color: byText.get(text)! }
    }))
  }
}

/** Five intervals of equal width on the quantity's own scale. */
function stepColors(quantity: PlotQuantity, rows: readonly PlotRow[]): PlotColors {
  const numbers = rows.flatMap((row) => {
    const value = valueOf(row, quantity)
    return value?.kind === 'number' ? [value.value] : []
  })
  const range = [Math.min(...numbers), Math.max(...numbers)] as const
  const scale = scaleFor(quantity.scale, {
    range,
    least: Math.min(...numbers.filter((n) => n !== 0).map(Math.abs))
  })
  const position = (value: number): number => positionOf(value, scale) ?? 0
  const [low, high] = range.map(position) as [number, number]
  const step = (value: number): number =>
    Math.min(steps, 1 + Math.floor((steps * (position(value) - low)) / (high - low)))
  return {
    of: (row) => {
      const value = valueOf(row, quantity)
      return value?.kind === 'number' ? `--step-${step(value.value)}` : other
    },
    legend: Array.from({ length: steps }, (_, i) => {
      const inside = numbers.filter((value) => step(value) === i + 1)
      return { i, inside }
    })
      .filter(({ inside }) => inside.length > 0)
      .map(({ i, inside }) => ({
        key: `step-${i + 1}`,
        label: `${quantity.label}: ${written(Math.min(...inside))} to ${written(Math.max(...inside))}`,
        style: { color: `--step-${i + 1}` }
      }))
  }
}

const written = (value: number): string =>
  Number.isInteger(value) ? value.toLocaleString('en') : String(Number(value.toPrecision(3)))
