/** Reading what runs recorded, whole and reduced. Series are kept in memory as long as their run does not change. */
import type { CurvesAnswer, CurvesQuery } from '@shared/curves'
import { scaleFor, type Range } from '@shared/figure/scale'
import type { MetricValue } from '@shared/events'
import type { RunRecord } from '../rows'
import { pointsPerQuery, type Statements } from '../statements'
import { spreadReports } from '../work-time'
import type { RecordedRun, RecordedSeries } from './horizontal'
import { createMemory } from './memory'
import { readCurves } from './read-curves'
import { reduceCurve } from './reduce'

/** 16 bytes each: a comparison of a hundred long runs fits. */
const rememberedPoints = 8_000_000

export type Point = [step: number, value: MetricValue]

export interface SeriesQuery {
  id: string
  names: readonly string[]
  scale: 'log' | 'linear'
  columns: number
  from?: number | undefined
  to?: number | undefined
}

export interface ReducedSeries {
  name: string
  points: Point[]
  /** Stored in the asked range. */
  total: number
}

export interface Recorded {
  /** One series per name, reduced for the asked columns; names without points come back empty. */
  series: (query: SeriesQuery) => ReducedSeries[]
  /** All points of a series. */
  points: (id: string, name: string) => Point[]
  curves: (query: CurvesQuery) => CurvesAnswer
}

export function createRecorded(
  sql: Statements,
  run: (id: string) => RunRecord | undefined
): Recorded {
  const memory = createMemory(rememberedPoints)
  const stamp = (id: string): string => String(sql.runRevision.get(id))
  const sized = ({ steps }: RecordedSeries): number => steps.length

  function whole(id: string, name: string): RecordedSeries {
    const read = (): RecordedSeries =>
      collect((from) => sql.points.all(id, name, from) as [number, number | null][])
    return memory.of(`series ${id} ${name}`, stamp(id), read, sized)
  }

  function times(id: string): RecordedSeries {
    const read = (): RecordedSeries => {
      const { steps, values } = collect((from) => sql.times.all(id, from) as [number, number][])
      return { steps, values: spreadReports(steps, values) }
    }
    return memory.of(`times ${id}`, stamp(id), read, sized)
  }

  function recorded(id: string): RecordedRun | undefined {
    const found = run(id)
    return found && { run: found, series: (name) => whole(id, name), times: () => times(id) }
  }

  return {
    series({ id, names, scale, columns, from, to }) {
      const all = names.map((name) => whole(id, name))
      const filled = all.map(({ steps }) => steps).filter(({ length }) => length > 0)
      const least = filled.flatMap((steps) => steps.find((step) => step > 0) ?? [])
      const ends: Range = [
        from ?? Math.min(...filled.map((steps) => steps[0]!)),
        to ?? Math.max(...filled.map((steps) => steps.at(-1)!))
      ]
      const axis = scaleFor(scale, {
        range: [Math.max(0, ends[0]), ends[1]],
        least: least.length > 0 ? Math.min(...least) : null
      })
      return all.map(({ steps, values }, i) => {
        const { indices, total } = reduceCurve(steps, [values], {
          scale: axis,
          range: ends,
          columns
        })
        return { name: names[i]!, points: indices.map((at) => pointAt(steps, values, at)), total }
      })
    },
    points(id, name) {
      const { steps, values } = whole(id, name)
      return Array.from(steps, (_, i) => pointAt(steps, values, i))
    },
    curves: (query) => readCurves({ recorded, stamp, memory }, query)
  }
}

const pointAt = (steps: Float64Array, values: Float64Array, i: number): Point => [
  steps[i]!,
  Number.isNaN(values[i]!) ? null : values[i]!
]

/**
 * Rows are fetched many at a time: one by one takes three times as long, all at once much memory.
 * @param fetch the next rows from a step on
 */
function collect(fetch: (from: number) => [number, number | null][]): RecordedSeries {
  const parts: [number, number | null][][] = []
  let count = 0
  for (let from = 0; ;) {
    const rows = fetch(from)
    parts.push(rows)
    count += rows.length
    if (rows.length < pointsPerQuery) break
    from = rows.at(-1)![0] + 1
  }
  const [steps, values] = [new Float64Array(count), new Float64Array(count)]
  let at = 0
  for (const rows of parts) {
    for (const [step, value] of rows) {
      steps[at] = step
      values[at++] = value ?? NaN
    }
  }
  return { steps, values }
}
