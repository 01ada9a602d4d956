/**
 * Reducing a long curve to what a chart of a given width can show, in the scale of its axis. Per pixel column the
 * first, last, lowest and highest point stay, and the first that is not finite, so that neither a spike nor a
 * divergence is ever hidden. Chart.js decimates linear axes only.
 */
import { positionOf, type AxisScale, type Range } from '@shared/figure/scale'

/** x rises or stays; NaN in `y` where the value was not finite. */
export interface Curve {
  x: Float64Array
  y: Float64Array
}

/** Pixel columns over a range of x, in the positions of its scale. */
export interface Columns {
  scale: AxisScale
  range: Range
  columns: number
}

/** Which points of a curve are kept, in order, and how many lie in the range. */
export interface Kept {
  indices: number[]
  total: number
}

/**
 * The points worth drawing: at most four a column for each of the values, and one gap, and the neighbour on either
 * side of the range, from which lines come in and to which they leave.
 * @param values one array for a curve; centre, low and high for a band: the extremes of each stay
 */
export function reduceCurve(
  x: Float64Array,
  values: readonly Float64Array[],
  { scale, range, columns }: Columns
): Kept {
  const from = firstAtLeast(x, range[0])
  const to = firstAtLeast(x, range[1], true)
  const indices: number[] = from > 0 ? [from - 1] : []
  const [low, high] = range.map((end) => positionOf(end, scale) ?? 0) as [number, number]
  const perPosition = high > low ? columns / (high - low) : 0
  const columnAt = (i: number): number => {
    const position = positionOf(x[i]!, scale)
    return position === null
      ? -1
      : Math.min(columns - 1, Math.floor((position - low) * perPosition))
  }
  for (let start = from; start < to;) {
    const column = columnAt(start)
    let end = start + 1
    while (end < to && columnAt(end) === column) end++
    keepColumn(indices, values, start, end)
    start = end
  }
  if (to < x.length) indices.push(to)
  return { indices, total: to - from }
}

/** Adds the points of one column, in order. */
function keepColumn(
  indices: number[],
  values: readonly Float64Array[],
  start: number,
  end: number
): void {
  if (end - start <= 2) {
    for (let i = start; i < end; i++) indices.push(i)
    return
  }
  const held = new Set([start, end - 1])
  for (const y of values) {
    let [lowest, highest, gap] = [-1, -1, -1]
    for (let i = start; i < end; i++) {
      const value = y[i]!
      if (Number.isNaN(value)) {
        if (gap < 0) gap = i
      } else {
        if (lowest < 0 || value < y[lowest]!) lowest = i
        if (highest < 0 || value > y[highest]!) highest = i
      }
    }
    for (const i of [lowest, highest, gap]) if (i >= 0) held.add(i)
  }
  indices.push(...[...held].sort((a, b) => a - b))
}

/** The first index whose x is at least (or, `beyond`, more than) a value; the length where there is none. */
function firstAtLeast(x: Float64Array, value: number, beyond = false): number {
  let [low, high] = [0, x.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (beyond ? x[middle]! <= value : x[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * The same for a curve whose x does not rise, being another metric: in the order of its steps, points that fall into
 * the same pixel as the one before are left out.
 * @param rows of pixels, over the values' own range
 */
export function reducePath(
  { x, y }: Curve,
  { scale, range, columns }: Columns,
  rows: number
): Kept {
  const [left, right] = range.map((end) => positionOf(end, scale) ?? 0) as [number, number]
  let [low, high] = [Infinity, -Infinity]
  for (const value of y) {
    if (value < low) low = value
    if (value > high) high = value
  }
  const indices: number[] = []
  let total = 0
  let last = ''
  for (let i = 0; i < x.length; i++) {
    const position = positionOf(x[i]!, scale)
    const inside = x[i]! >= range[0] && x[i]! <= range[1]
    if (inside) total++
    const column =
      position === null ? NaN : Math.floor(((position - left) / (right - left || 1)) * columns)
    const row = Math.floor(((y[i]! - low) / (high - low || 1)) * rows)
    // Beside the range only its side matters.
    const cell = `${Math.min(columns, Math.max(-1, column))} ${row}`
    if (cell === last && i < x.length - 1) continue
    last = cell
    indices.push(i)
  }
  return { indices, total }
}
