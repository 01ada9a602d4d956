/**
 * Where values are drawn. An axis is linear in positions; what a position means is decided here and nowhere else,
 * so that 0 has a place on a logarithmic axis, every panel agrees with the cursor, the reduction of long series
 * goes by the pixels that will be drawn, and an exported figure shows what the page shows.
 */
export type ScaleKind = 'log' | 'linear'
/** Low and high, in values or in positions as said. */
export type Range = readonly [number, number]
/** One recorded value: [x, value], null where it was not finite. */
export type Point = readonly [number, number | null]

export interface Tick {
  position: number
  label: string
}

/** How an axis turns values into positions. */
export type AxisScale =
  | { kind: 'linear' }
  /** Decimal logarithm. `zero`: the position at which 0 is drawn, left of the smallest positive value; null: nowhere. */
  | { kind: 'log'; zero: number | null }
  /** Linear from -unit to unit (positions -1 to 1), logarithmic beyond on both sides: for values of either sign. */
  | { kind: 'symlog'; unit: number }
  /** Values are indices into `labels`; the ticks are theirs. */
  | { kind: 'category'; labels: readonly string[] }

/** What must be known of values to choose a scale for them. */
export interface Extent {
  range: Range
  /** The least size of any of them that is not 0; null where all are 0. */
  least: number | null
}

/** On a log axis 0 is drawn this far left of the smallest positive value, in decades, on a tick of its own. */
export const zeroGap = 0.4

export const linearScale: AxisScale = { kind: 'linear' }

/** The scale of an axis for all the values it has to show, in sight or not, so that zooming never changes it. */
export function scaleFor(kind: ScaleKind, { range, least }: Extent): AxisScale {
  if (kind === 'linear') return linearScale
  const unit = least ?? 1
  if (range[0] < 0) return { kind: 'symlog', unit }
  return { kind: 'log', zero: range[0] === 0 ? Math.log10(unit) - zeroGap : null }
}

/** The position of a value on an axis; null, a gap, where it has none. */
export function positionOf(value: number | null, scale: AxisScale): number | null {
  if (value === null) return null
  switch (scale.kind) {
    case 'linear':
    case 'category':
      return value
    case 'log':
      if (value > 0) return Math.log10(value)
      return value === 0 ? scale.zero : null
    case 'symlog': {
      const size = Math.abs(value) / scale.unit
      return size <= 1 ? value / scale.unit : Math.sign(value) * (1 + Math.log10(size))
    }
    default:
      return scale satisfies never
  }
}

/** The value at a position; on a log axis nearer to the place of 0 than to the smallest positive value means 0. */
export function valueAt(position: number, scale: AxisScale): number {
  switch (scale.kind) {
    case 'linear':
      return position
    case 'category':
      return Math.min(scale.labels.length - 1, Math.max(0, Math.round(position)))
    case 'log':
      if (scale.zero !== null && position < scale.zero + zeroGap / 2) return 0
      return 10 ** position
    case 'symlog': {
      const size = Math.abs(position)
      return Math.sign(position) * scale.unit * (size <= 1 ? size : 10 ** (size - 1))
    }
    default:
      return scale satisfies never
  }
}

/** An axis's ends, in positions, for a range of values; a range of one value gets some width. */
export function domainOf([from, to]: Range, scale: AxisScale): Range {
  if (scale.kind === 'category') return [-0.5, scale.labels.length - 0.5]
  const [low, high] = [positionOf(from, scale), positionOf(to, scale)]
  if (low === null || high === null) return [0, 1]
  if (high > low) return [low, high]
  return scale.kind === 'linear' ? [low, low + (Math.abs(low) || 10)] : [low, low + 1]
}

/** Ends and least size of the x of several lines; null without points. */
export function extentOf(lines: readonly (readonly Point[])[]): Extent | null {
  let [low, high, least] = [Infinity, -Infinity, Infinity]
  for (const points of lines) {
    for (const [x] of points) {
      low = Math.min(low, x)
      high = Math.max(high, x)
      if (x !== 0) least = Math.min(least, Math.abs(x))
    }
  }
  return low <= high ? { range: [low, high], least: least === Infinity ? null : least } : null
}

