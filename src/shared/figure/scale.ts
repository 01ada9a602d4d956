/**
 * Where steps and values are drawn. Chart.js only sees positions on linear axes; the meaning of a position is
 * decided here, so that step 0 has a place on a logarithmic axis and every panel agrees with the cursor.
 */
export type ScaleKind = 'log' | 'linear'
/** Low and high, in steps or in positions as said. */
export type Range = readonly [number, number]
/** One recorded value: [step, value], null where it was not finite. */
export type Point = readonly [number, number | null]

export interface Tick {
  position: number
  label: string
}

/** On a log axis step 0 is drawn this far left of step 1, in decades, on a tick of its own. */
export const zeroPosition = -0.4

/** The axis position of a step: the step itself, or its decimal logarithm. */
export function stepPosition(step: number, scale: ScaleKind): number {
  if (scale === 'linear') return step
  return step < 1 ? zeroPosition : Math.log10(step)
}

/** The step, in whole numbers, at an axis position; left of step 1 a log axis means step 0. */
export function stepAt(position: number, scale: ScaleKind): number {
  if (scale === 'linear') return Math.max(0, Math.round(position))
  return position < zeroPosition / 2 ? 0 : Math.max(1, Math.round(10 ** position))
}

/** The axis position of a value; null (a gap) where a log axis has no place for it. */
export function valuePosition(value: number | null, scale: ScaleKind): number | null {
  if (value === null || scale === 'linear') return value
  return value > 0 ? Math.log10(value) : null
}

/** The axis's ends, in positions, for a range of steps; a range of one step gets some width. */
export function stepDomain([from, to]: Range, scale: ScaleKind): Range {
  const low = stepPosition(from, scale)
  const high = stepPosition(to, scale)
  if (high > low) return [low, high]
  return scale === 'log' ? [low, low + 1] : [low, low + 10]
}

/** First and last step over several lines, or null when none holds a point. */
export function stepRange(lines: readonly (readonly Point[])[]): Range | null {
  let from = Infinity
  let to = -Infinity
  for (const points of lines) {
    if (points.length === 0) continue
    from = Math.min(from, points[0]![0])
    to = Math.max(to, points[points.length - 1]![0])
  }
  return from <= to ? [from, to] : null
}

/**
 * The ends of a value axis, in positions, that show every value of the given lines within a range of steps,
 * with 4 % of air. Without values: 0 to 1 in positions.
 */
export function valueDomain(
  lines: readonly (readonly Point[])[],
  steps: Range,
  scale: ScaleKind
): Range {
  let low = Infinity
  let high = -Infinity
  for (const points of lines) {
    for (const [step, value] of points) {
      const position = valuePosition(value, scale)
      if (position === null || step < steps[0] || step > steps[1]) continue
      low = Math.min(low, position)
      high = Math.max(high, position)
    }
  }
  if (low > high) return [0, 1]
  const air = high > low ? 0.04 * (high - low) : Math.max(0.1, Math.abs(high) * 0.1)
  // A linear axis of positive values starts at 0 where that costs little: lengths then compare honestly.
  const bottom = scale === 'linear' && low >= 0 && low < 0.35 * high ? 0 : low - air
  return [bottom, high + air]
}

/** Round numbers at equal distances (1, 2 or 5 times a power of ten), at most about `wanted` of them. */
export function linearTicks([low, high]: Range, wanted: number, whole = false): number[] {
  if (!(high > low)) return [low]
  const rough = (high - low) / wanted
  const power = 10 ** Math.floor(Math.log10(rough))
  const factor = [1, 2, 5, 10].find((f) => f * power >= rough * 0.999)!
  const distance = whole ? Math.max(1, factor * power) : factor * power
  const decimals = Math.min(20, Math.max(0, -Math.floor(Math.log10(distance) + 1e-9)))
  const ticks: number[] = []
  for (let i = Math.ceil(low / distance - 1e-9); i * distance <= high + 1e-9 * distance; i++) {
    // Products of decimals leave crumbs (3 x 0.1); a label must not show them.
    ticks.push(Number((i * distance).toFixed(decimals)))
  }
  return ticks
}

