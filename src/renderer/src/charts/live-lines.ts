/** Recorded lines that grow while a run is at work. */
import type { Point, Range } from '@shared/figure/scale'

export interface Line {
  points: Point[]
  /** How many values are recorded in the range shown; more than the points, where those were reduced. */
  total: number
}

export interface MetricRow {
  step: number
  values: Readonly<Record<string, number | null>>
}

/**
 * The lines with newly recorded rows at their ends. A step at or before a line's end means that the run went
 * back to a checkpoint: what was recorded after it no longer counts.
 * @param range steps in sight; rows outside are not drawn
 */
export function appendRows(
  lines: Readonly<Record<string, Line>>,
  rows: readonly MetricRow[],
  range: Range | null
): Record<string, Line> {
  const next = { ...lines }
  const own = new Set<string>()
  for (const { step, values } of rows) {
    if (range && (step < range[0] || step > range[1])) continue
    for (const [name, value] of Object.entries(values)) {
      let line = next[name]
      if (!line) continue
      if (!own.has(name)) {
        line = next[name] = { points: [...line.points], total: line.total }
        own.add(name)
      }
      while (line.points.length > 0 && line.points[line.points.length - 1]![0] >= step) {
        line.points.pop()
        line.total--
      }
      line.points.push([step, value])
      line.total++
    }
  }
  return next
}