/** What a value axis shows: its ends in positions, and how many values in sight have no place on it. */
export interface ValueDomain {
  domain: Range
  unplaced: number
}

/**
 * The ends of a value axis, in positions, that show every value of the given lines within a range of x, with 4 % of
 * air. Without values: 0 to 1 in positions.
 */
export function valueDomain(
  lines: readonly (readonly Point[])[],
  within: Range,
  scale: AxisScale
): ValueDomain {
  let low = Infinity
  let high = -Infinity
  let unplaced = 0
  for (const points of lines) {
    for (const [x, value] of points) {
      if (value === null || x < within[0] || x > within[1]) continue
      const position = positionOf(value, scale)
      if (position === null) {
        unplaced++
        continue
      }
      low = Math.min(low, position)
      high = Math.max(high, position)
    }
  }
  if (low > high) return { domain: [0, 1], unplaced }
  const air = high > low ? 0.04 * (high - low) : Math.max(0.1, Math.abs(high) * 0.1)
  // A linear axis of positive values starts at 0 where that costs little: lengths then compare honestly.
  const bottom = scale.kind === 'linear' && low >= 0 && low < 0.35 * high ? 0 : low - air
  return { domain: [bottom, high + air], unplaced }
}

/** Index of the point at an x or, between points, of the nearest in position; -1 without points. x must rise. */
export function nearestIndex(points: readonly Point[], x: number, scale: AxisScale): number {
  return nearestOf(points.length, (i) => points[i]![0], x, scale)
}

/** The same among values of x alone. */
export function nearestAt(values: readonly number[], x: number, scale: AxisScale): number {
  return nearestOf(values.length, (i) => values[i]!, x, scale)
}

function nearestOf(length: number, at: (i: number) => number, x: number, scale: AxisScale): number {
  if (length === 0) return -1
  let low = 0
  let high = length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (at(middle) < x) low = middle + 1
    else high = middle
  }
  if (low === 0) return 0
  const wanted = positionOf(x, scale) ?? -Infinity
  const after = (positionOf(at(low), scale) ?? -Infinity) - wanted
  const before = wanted - (positionOf(at(low - 1), scale) ?? -Infinity)
  return before <= after ? low - 1 : low
}

/** The recorded x, over several lines, that lies nearest to an x as the axis shows it; null without points. */
export function nearestX(
  lines: readonly (readonly Point[])[],
  x: number,
  scale: AxisScale
): number | null {
  const wanted = positionOf(x, scale) ?? -Infinity
  let best: number | null = null
  let least = Infinity
  for (const points of lines) {
    const found = points[nearestIndex(points, x, scale)]
    if (!found) continue
    const distance = Math.abs((positionOf(found[0], scale) ?? -Infinity) - wanted)
    if (best === null || distance < least) [best, least] = [found[0], distance]
  }
  return best
}

/**
 * Moves labels apart so that none overlaps another and all stay between top and bottom, each as near to its
 * own place as that allows. Order of equal places is kept.
 * @param wanted where each label's centre should be, in px
 * @param height of one label, in px
 * @returns centres in the order given, or null when they do not fit at all
 */
export function spreadLabels(
  wanted: readonly number[],
  height: number,
  [top, bottom]: Range
): number[] | null {
  if (wanted.length * height > bottom - top) return null
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]!)
  const placed: number[] = []
  // Downwards: each below the one before; then upwards from the bottom, where they ran out of room.
  order.forEach((i, rank) => {
    const least = rank === 0 ? top + height / 2 : placed[order[rank - 1]!]! + height
    placed[i] = Math.max(wanted[i]!, least)
  })
  let limit = bottom - height / 2
  for (const i of [...order].reverse()) {
    placed[i] = Math.min(placed[i]!, limit)
    limit = placed[i]! - height
  }
  return placed
}