/** Ticks of the step axis between two positions. */
export function stepTicks([low, high]: Range, scale: ScaleKind, wanted = 8): Tick[] {
  if (scale === 'linear') {
    return linearTicks([low, high], wanted, true).map((step) => ({
      position: step,
      label: shortCount(step)
    }))
  }
  const ticks: Tick[] = low <= zeroPosition ? [{ position: zeroPosition, label: '0' }] : []
  return [...ticks, ...logTicks([Math.max(0, low), high], wanted, shortCount, true)]
}

/** Ticks of a value axis between two positions. */
export function valueTicks([low, high]: Range, scale: ScaleKind, wanted = 6): Tick[] {
  if (scale === 'log') return logTicks([low, high], wanted, shortValue, false)
  return linearTicks([low, high], wanted).map((value) => ({
    position: value,
    label: shortValue(value)
  }))
}

/** Decades; where fewer than three are in sight also 2 and 5 if there is room, and failing that round numbers. */
function logTicks(
  [low, high]: Range,
  wanted: number,
  label: (value: number) => string,
  whole: boolean
): Tick[] {
  const within = (value: number): boolean =>
    Math.log10(value) >= low - 1e-9 && Math.log10(value) <= high + 1e-9
  const decades = range(Math.floor(low), Math.ceil(high)).map((power) => 10 ** power)
  let values = decades.filter(within)
  if (values.length < 3) {
    const finer = decades.flatMap((d) => [d, 2 * d, 5 * d]).filter(within)
    if (values.length < 2 || finer.length <= wanted + 2) values = finer
  }
  if (values.length < 2) {
    values = linearTicks([10 ** low, 10 ** high], wanted, whole).filter((v) => v > 0 && within(v))
  }
  // More decades than there is room for: every second, every third, ...
  const every = Math.ceil(values.length / Math.max(wanted, 3))
  return values
    .filter((_, i) => i % every === 0)
    .map((value) => ({ position: Math.log10(value), label: label(Number(value.toPrecision(12))) }))
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i)

/** 0, 250, 1k, 2.5k, 300k, 1M: steps as they fit under a tick. */
export function shortCount(value: number): string {
  const units: [number, string][] = [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k']
  ]
  const unit = units.find(([size]) => Math.abs(value) >= size)
  return unit ? `${Number((value / unit[0]).toPrecision(6))}${unit[1]}` : String(value)
}

/** 0.2, 15, 1e-5: values as they fit beside a tick. */
function shortValue(value: number): string {
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) {
    return value.toExponential().replace('e+', 'e')
  }
  return String(Number(value.toPrecision(6)))
}

/** Index of the point at a step or, between points, of the nearest in position; -1 without points. */
export function nearestIndex(points: readonly Point[], step: number, scale: ScaleKind): number {
  if (points.length === 0) return -1
  let low = 0
  let high = points.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (points[middle]![0] < step) low = middle + 1
    else high = middle
  }
  if (low === 0) return 0
  const wanted = stepPosition(step, scale)
  const after = stepPosition(points[low]![0], scale) - wanted
  const before = wanted - stepPosition(points[low - 1]![0], scale)
  return before <= after ? low - 1 : low
}

/** The recorded step, over several lines, that lies nearest to a step; null without points. */
export function nearestStep(
  lines: readonly (readonly Point[])[],
  step: number,
  scale: ScaleKind
): number | null {
  let best: number | null = null
  for (const points of lines) {
    const found = points[nearestIndex(points, step, scale)]
    if (!found) continue
    const distance = Math.abs(stepPosition(found[0], scale) - stepPosition(step, scale))
    if (
      best === null ||
      distance < Math.abs(stepPosition(best, scale) - stepPosition(step, scale))
    ) {
      best = found[0]
    }
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
