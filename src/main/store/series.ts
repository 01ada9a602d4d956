/**
 * Reducing a long series to what a chart of a given width can show, for the scale of its step axis. Per pixel
 * column the first, last, lowest and highest point stay, and the first that is not finite, so that neither a
 * spike nor a divergence is ever hidden. Chart.js decimates linear axes only.
 */
import type { MetricValue } from '@shared/events'

export type Point = [step: number, value: MetricValue]

/**
 * The pixel column, 0..columns-1, of a step on an axis from `low` to `high`. A log axis has no place for step
 * 0: it gets the first column to itself, and the decades share the others.
 */
export function columnOf(
  scale: 'log' | 'linear',
  columns: number,
  low: number,
  high: number
): (step: number) => number {
  const spread = (from: number, to: number, first: number) => {
    const count = columns - first
    return (at: number): number => {
      if (to <= from || count < 1) return Math.min(first, columns - 1)
      const column = Math.floor(((at - from) / (to - from)) * count)
      return first + Math.min(count - 1, Math.max(0, column))
    }
  }
  if (scale === 'linear') return spread(low, high, 0)
  const zero = low < 1
  const onLog = spread(Math.log(Math.max(1, low)), Math.log(Math.max(1, high)), zero ? 1 : 0)
  return (step) => (step < 1 ? 0 : onLog(Math.log(step)))
}

/**
 * Reduces points, step rising, in one pass.
 * @returns at most five points per column, step rising, and how many there were
 */
export function reducePoints(
  points: Iterable<Point>,
  column: (step: number) => number
): { points: Point[]; total: number } {
  const kept: Point[] = []
  let total = 0
  let current = -1
  let held: Point[] = [] // first, lowest, highest, first null, last of the current column; may repeat
  const flush = (): void => {
    const distinct = [...new Set(held)].sort((a, b) => a[0] - b[0])
    kept.push(...distinct)
  }
  for (const point of points) {
    total += 1
    const at = column(point[0])
    if (at !== current) {
      flush()
      current = at
      held = [point, point, point, point, point]
      continue
    }
    const value = point[1]
    if (value !== null) {
      const lowest = held[1]![1]
      const highest = held[2]![1]
      if (lowest === null || value < lowest) held[1] = point
      if (highest === null || value > highest) held[2] = point
    } else if (held[3]![1] !== null) {
      held[3] = point
    }
    held[4] = point
  }
  flush()
  return { points: kept, total }
}
