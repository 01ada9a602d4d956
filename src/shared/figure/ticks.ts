/** Round numbers along an axis, and how they are written under it. */
import { positionOf, type AxisScale, type Range, type Tick } from './scale'

export interface TickStyle {
  /** About how many there should be. */
  wanted: number
  label: (value: number) => string
  /** Whether only whole numbers make sense. */
  whole?: boolean
  /** Seconds: round in minutes, hours and days too. */
  time?: boolean
  /** On a log axis powers of ten alone, where there are any. */
  decades?: boolean
}

/** The ticks between two positions of an axis. */
export function ticksOf([low, high]: Range, scale: AxisScale, style: TickStyle): Tick[] {
  const at = (value: number): Tick => ({
    position: positionOf(value, scale) ?? NaN,
    label: style.label(value)
  })
  switch (scale.kind) {
    case 'category':
      return scale.labels
        .map((label, position) => ({ position, label }))
        .filter(({ position }) => position >= low && position <= high)
    case 'linear':
      return linearValues([low, high], style).map(at)
    case 'log': {
      const zero = scale.zero !== null && low <= scale.zero + 1e-9
      const least = scale.zero === null ? low : Math.max(low, scale.zero + 1e-9)
      const values = logValues([least, high], style)
      return [...(zero ? [0] : []), ...values].map(at)
    }
    case 'symlog': {
      // Decades outwards from the linear middle, each side for itself, and 0 where it is in sight.
      const unit = Math.log10(scale.unit)
      const side = (from: number, to: number): number[] =>
        to > 1
          ? logValues([unit + Math.max(1, from) - 1, unit + to - 1], {
              ...style,
              decades: true,
              wanted: Math.max(2, Math.floor(style.wanted / 2))
            })
          : []
      const below = side(-high, -low).map((value) => -value)
      const zero = low <= 0 && high >= 0 ? [0] : []
      return [...below.reverse(), ...zero, ...side(low, high)].map(at)
    }
    default:
      return scale satisfies never
  }
}

function linearValues(range: Range, { wanted, whole = false, time = false }: TickStyle): number[] {
  if (time && range[1] - range[0] > wanted * 5) return timeTicks(range, wanted)
  return linearTicks(range, wanted, whole)
}

/** Round numbers at equal distances (1, 2 or 5 times a power of ten), at most about `wanted` of them. */
export function linearTicks([low, high]: Range, wanted: number, whole = false): number[] {
  if (!(high > low)) return [low]
  const rough = (high - low) / wanted
  const power = 10 ** Math.floor(Math.log10(rough))
  const factor = [1, 2, 5, 10].find((f) => f * power >= rough * 0.999)!
  const distance = whole ? Math.max(1, factor * power) : factor * power
  return multiples([low, high], distance)
}

const minute = 60
const hour = 60 * minute
const day = 24 * hour
const timeSteps = [
  ...[5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 4, 6, 12].map((n) => n * hour)
]

function timeTicks([low, high]: Range, wanted: number): number[] {
  const rough = (high - low) / wanted
  const distance = timeSteps.find((step) => step >= rough * 0.999)
  if (distance) return multiples([low, high], distance)
  return linearTicks([low / day, high / day], wanted).map((days) => days * day)
}

function multiples([low, high]: Range, distance: number): number[] {
  const decimals = Math.min(20, Math.max(0, -Math.floor(Math.log10(distance) + 1e-9)))
  const ticks: number[] = []
  for (let i = Math.ceil(low / distance - 1e-9); i * distance <= high + 1e-9 * distance; i++) {
    // Products of decimals leave crumbs (3 x 0.1); a label must not show them.
    ticks.push(Number((i * distance).toFixed(decimals)) || 0)
  }
  return ticks
}

/** Positive values between two decimal logarithms. */
function logValues([low, high]: Range, style: TickStyle): number[] {
  const { wanted, whole = false, time = false, decades: only = time } = style
  const within = (value: number): boolean =>
    Math.log10(value) >= low - 1e-9 && Math.log10(value) <= high + 1e-9
  // Seconds have their own round numbers beyond ten: a minute, ten, an hour, ten, a day.
  const decades = time
    ? [
        ...powers(Math.floor(low), 1),
        minute,
        10 * minute,
        hour,
        10 * hour,
        day,
        10 * day,
        100 * day
      ]
    : powers(Math.floor(low), Math.ceil(high))
  let values = decades.filter(within)
  if (values.length < 3 && !(only && values.length > 0)) {
    const finer = decades.flatMap((d) => [d, 2 * d, 5 * d]).filter(within)
    if (values.length < 2 || finer.length <= wanted + 2) values = finer
  }
  if (values.length < 2) {
    values = linearValues([10 ** low, 10 ** high], style).filter((v) => v > 0 && within(v))
  }
  if (whole) values = values.filter((value) => value >= 1 - 1e-9)
  // More decades than there is room for: every second, every third, ...
  const every = Math.ceil(values.length / Math.max(wanted, 3))
  return values.filter((_, i) => i % every === 0).map((value) => Number(value.toPrecision(12)))
}

const powers = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => 10 ** (from + i))

/** 0, 250, 1k, 2.5k, 300k, 1M, 1e15: counts as they fit under a tick. */
export function shortCount(value: number): string {
  const size = Math.abs(value)
  if (size >= 1e13) return shortValue(value)
  const units: [number, string][] = [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k']
  ]
  const unit = units.find(([least]) => size >= least)
  return unit ? `${Number((value / unit[0]).toPrecision(6))}${unit[1]}` : String(value)
}

/** 0.2, 15, 1e-5: values as they fit beside a tick. */
export function shortValue(value: number): string {
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) {
    return Number(value.toPrecision(6)).toExponential().replace('e+', 'e')
  }
  return String(Number(value.toPrecision(6)))
}

/** 0 s, 30 s, 5 min, 2 h, 3 d: seconds as they fit under a tick. */
export function shortTime(seconds: number): string {
  const units: [number, string][] = [
    [day, 'd'],
    [hour, 'h'],
    [minute, 'min']
  ]
  const unit = units.find(([least]) => Math.abs(seconds) >= least)
  return `${shortValue(unit ? seconds / unit[0] : seconds)} ${unit?.[1] ?? 's'}`
}
