/** Curves of the fraction of runs with an event by step, one per group, with their intervals and who is at risk. */
import type { GroupCurve } from '../statistics/group-comparison'
import { atRiskAt, type Lifetime } from '../statistics/survival'
import { curvePanel } from './curve-panel'
import type { BandLayer, LineLayer, Panel } from './figure'
import { quantities } from './quantities'
import { groupStyle } from './run-styles'
import { scaleFor, type ScaleKind } from './scale'

export interface SurvivalSpec {
  title: string
  yLabel: string
  groups: readonly GroupCurve[]
  /** Groups that stand back; none where left out. */
  faint?: ReadonlySet<string>
  xScale: ScaleKind
  bands: boolean
  size: { width: number; height: number }
}

/** Every curve starts at 0 and goes on, flat, to the last run of its group. */
export function survivalPanel(spec: SurvivalSpec): Panel {
  const { groups, faint = new Set(), xScale, bands, size } = spec
  const drawn = groups.map((group, i) => ({ ...group, style: groupStyle(i) }))
  const steps = drawn.flatMap(({ curve }) => curve.map(({ step }) => step))
  const last = Math.max(1, ...steps)
  const least = Math.max(1, Math.min(last, ...steps) / 2)
  const start = xScale === 'log' ? least : 0
  const lines = drawn.map(({ key, curve, style, runs, events }): LineLayer => ({
    ...{ kind: 'line', key, of: key, style, step: 'after', total: curve.length },
    label: `${key}: ${events} of ${runs}`,
    endLabel: key,
    faint: faint.has(key),
    points: [[start, 0], ...curve.map(({ step, fraction }): [number, number] => [step, fraction])]
  }))
  const areas = drawn
    .filter(({ key }) => bands && !faint.has(key))
    .flatMap(({ key, curve, style }): BandLayer[] => {
      const points = curve.flatMap(({ step, low, high }): [number, number, number][] =>
        low === null || high === null ? [] : [[step, low, high]]
      )
      const label = `${key}, 95 % interval`
      const band = { key: `${key} interval`, of: key, label, color: style.color, points }
      return points.length > 1 ? [{ kind: 'band', step: 'after', ...band }] : []
    })
  return curvePanel({
    ...{ key: 'survival', title: spec.title, curves: [...areas, ...lines], size },
    notes: bands ? ['shaded: 95 % interval (Greenwood, log-log)'] : [],
    x: {
      quantity: quantities.step,
      scale: scaleFor(xScale, { range: [start, last], least }),
      range: [start, last]
    },
    y: { label: spec.yLabel, scale: 'linear', ends: [0, 1.02] }
  })
}

/** Steps for the table of runs at risk below the curves: round numbers up to the last step. */
export function riskSteps(groups: readonly GroupCurve[], wanted = 6): number[] {
  const last = Math.max(0, ...groups.flatMap(({ curve }) => curve.map(({ step }) => step)))
  if (last === 0) return []
  const rough = last / wanted
  const power = 10 ** Math.floor(Math.log10(rough))
  const width = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough)!
  return Array.from({ length: Math.floor(last / width) + 1 }, (_, i) => i * width)
}

/** How many runs of each group are at risk at each step. */
export const riskTable = (
  groups: readonly { key: string; lifetimes: readonly Lifetime[] }[],
  steps: readonly number[]
): { key: string; counts: number[] }[] =>
  groups.map(({ key, lifetimes }) => ({ key, counts: atRiskAt(lifetimes, steps) }))
