/**
 * The phase diagram of a study: two of its axes, and for each pair of points what the seeds, and whatever else is
 * pooled, came to. A cell counts its runs and its failures; a median that is not reached is a bound.
 */
import { medianStep, survivalCurve } from './statistics/survival'
import { aggregate } from './statistics/aggregate'
import type { CellResult } from './study-results'

export const phaseMeasures = ['generalised', 'median', 'delay', 'plateau'] as const
export type PhaseMeasure = (typeof phaseMeasures)[number]

export interface PhaseCell {
  x: string
  y: string
  results: CellResult[]
  /** Runs with something to say, with the event, and failed. */
  runs: number
  events: number
  failures: number
  /** Null where nothing is known; above it where `censored`. */
  value: number | null
  censored: boolean
}

export interface PhaseAxis {
  name: string
  points: readonly { label: string }[]
}

/** The cells row by row, y from its first point on. Combinations that the study has no cell of have no results. */
export function phaseCells(
  results: readonly CellResult[],
  x: PhaseAxis,
  y: PhaseAxis | null,
  measure: PhaseMeasure
): PhaseCell[] {
  const rows = y?.points ?? [{ label: '' }]
  return rows.flatMap((row) =>
    x.points.map((column): PhaseCell => {
      const members = results.filter(
        ({ cell: { labels } }) =>
          labels[x.name] === column.label && (!y || labels[y.name] === row.label)
      )
      return { x: column.label, y: row.label, results: members, ...cellOf(members, measure) }
    })
  )
}

function cellOf(
  members: readonly CellResult[],
  measure: PhaseMeasure
): Omit<PhaseCell, 'x' | 'y' | 'results'> {
  const lifetimes = members.flatMap(({ lifetime }) => lifetime ?? [])
  const events = lifetimes.filter(({ event }) => event).length
  const failures = members.filter(({ state }) => state === 'failed').length
  const counts = { runs: lifetimes.length, events, failures }
  const none = { ...counts, value: null, censored: false }
  if (lifetimes.length === 0) return none
  switch (measure) {
    case 'generalised':
      return { ...counts, value: events / lifetimes.length, censored: false }
    case 'median': {
      const { step } = medianStep(survivalCurve(lifetimes))
      const last = Math.max(...lifetimes.map((lifetime) => lifetime.step))
      return { ...counts, value: step ?? last, censored: step === null }
    }
    case 'delay': {
      const delays = members.flatMap(({ delay, state }) =>
        delay && state !== 'failed'
          ? [{ step: delay.steps ?? delay.low, event: delay.steps !== null }]
          : []
      )
      if (delays.length === 0) return none
      const { step } = medianStep(survivalCurve(delays))
      const last = Math.max(...delays.map((delay) => delay.step))
      return { ...counts, value: step ?? last, censored: step === null }
    }
    case 'plateau': {
      const found = aggregate(members.map(({ plateau }) => plateau?.mean ?? null))
      return { ...counts, value: found?.mean ?? null, censored: false }
    }
    default:
      return measure satisfies never
  }
}

/** What a cell shows: "40 %", "> 20,000" where a median is not reached; '' where nothing is known. */
export function phaseText({ value, censored }: PhaseCell, measure: PhaseMeasure): string {
  if (value === null) return ''
  if (measure === 'plateau') return value.toFixed(2)
  if (measure === 'generalised') return `${Math.round(100 * value)} %`
  return `${censored ? '> ' : ''}${Math.round(value).toLocaleString('en')}`
}

/** Values of the colours' ends. */
export function phaseRange(cells: readonly PhaseCell[], measure: PhaseMeasure): [number, number] {
  if (measure === 'generalised' || measure === 'plateau') return [0, 1]
  const values = cells.flatMap(({ value }) => value ?? [])
  return values.length > 0 ? [Math.min(...values), Math.max(...values)] : [0, 1]
}

/**
 * Cells at the edge: those whose neighbours along either axis disagree on the majority outcome, where a further seed
 * tells most. Fewest runs first.
 */
export function edgeCells(cells: readonly PhaseCell[], columns: number): PhaseCell[] {
  const outcome = ({ runs, events }: PhaseCell): boolean | null =>
    runs === 0 ? null : events / runs >= 0.5
  const at = (column: number, row: number): PhaseCell | undefined =>
    column < 0 || column >= columns ? undefined : cells[row * columns + column]
  const edge = cells.filter((cell, i) => {
    const [column, row] = [i % columns, Math.floor(i / columns)]
    const own = outcome(cell)
    if (own === null) return false
    // Seeds of one cell that disagree are an edge by themselves.
    if (cell.events > 0 && cell.events < cell.runs) return true
    const around = [
      at(column - 1, row),
      at(column + 1, row),
      at(column, row - 1),
      at(column, row + 1)
    ]
    return around.some((other) => other && outcome(other) !== null && outcome(other) !== own)
  })
  return edge.sort((a, b) => a.runs - b.runs)
}
