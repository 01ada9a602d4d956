/**
 * Several runs as one curve: at every step at which any member has a value, the centre and the band of the members
 * that have one there, exactly and before any reduction. Nothing is interpolated: a member without a value at a step
 * does not count there, and `n` says how many do. With alignment steps are counted from each member's own event.
 * Where members differ in x at a step (time at work, another metric), the point stands at their mean.
 */
import { aggregate, type Aggregate } from '@shared/statistics/aggregate'
import type { Grouping } from '@shared/view'

export interface Member {
  /** Counted from the event, where curves are aligned. Rising. */
  steps: Float64Array
  /** NaN: this member has no place on the axis here. */
  x: Float64Array
  /** NaN where there is no value. */
  y: Float64Array
}

export interface GroupCurve {
  x: Float64Array
  centre: Float64Array
  /** NaN where there is no band: a single value has no spread. Absent where none is wanted. */
  low: Float64Array | null
  high: Float64Array | null
  /** Members that count, per point. */
  n: Uint16Array
}

export type Statistics = Pick<Grouping, 'centre' | 'band'>

export function groupCurve(members: readonly Member[], statistics: Statistics): GroupCurve {
  const at = members.map(() => 0)
  const [x, centre, low, high, n] = [[], [], [], [], []] as [
    ...[number[], number[], number[], number[], number[]]
  ]
  const withBand = statistics.band !== 'none'
  const values: number[] = []
  const places: number[] = []
  for (;;) {
    let step = Infinity
    members.forEach(({ steps }, i) => {
      if (at[i]! < steps.length && steps[at[i]!]! < step) step = steps[at[i]!]!
    })
    if (step === Infinity) break
    values.length = places.length = 0
    members.forEach((member, i) => {
      const index = at[i]!
      if (index >= member.steps.length || member.steps[index] !== step) return
      at[i] = index + 1
      if (Number.isNaN(member.y[index]!) || Number.isNaN(member.x[index]!)) return
      values.push(member.y[index]!)
      places.push(member.x[index]!)
    })
    const all = aggregate(values)
    if (!all) continue
    x.push(meanPlace(places))
    centre.push(statistics.centre === 'median' ? all.median : all.mean)
    n.push(all.n)
    if (!withBand) continue
    const [bottom, top] = bandOf(all, statistics.band)
    low.push(bottom ?? NaN)
    high.push(top ?? NaN)
  }
  return {
    x: Float64Array.from(x),
    centre: Float64Array.from(centre),
    low: withBand ? Float64Array.from(low) : null,
    high: withBand ? Float64Array.from(high) : null,
    n: Uint16Array.from(n)
  }
}

/** Equal places stay exactly where they are. */
function meanPlace(places: readonly number[]): number {
  const first = places[0]!
  let rest = 0
  for (const place of places) rest += place - first
  return first + rest / places.length
}

/** Deviations and errors stand about the mean, whatever the centre. */
function bandOf(all: Aggregate, band: Grouping['band']): [number | null, number | null] {
  const about = (by: number | null): [number | null, number | null] =>
    by === null ? [null, null] : [all.mean - by, all.mean + by]
  switch (band) {
    case 'none':
      return [null, null]
    case 'minmax':
      return [all.min, all.max]
    case 'sd':
      return about(all.std)
    case 'se':
      return about(all.standardError)
    case 'ci95':
      return [all.low, all.high]
    default:
      return band satisfies never
  }
}
