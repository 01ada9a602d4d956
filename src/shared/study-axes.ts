/** The points of a study's axes: what each sets, and how it is called. */
import { createRng, type Rng } from './rng'
import type { Axis, Draw, Settings, Study } from './study'

export interface AxisPoint {
  /** Unique within the axis. */
  label: string
  /** Its place on a numeric axis, null where there is none. */
  at: number | null
  set: Settings
}

export interface PlannedAxis {
  name: string
  /** For axes of figures. */
  label: string
  isSeeds: boolean
  /** Whether figures may space its points by a log scale. */
  scale: 'log' | 'linear'
  points: AxisPoint[]
}

/** The axes in order, each with its points; labels that would repeat within an axis are told apart by a number. */
export function planAxes(study: Study): PlannedAxis[] {
  return study.axes.map((axis) => {
    const name = nameOf(axis)
    return {
      name,
      label: ('label' in axis ? axis.label : undefined) ?? name,
      isSeeds: axis.kind === 'seeds',
      scale: axis.kind === 'range' ? axis.scale : 'linear',
      points: distinct(pointsOf(axis))
    }
  })
}

function nameOf(axis: Axis): string {
  if (axis.kind === 'seeds') return 'seed'
  if (axis.kind === 'settings' || axis.kind === 'random') return axis.name
  return axis.name ?? axis.path.split('.').at(-1)!
}

function pointsOf(axis: Axis): AxisPoint[] {
  switch (axis.kind) {
    case 'values':
      return axis.values.map((value) => pointAt(axis.path, value))
    case 'range':
      return Array.from({ length: axis.count }, (_, i) =>
        pointAt(axis.path, between(axis, i / (axis.count - 1)))
      )
    case 'settings':
      return axis.points.map(({ label, at = null, set }) => ({ label, at, set }))
    case 'random':
      return randomPoints(axis)
    case 'seeds':
      return axis.seeds.map((seed) => pointAt('seed', seed))
    default:
      return axis satisfies never
  }
}

function pointAt(path: string, value: unknown): AxisPoint {
  return {
    label: textOf(value),
    at: typeof value === 'number' ? value : null,
    set: { [path]: value }
  }
}

/** Each path draws from a stream of its own, so that a further path or a higher count moves no other draw. */
function randomPoints({
  name,
  count,
  seed,
  draws
}: Extract<Axis, { kind: 'random' }>): AxisPoint[] {
  const streams = Object.entries(draws).map(
    ([path, draw]) => [path, draw, createRng(seed, `study/${name}/${path}`)] as const
  )
  return Array.from({ length: count }, (_, i) => {
    const set = Object.fromEntries(streams.map(([path, draw, rng]) => [path, drawn(draw, rng)]))
    return { label: `#${i + 1}`, at: null, set }
  })
}

function drawn(draw: Draw, rng: Rng): unknown {
  if ('values' in draw) return draw.values[rng.int(draw.values.length)]
  return between(draw, rng.uniform())
}

/** The value at a share of the way on the scale; ends are exact, others have six digits. */
function between(
  {
    from,
    to,
    scale,
    integer
  }: { from: number; to: number; scale: 'log' | 'linear'; integer: boolean },
  share: number
): number {
  if (share === 0 || share === 1) return share === 0 ? from : to
  const value = scale === 'log' ? from * (to / from) ** share : from + (to - from) * share
  return integer ? Math.round(value) : Number(value.toPrecision(6))
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')

function distinct(points: readonly AxisPoint[]): AxisPoint[] {
  const seen = new Map<string, number>()
  return points.map((point) => {
    const count = (seen.get(point.label) ?? 0) + 1
    seen.set(point.label, count)
    return count === 1 ? point : { ...point, label: `${point.label} (${count})` }
  })
}
