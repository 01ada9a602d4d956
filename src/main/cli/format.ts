/** Numbers, times and tables as text for a terminal. */

/** 0.98765 as `0.988`, 0.00012 as `1.2e-4`, 1234.5 as `1,235`; null, which is what NaN was stored as, as `-`. */
export function shortNumber(value: number | null | undefined): string {
  if (value === null || value === undefined) return '-'
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 1000) return Math.round(value).toLocaleString('en')
  if (size < 0.001) return value.toExponential(1)
  return size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(3)
}

/** 3_725_000 ms as `1 h 2 min`, 61_000 as `1 min 1 s`, 4_200 as `4 s`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  const units: [number, string][] = [
    [86400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's']
  ]
  const at = units.findIndex(([size]) => seconds >= size)
  if (at < 0) return '0 s'
  const [size, unit] = units[at]!
  const whole = Math.floor(seconds / size)
  const next = units[at + 1]
  const rest = next ? Math.floor((seconds % size) / next[0]) : 0
  return rest > 0 && next ? `${whole} ${unit} ${rest} ${next[1]}` : `${whole} ${unit}`
}

/** An estimate as a range, or one duration where both ends read the same. */
export function durationRange([low, high]: readonly [number, number]): string {
  const [from, to] = [duration(low), duration(high)]
  return from === to ? from : `${from} to ${to}`
}

/** 1.5 * 2**30 as `1.5 GiB`. */
export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(count) / 10))
  const value = count / 1024 ** power
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`
}

/** A number with its unit left out or a %, a part of a whole (3/5), or a dash for none; no date, and no id of digits. */
const numeric = /^(-|-?[\d.,]+(e-?\d+)?( ?%)?( ?\/ ?[\d.,]+)?)?$/

/** Columns as wide as their widest cell; those that hold numbers are aligned to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows]
  const width = head.map((_, c) => Math.max(...all.map((row) => textWidth(row[c]!))))
  const isNumeric = head.map((_, c) => rows.every((row) => numeric.test(row[c]!)))
  return all
    .map((row) =>
      row
        .map((cell, c) => {
          const gap = ' '.repeat(width[c]! - textWidth(cell))
          return isNumeric[c] ? gap + cell : cell + gap
        })
        .join('  ')
        .trimEnd()
    )
    .map((line) => `${line}\n`)
    .join('')
}

/** Characters a text takes up, as far as names of runs and metrics are concerned. */
export const textWidth = (text: string): number => [...text].length

/** Cuts a text to a width, with an ellipsis for what is missing. */
export function cut(text: string, width: number): string {
  const characters = [...text]
  return characters.length <= width
    ? text
    : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** A bar of `width` characters, filled to a share in steps of an eighth of a character. */
export function bar(share: number, width: number): string {
  const filled = Math.floor(Math.min(1, Math.max(0, share)) * width * 8)
  const whole = '█'.repeat(filled >> 3) + eighths[filled & 7]!
  return `▕${whole}${' '.repeat(width - textWidth(whole))}▏`
}

/**
 * A curve in one line of text over a logarithmic step axis, the lowest value as ▁ and the highest as █. A column
 * without a point repeats the one before it.
 * @param points [step, value], step rising; null values are passed over
 */
export function sparkline(
  points: readonly (readonly [number, number | null])[],
  width: number,
  range?: readonly [number, number]
): string {
  const known = points.filter((p): p is [number, number] => p[1] !== null)
  if (known.length === 0) return ''
  const values = known.map(([, value]) => value)
  const [low, high] = range ?? [Math.min(...values), Math.max(...values)]
  const reach = Math.log1p(known.at(-1)![0]) || 1
  const columns = new Array<number | undefined>(width).fill(undefined)
  for (const [step, value] of known) {
    columns[Math.min(width - 1, Math.floor((Math.log1p(step) / reach) * width))] = value
  }
  const levels = '▁▂▃▄▅▆▇█'
  let last = known[0]![1]
  return columns
    .map((value) => {
      last = value ?? last
      const level = high > low ? Math.round(((last - low) / (high - low)) * 7) : 0
      return levels[Math.min(7, Math.max(0, level))]
    })
    .join('')
}
