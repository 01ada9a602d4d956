/** The charts of a study as figures for files: its survival curves and its phase diagram, as they are shown. */
import type { GroupCurve } from '../statistics/group-comparison'
import {
  phaseText,
  phaseRange,
  type PhaseAxis,
  type PhaseCell,
  type PhaseMeasure
} from '../study-phase'
import type { Axis, Cell, CellLayer, Figure } from './figure'
import { groupStyle } from './run-styles'
import { riskSteps, survivalPanel, type SurvivalSpec } from './survival-figure'

/** Of the panel, in px: what the number of ticks follows from, whatever the window's width. */
const size = { width: 560, height: 300 }

/** @param atRisk the runs of each group at risk at given steps, as the table below the curves counts them */
export function survivalFigure(
  spec: Omit<SurvivalSpec, 'size'>,
  atRisk: (steps: readonly number[]) => readonly { key: string; counts: readonly number[] }[]
): Figure {
  const { title, groups, bands } = spec
  const steps = riskSteps(groups)
  const written = (numbers: readonly number[]): string =>
    numbers.map((n) => n.toLocaleString('en')).join(', ')
  const risks = atRisk(steps).map(({ key, counts }) => `${key} ${written(counts)}`)
  return {
    ...{ title, columns: 1, panels: [survivalPanel({ ...spec, size })] },
    legend: groups.map(({ key }, i) => ({ key, label: key, style: groupStyle(i) })),
    caption: [
      `${title}, Kaplan-Meier: ${groups.map(reached).join('; ')}.`,
      ...(bands ? ['Shaded: 95 % interval (Greenwood, log-log).'] : []),
      ...(risks.length > 0 ? [`Runs at risk at step ${written(steps)}: ${risks.join('; ')}.`] : [])
    ].join(' ')
  }
}

const reached = ({ key, events, runs }: GroupCurve): string => `${key} ${events} of ${runs} runs`

export interface PhaseSpec {
  title: string
  /** What the colours are, such as "median delay". */
  quantity: string
  measure: PhaseMeasure
  cells: readonly PhaseCell[]
  x: PhaseAxis & { label: string }
  y: (PhaseAxis & { label: string }) | null
}

/** The first point of y is at the top, as on the page. */
export function phaseFigure(spec: PhaseSpec): Figure {
  const { title, quantity, measure, cells, x, y } = spec
  const rows = y?.points.length ?? 1
  const columns = x.points.length
  const failed = cells.reduce((sum, { failures }) => sum + failures, 0)
  const drawn = cells.map((cell, i): Cell => {
    const crosses = cell.failures > 0 ? `×${cell.failures}` : ''
    const text = phaseText(cell, measure)
    const place = [cell.x, cell.y].filter(Boolean).join(', ')
    return {
      ...{ x: i % columns, y: rows - 1 - Math.floor(i / columns), value: cell.value },
      text: [text ? `${text} · ${cell.runs}` : `n ${cell.runs}`, crosses].filter(Boolean).join(' '),
      title: `${place}: ${text || 'nothing measured'}`,
      ids: cell.results.flatMap(({ run }) => run?.id ?? [])
    }
  })
  const layer: CellLayer = {
    ...{ kind: 'cells', key: 'cells', label: quantity, cells: drawn, ramp: 'sequential' },
    ...{ range: phaseRange(cells, measure), quantity }
  }
  const notes = [
    'after the dot: runs per cell',
    ...(failed > 0 ? ['×: failed'] : []),
    ...(cells.some(({ censored }) => censored) ? ['>: median not reached'] : [])
  ]
  const whole = `${title}: ${quantity}`
  return {
    title: whole,
    columns: 1,
    panels: [
      {
        ...{ key: 'phase', title: whole, notes, layers: [layer] },
        x: categories(
          x.label,
          x.points.map(({ label }) => label)
        ),
        y: categories(y?.label ?? '', y ? y.points.map(({ label }) => label).toReversed() : [''])
      }
    ],
    legend: [],
    caption: `${whole}${y ? ` by ${x.label} and ${y.label}` : ` by ${x.label}`}; ${notes.join('; ')}.`
  }
}

const categories = (label: string, labels: string[]): Axis => ({
  ...{ label, scale: { kind: 'category', labels } },
  domain: [-0.5, labels.length - 0.5],
  ticks: labels.map((text, position) => ({ position, label: text }))
})
