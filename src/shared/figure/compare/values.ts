/** What the curves of a panel are at the cursor: exact recorded values, the highest first. */
import type { CurveAnswer, CurvesAnswer } from '../../curves'
import { nearestAt, type AxisScale } from '../scale'

export interface CurveValue {
  group: string
  /** Where it was recorded: the x nearest to the cursor. */
  x: number
  value: number | null
  low: number | null
  high: number | null
  n: number | null
}

/** Of each group's own curve of a metric, at an x or at its last point. */
export function valuesAt(
  { curves }: CurvesAnswer,
  metric: number,
  x: number | null,
  scale: AxisScale
): CurveValue[] {
  const own = curves.filter((curve) => curve.metric === metric && curve.role !== 'member')
  return own.flatMap((curve) => valueAtX(curve, x, scale) ?? []).sort(byValue)
}

function valueAtX(curve: CurveAnswer, x: number | null, scale: AxisScale): CurveValue | null {
  const at = x === null ? curve.x.length - 1 : nearestAt(curve.x, x, scale)
  if (at < 0) return null
  return {
    ...{ group: curve.group, x: curve.x[at]!, value: curve.y[at]! },
    ...{ low: curve.low?.[at] ?? null, high: curve.high?.[at] ?? null, n: curve.n?.[at] ?? null }
  }
}

const byValue = (a: CurveValue, b: CurveValue): number =>
  (b.value ?? -Infinity) - (a.value ?? -Infinity)
