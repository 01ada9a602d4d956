/** Numbers, times and names as a person reads them. English throughout, whatever the system's language. */
import type { FieldInfo } from '@shared/config-fields'

export { formatFlops } from '@shared/model-cost'

const counts = new Intl.NumberFormat('en')

/** 246,800 */
export const formatCount = (value: number): string => counts.format(value)

/** Four significant digits with a fixed look: 0.9873, 12.35, 1,234, 3.2e-5; "not finite" for null. */
export function formatMetric(value: number | null | undefined): string {
  if (value === undefined) return ''
  if (value === null) return 'not finite'
  const size = Math.abs(value)
  if (size === 0) return '0'
  if (size < 1e-3) return value.toExponential(2)
  if (size < 10) return value.toFixed(4)
  if (size < 1000) return value.toFixed(2)
  if (size < 1e6) return formatCount(Math.round(value))
  return value.toExponential(2)
}

/** Accuracy: always four decimals, so that columns line up. */
export function formatAccuracy(value: number | null | undefined): string {
  return typeof value === 'number' ? value.toFixed(4) : formatMetric(value)
}

/** 45 s, 12 min, 3 h 20 min, 2 d 4 h. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (seconds < 600 && seconds % 60 !== 0)
    return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`
  return hours % 24 ? `${Math.floor(hours / 24)} d ${hours % 24} h` : `${hours / 24} d`
}

interface Span {
  low: number
  high: number
  unit: string
  /** A time in the unit, to the span's own precision. */
  round: (ms: number) => number
}

/** A range of times in one unit, rounded outwards. */
function spanOf([low, high]: readonly [number, number]): Span {
  const [size, unit] =
    high < 90_000 ? [1000, 's'] : high < 5_400_000 ? [60_000, 'min'] : [3_600_000, 'h']
  // Hours deserve a decimal until there are many of them.
  const step = unit === 'h' && high < 36_000_000 ? 0.1 : unit === 's' ? 5 : 1
  const by = (how: (x: number) => number, ms: number): number =>
    Number((how(ms / size / step) * step).toFixed(1))
  const round = (ms: number): number => by(Math.round, ms)
  return { low: by(Math.floor, low), high: by(Math.ceil, high), unit, round }
}

/** "2 to 3 min left", "about 2 min left (2 to 3)": a range, and what is expected; one value where its ends agree. */
export function formatEta(
  range: readonly [number, number],
  expected: number | null = null
): string {
  const { low, high, unit, round } = spanOf(range)
  if (low === high) return `about ${high} ${unit} left`
  if (expected === null) return `${low} to ${high} ${unit} left`
  return `about ${round(expected)} ${unit} left (${low} to ${high})`
}

/** "25 to 90 s": a range of durations. */
export function formatSpan(range: readonly [number, number]): string {
  const { low, high, unit } = spanOf(range)
  return low === high ? `about ${high} ${unit}` : `${low} to ${high} ${unit}`
}

/** "60 s", "6 min", "1.4 h": a duration that is only known roughly. */
export function formatAbout(ms: number): string {
  const { unit, round } = spanOf([ms, ms])
  return `${Math.max(round(ms), unit === 's' ? 5 : 0)} ${unit}`
}

/** 14:05 today, else 3 Feb 14:05, with the year where it is another one. Local time. */
export function formatWhen(at: number, now: number): string {
  const then = new Date(at)
  const today = new Date(now)
  const time = then.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
  if (then.toDateString() === today.toDateString()) return time
  const year = then.getFullYear() === today.getFullYear() ? undefined : 'numeric'
  return `${then.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year })} ${time}`
}

/** 0.8 KB, 3.2 GB (powers of 1024, as systems show memory). */
export function formatBytes(bytes: number): string {
  const units = ['KB', 'MB', 'GB', 'TB']
  let value = bytes / 1024
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${value >= 100 ? Math.round(value) : Number(value.toFixed(1))} ${units[unit]}`
}

/** A setting's value as text: yes/no, "empty", numbers as they are written in a config. */
export function formatSetting(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'empty'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) >= 10_000) {
    return formatCount(value)
  }
  return String(value)
}

/** One number and its noun: "1 run", "2 runs". */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`

/** A number field's range: "4 to 20,000.", "Above 0, up to 1.", with "or empty" where that means something. */
export function formatLimits(field: FieldInfo): string {
  if (field.type !== 'integer' && field.type !== 'number') return ''
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, nullable } = field
  const write = (value: number): string => {
    const short = value.toExponential().replace('e+', 'e')
    const whole = counts.format(value)
    return Math.abs(value) >= 1e7 && short.length < whole.length ? short : whole
  }
  const below = exclusiveMaximum === undefined ? '' : `below ${write(exclusiveMaximum)}`
  const range =
    minimum !== undefined && maximum !== undefined
      ? `${write(minimum)} to ${write(maximum)}`
      : [
          exclusiveMinimum === undefined ? '' : `above ${write(exclusiveMinimum)}`,
          minimum === undefined ? '' : `from ${write(minimum)}`,
          maximum === undefined ? below : `up to ${write(maximum)}`
        ]
          .filter(Boolean)
          .join(', ')
  const said = range && nullable ? `${range}, or empty` : range
  return said && `${said[0]!.toUpperCase()}${said.slice(1)}.`
}
