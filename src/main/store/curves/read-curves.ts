/**
 * Curves of many runs for one figure: placed on its axis, grouped, smoothed, and reduced last of all to the columns of
 * pixels in sight. Everything before the reduction is computed on all recorded points.
 */
import type { CurveAnswer, CurvesAnswer, CurvesQuery } from '@shared/curves'
import { scaleFor, type Extent } from '@shared/figure/scale'
import { debiasedAverage } from '@shared/figure/smoothing'
import { eventStep, metricOf } from '@shared/metric-roles'
import { milestoneSteps } from '@shared/milestones'
import { groupCurve, type GroupCurve, type Member } from './group'
import { horizontalOf, type LeftOut, type RecordedRun, type RecordedSeries } from './horizontal'
import type { Memory } from './memory'
import { reduceCurve, reducePath, type Columns, type Kept } from './reduce'

/** Rows of pixels of a panel, at most: for curves over another metric. */
const pixelRows = 600

export interface CurvesSource {
  /** Undefined where there is no such run. */
  recorded: (id: string) => RecordedRun | undefined
  /** Moves with every change of a run. */
  stamp: (id: string) => string
  memory: Memory
}

/** A curve before its reduction. */
interface Whole extends Pick<CurveAnswer, 'metric' | 'group' | 'run' | 'role'> {
  x: Float64Array
  y: Float64Array
  low?: Float64Array | null
  high?: Float64Array | null
  n?: Uint16Array
}

export function readCurves(source: CurvesSource, query: CurvesQuery): CurvesAnswer {
  const left = new Map<string, LeftOut>()
  const events: CurvesAnswer['events'] = []
  const wholes = query.groups.flatMap((group) => {
    const placed = placedRuns(source, query, group, left)
    events.push(...placed.flatMap(eventsOf))
    return wholesOf(source, query, group.key, placed)
  })
  const extent = extentOfAll(wholes)
  const columns: Columns = {
    scale: scaleFor(query.scale, extent ?? { range: [0, 1], least: null }),
    range: query.range ?? extent?.range ?? [0, 1],
    columns: query.columns
  }
  return {
    extent: extent && { range: [...extent.range], least: extent.least },
    curves: wholes.map((whole) => answer(whole, columns, query)),
    leftOut: [...left].map(([run, reason]) => ({ run, reason })),
    events
  }
}

/** A run that has a place on the axis. */
interface PlacedRun {
  id: string
  found: RecordedRun
  horizontal: (steps: Float64Array) => Float64Array
}

/** @param left takes up the runs that have none, and why */
function placedRuns(
  { recorded }: CurvesSource,
  { x, align }: CurvesQuery,
  { runs }: CurvesQuery['groups'][number],
  left: Map<string, LeftOut>
): PlacedRun[] {
  return runs.flatMap((id) => {
    const found = recorded(id)
    if (!found) return []
    const metric = x.metric === undefined ? null : metricOf(found.run, x.metric)
    const horizontal = horizontalOf(found, { quantity: x.quantity, metric, align })
    if (typeof horizontal === 'string') {
      left.set(id, horizontal)
      return []
    }
    return [{ id, found, horizontal }]
  })
}

function eventsOf({ id, found, horizontal }: PlacedRun): CurvesAnswer['events'] {
  const steps = milestoneSteps(found.run.milestones)
  const places = horizontal(Float64Array.from(steps))
  return steps.map((step, i) => ({
    ...{ run: id, step },
    x: Number.isNaN(places[i]!) ? null : places[i]!
  }))
}

function wholesOf(
  { stamp, memory }: CurvesSource,
  { metrics, x, align, statistics }: CurvesQuery,
  key: string,
  placed: readonly PlacedRun[]
): Whole[] {
  return metrics.flatMap((metric, index) => {
    const members = placed.flatMap(({ id, found, horizontal }) => {
      const name = metricOf(found.run, metric)
      const { steps, values } = name === null ? empty : found.series(name)
      if (steps.length === 0) return []
      const origin = align === 'none' ? 0 : originOf(found, align)
      return [{ id, ...onAxis(steps, values, horizontal(steps), origin) }]
    })
    const role = statistics ? 'member' : 'run'
    const own: Whole[] =
      statistics && !statistics.members
        ? []
        : members.map(({ id, x, y }) => ({ metric: index, group: key, run: id, role, x, y }))
    if (!statistics || members.length === 0) return own
    const identity = JSON.stringify([metric, x, align, statistics, members.map(({ id }) => id)])
    const stamps = members.map(({ id }) => stamp(id)).join()
    const make = (): GroupCurve => groupCurve(members, statistics)
    const group = memory.of(`group ${identity}`, stamps, make, ({ x }) => 4 * x.length)
    const { centre, ...rest } = group
    return [...own, { metric: index, group: key, run: null, role: 'centre', y: centre, ...rest }]
  })
}

const empty: RecordedSeries = { steps: new Float64Array(), values: new Float64Array() }

function originOf({ run }: RecordedRun, align: 'memorisation' | 'generalisation'): number {
  return eventStep(run, align) ?? 0
}

/** A member's points; those that have no place on the axis are left out. */
function onAxis(steps: Float64Array, y: Float64Array, x: Float64Array, origin: number): Member {
  const aligned = origin === 0 ? steps : steps.map((step) => step - origin)
  if (!x.some(Number.isNaN)) return { steps: aligned, x, y }
  const there = (_: number, i: number): boolean => !Number.isNaN(x[i]!)
  return { steps: aligned.filter(there), x: x.filter(there), y: y.filter(there) }
}

function extentOfAll(wholes: readonly Whole[]): Extent | null {
  let [low, high, least] = [Infinity, -Infinity, Infinity]
  for (const { x } of wholes) {
    for (const value of x) {
      if (value < low) low = value
      if (value > high) high = value
      const size = Math.abs(value)
      if (size !== 0 && size < least) least = size
    }
  }
  return low <= high ? { range: [low, high], least: least === Infinity ? null : least } : null
}

function answer(whole: Whole, columns: Columns, query: CurvesQuery): CurveAnswer {
  const { metric, group, run, role, x, y, low = null, high = null, n } = whole
  const isPath = query.x.quantity === 'metric'
  const reduce = (values: Float64Array, more: readonly Float64Array[] = []): Kept =>
    isPath
      ? reducePath({ x, y: values }, columns, pixelRows)
      : reduceCurve(x, [values, ...more], columns)
  // Along another metric x goes back and forth, where no area lies between two curves.
  const band = low && high && !isPath ? { low, high } : null
  const { indices, total } = reduce(y, band ? [band.low, band.high] : [])
  const pick = (values: Float64Array, at = indices): (number | null)[] =>
    at.map((i) => (Number.isNaN(values[i]!) ? null : values[i]!))
  const places = (at: readonly number[]): number[] => at.map((i) => x[i]!)
  const smoothed =
    query.smoothing > 0 && role !== 'member' ? debiasedAverage(y, query.smoothing) : null
  const smoothKept = smoothed && reduce(smoothed).indices
  return {
    ...{ metric, group, run, role, total, x: places(indices), y: pick(y) },
    low: band && pick(band.low),
    high: band && pick(band.high),
    n: n ? indices.map((i) => n[i]!) : null,
    smooth: smoothed && smoothKept && { x: places(smoothKept), y: pick(smoothed, smoothKept) }
  }
}
