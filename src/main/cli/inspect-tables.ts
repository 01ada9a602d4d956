/** Answers of inspect jobs as text for a terminal. */
import type { RunRow } from '@shared/contract'
import {
  inspectJobs,
  sliceOf,
  type Cell,
  type InspectResult,
  type LabelledArray
} from '@shared/inspect'
import { cut, shortNumber, table } from './format'

/** Rows and columns beyond these are not printed, but said to be there. */
const rowsShown = 20
const linesShown = 40
const columnsShown = 16
const matricesShown = 24

export function describeInspection(result: InspectResult, run: Pick<RunRow, 'name'>): string {
  const { query, step, probes, values, rows, notes } = result
  const sections = [
    [
      `${inspectJobs[query.job].title} of ${run.name}, step ${step.toLocaleString('en')}`,
      probes ? `  ${describeProbes(probes)}` : ''
    ]
      .filter(Boolean)
      .join('\n') + '\n',
    valueTable(values),
    rowTable(rows),
    ...arrayTables(result.arrays),
    notes.map((note) => `Note: ${note}\n`).join('')
  ]
  return sections.filter(Boolean).join('\n')
}

function describeProbes({ count, tokens }: NonNullable<InspectResult['probes']>): string {
  return tokens.length > 0 ? `prompt ${tokens.join(' ')}` : `${count.toLocaleString('en')} prompts`
}

function valueTable(values: InspectResult['values']): string {
  const entries = Object.entries(values)
  return entries.length === 0
    ? ''
    : table(
        ['VALUE', ''],
        entries.map(([name, value]) => [name, cellText(value)])
      )
}

const cellText = (cell: Cell): string =>
  typeof cell === 'number'
    ? Number.isInteger(cell)
      ? String(cell)
      : shortNumber(cell)
    : String(cell ?? '-')

function rowTable(rows: InspectResult['rows']): string {
  if (rows.length === 0) return ''
  const head = [...new Set(rows.flatMap((row) => Object.keys(row)))].slice(0, columnsShown)
  const some = rows.slice(0, rowsShown)
  const more = rows.length - some.length
  return (
    table(
      head.map((name) => name.toUpperCase()),
      some.map((row) => head.map((name) => cut(cellText(row[name] ?? null), 60)))
    ) + (more > 0 ? `... and ${more} more: see --json\n` : '')
  )
}

/** Ends of intervals belong to the array that they are of. */
const intervals: Record<string, readonly [low: string, high: string]> = {
  strength: ['low', 'high'],
  strengthAt: ['lowAt', 'highAt']
}

function arrayTables(arrays: InspectResult['arrays']): string[] {
  const ends = new Set(Object.values(intervals).flat())
  const shown: string[] = []
  const left: string[] = []
  for (const [name, array] of Object.entries(arrays)) {
    if (ends.has(name)) continue
    const [low, high] = (intervals[name] ?? []).map((end) => arrays[end])
    const text = arrayTable(name, array, low && high && [low, high])
    if (text === null) left.push(`${name} [${array.dims.join(', ')}]`)
    else shown.push(text)
  }
  return [
    ...shown,
    left.length > 0 ? `Not printed: ${left.join('; ')}. See --json or --out.\n` : ''
  ]
}

/** Matrices of the last two dims, one for each label of those before; null where it is too much. */
function arrayTable(
  name: string,
  array: LabelledArray,
  interval: readonly [LabelledArray, LabelledArray] | undefined
): string | null {
  const { dims, coords } = array
  const before = dims.slice(0, -2)
  const columns = coords.at(-1)!
  const places = before.reduce<Record<string, string>[]>(
    (found, dim, d) => found.flatMap((at) => coords[d]!.map((label) => ({ ...at, [dim]: label }))),
    [{}]
  )
  const rowCount = coords.at(-2)?.length ?? 1
  if (columns.length > columnsShown || rowCount > linesShown || places.length > matricesShown)
    return null
  const counts = array.values.every((value) => value === null || Number.isInteger(value))
  return places
    .map((at) => {
      const cells = [array, ...(interval ?? [])].map((part) => sliceOf(part, at).values)
      const text = (i: number): string => {
        const [value, low, high] = cells.map((values) => values[i])
        const range = interval ? ` (${shortNumber(low)}-${shortNumber(high)})` : ''
        if (value === null || value === undefined) return '-'
        return (counts ? String(value) : shortNumber(value)) + range
      }
      const rows = dims.length > 1 ? coords.at(-2)! : ['']
      const where = Object.entries(at).map(([dim, label]) => `${dim} ${label}`)
      return (
        `${[name, ...where].join(', ')}\n` +
        table(
          [dims.length > 1 ? dims.at(-2)! : '', ...columns],
          rows.map((row, r) => [row, ...columns.map((_, c) => text(r * columns.length + c))])
        )
      )
    })
    .join('\n')
}

/** The values of several checkpoints: one line per value, one column per step, as many as fit. */
export function valuesOverSteps(results: readonly InspectResult[]): string {
  const names = [...new Set(results.flatMap(({ values }) => Object.keys(values)))]
  if (names.length === 0) return 'This job has no single numbers: see --json.\n'
  const skip = Math.ceil(results.length / columnsShown)
  const shown = results.filter((_, i) => i % skip === 0 || i === results.length - 1)
  const note =
    shown.length < results.length
      ? `${shown.length} of ${results.length} checkpoints; all with --json\n`
      : ''
  return (
    table(
      ['VALUE', ...shown.map(({ step }) => String(step))],
      names.map((name) => [name, ...shown.map(({ values }) => cellText(values[name] ?? null))])
    ) + note
  )
}
