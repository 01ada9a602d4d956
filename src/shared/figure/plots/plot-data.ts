/**
 * Runs as points of a plot: each with one value per quantity. A value is a number, perhaps only a lower bound of one
 * (an event that has not come by the last evaluation), a text such as a model family, or missing.
 */
import type { ScaleKind } from '../scale'

export type PlotValue =
  | { kind: 'number'; value: number; censored: boolean; /** As read by a person. */ text: string }
  | { kind: 'category'; text: string }

export interface PlotQuantity {
  /** As a column's: `config:optimizer.lr`, `metric:accuracy/@ood at best`. */
  id: string
  /** With its unit: "OOD accuracy", "Delay, OOD (steps)". */
  label: string
  /** Without the unit, where there is one. */
  short?: string
  scale: ScaleKind
  /** Lies between 0 and 1, and is shown on all of that. */
  fraction: boolean
  /** Whether its values can be lower bounds. */
  event: boolean
}

export interface PlotRow {
  /** The run's id. */
  id: string
  name: string
  /** The run's own colour, a name of the palette. */
  color: string
  failed: boolean
  /** By quantity id. */
  values: Readonly<Record<string, PlotValue | null>>
}

export const valueOf = (row: PlotRow, quantity: PlotQuantity): PlotValue | null =>
  row.values[quantity.id] ?? null

export interface PlacedRow {
  row: PlotRow
  values: PlotValue[]
}

/** The rows that have a value of every quantity, and a note on those that have not. */
export function completeRows(
  rows: readonly PlotRow[],
  quantities: readonly PlotQuantity[]
): { placed: PlacedRow[]; notes: string[] } {
  const placed = rows.flatMap((row) => {
    const values = quantities.map((quantity) => valueOf(row, quantity))
    return values.every((value) => value !== null) ? [{ row, values }] : []
  })
  const notes = quantities.flatMap((quantity) => {
    const lacking = rows.filter((row) => valueOf(row, quantity) === null).length
    return lacking === 0 ? [] : [`${runCount(lacking)} of ${rows.length} without ${quantity.label}`]
  })
  return { placed, notes }
}

export const runCount = (n: number): string =>
  `${n.toLocaleString('en')} ${n === 1 ? 'run' : 'runs'}`

/** What is read of a run when it is pointed at: its name, then a line per quantity. */
export function rowTitle(row: PlotRow, quantities: readonly PlotQuantity[]): string {
  const different = quantities.filter(({ id }, i) => quantities.findIndex((q) => q.id === id) === i)
  const lines = different.map((quantity) => {
    const value = valueOf(row, quantity)
    return `${quantity.label}: ${value ? value.text : 'none'}`
  })
  return [row.name, ...lines].join('\n')
}
