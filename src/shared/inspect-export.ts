/** An answer of an inspect job as a file: whole as JSON, one array as CSV, all arrays as safetensors. */
import { UserError } from './errors'
import { longTable, type Cell, type InspectResult } from './inspect'
import { writeSafetensors, type StoredTensor } from './safetensors'

export const exportFormats = ['json', 'csv', 'safetensors'] as const
export type ExportFormat = (typeof exportFormats)[number]

/** The name of the rows among the arrays that a CSV can hold. */
export const rowsName = 'rows'

/** What a CSV of this answer can hold. */
export const exportNames = ({ arrays, rows }: InspectResult): string[] => [
  ...Object.keys(arrays),
  ...(rows.length > 0 ? [rowsName] : [])
]

/**
 * The file's bytes, to be written one chunk after the other.
 * @param name which array a CSV holds; may be left out where there is only one
 * @throws {UserError} `inspect.export` for an unknown format or array
 */
export function exportInspection(
  result: InspectResult,
  format: string,
  name?: string
): Uint8Array[] {
  switch (format) {
    case 'json':
      return [encode(`${JSON.stringify(result, null, 2)}\n`)]
    case 'csv':
      return [encode(csvOf(result, name))]
    case 'safetensors':
      return safetensorsOf(result)
    default:
      throw new UserError(
        'inspect.export',
        `"${format}" is no format that an inspection is written in.`,
        `Formats are ${exportFormats.join(', ')}.`
      )
  }
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

function csvOf(result: InspectResult, name: string | undefined): string {
  const names = exportNames(result)
  const wanted = name ?? (names.length === 1 ? names[0] : undefined)
  const array = wanted === undefined ? undefined : result.arrays[wanted]
  if (array) {
    const { head, rows } = longTable(array)
    return csv([head, ...rows])
  }
  if (wanted === rowsName && result.rows.length > 0) {
    const head = [...new Set(result.rows.flatMap((row) => Object.keys(row)))]
    return csv([head, ...result.rows.map((row) => head.map((column) => row[column] ?? null))])
  }
  throw new UserError(
    'inspect.export',
    wanted === undefined
      ? 'A CSV holds one array, and this answer has several.'
      : `This answer has no array "${wanted}".`,
    `Name one of ${names.join(', ')}.`
  )
}

/** RFC 4180, with line feeds; null is an empty cell. */
function csv(table: readonly (readonly Cell[])[]): string {
  const cell = (value: Cell): string => {
    const text = value === null ? '' : String(value)
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  return table.map((row) => `${row.map(cell).join(',')}\n`).join('')
}

/** Arrays under their names, null as NaN; dims, coords and everything else as JSON in the metadata. */
function safetensorsOf({ arrays, ...rest }: InspectResult): Uint8Array[] {
  const tensors = Object.entries(arrays).map(
    ([name, { coords, values }]): [string, StoredTensor] => [
      name,
      {
        shape: coords.map((labels) => labels.length),
        values: Float32Array.from(values, (value) => value ?? NaN)
      }
    ]
  )
  const about = Object.fromEntries(
    Object.entries(arrays).map(([name, { dims, coords }]) => [
      name,
      JSON.stringify({ dims, coords })
    ])
  )
  return writeSafetensors(tensors, { ...about, grokscope: JSON.stringify(rest) })
}
