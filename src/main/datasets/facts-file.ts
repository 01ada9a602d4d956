/**
 * Rows of a user's file, CSV or Parquet, as text cells of the wanted columns. Nothing here knows what they mean.
 * A file is taken by its content, not by its name: Parquet begins with PAR1.
 */
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { nearestName } from '@shared/config-input'
import { UserError } from '@shared/errors'
import { CsvError, parse, type Options } from 'csv-parse/sync'
import { isParquet, readParquet } from './parquet'

/** Beyond these, reading takes minutes and gigabytes. */
export const maxFileBytes = 200 * 2 ** 20
export const maxFileRows = 2_000_000

export interface FileBytes {
  path: string
  bytes: Buffer
  /** Hex. */
  sha256: string
}

/** Cells of the wanted columns, row by row. */
export interface FileRows {
  /** Each as many cells as columns were wanted; an absent one is ''. */
  cells: readonly (readonly string[])[]
  /** Where row `i` is in the file, for messages: "line 17" of a CSV file, "row 16" of a Parquet file. */
  place: (i: number) => string
}

/** What is wrong with the file itself; the form shows it beside its path. */
export function fileError(path: string, problem: string, hint: string): UserError {
  return new UserError('dataset.file', `${path}: ${problem}.`, hint, [
    { path: 'dataset.path', message: problem }
  ])
}

/** @throws {UserError} `dataset.file` where there is no such file, or it is too large. */
export function readBytes(path: string): FileBytes {
  try {
    const { size } = statSync(path)
    if (size > maxFileBytes) {
      const limit = `${maxFileBytes / 2 ** 20} MiB`
      throw fileError(
        path,
        `${Math.ceil(size / 2 ** 20)} MiB are more than the limit of ${limit}`,
        'Keep the facts and columns that are needed, or write the file as Parquet.'
      )
    }
    const bytes = readFileSync(path)
    return { path, bytes, sha256: createHash('sha256').update(bytes).digest('hex') }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (error instanceof UserError || code === undefined) throw error
    throw fileError(
      path,
      code === 'ENOENT' ? 'there is no such file' : `the file cannot be read (${code})`,
      'Set dataset.path to a CSV or Parquet file.'
    )
  }
}

/**
 * @param columns names of the wanted columns, by the setting that names each
 * @throws {UserError} `dataset.file` where it is neither CSV in UTF-8 nor Parquet, or has too many rows;
 *   `dataset.column` where a column is missing or there twice.
 */
export function readRows(file: FileBytes, columns: Readonly<Record<string, string>>): FileRows {
  if (isParquet(file.bytes)) {
    const { names, numRows, read } = readParquet(file)
    checkRows(file.path, numRows)
    const wanted = findColumns(file.path, columns, names).map((at) => read(names[at]!))
    const cells = Array.from({ length: numRows }, (_, i) => wanted.map((column) => column[i]!))
    return { cells, place: (i) => `row ${i + 1}` }
  }
  return readCsv(file, columns)
}

function checkRows(path: string, rows: number): void {
  if (rows <= maxFileRows) return
  const [has, limit] = [rows.toLocaleString('en'), maxFileRows.toLocaleString('en')]
  throw fileError(path, `${has} rows are more than the limit of ${limit}`, 'Take fewer facts.')
}

function readCsv(file: FileBytes, columns: Readonly<Record<string, string>>): FileRows {
  const text = decode(file)
  const { delimiter, header } = readHeader(file.path, text, Object.values(columns))
  const places = findColumns(file.path, columns, header)
  const lines: number[] = []
  const cells = parseCsv(file.path, text, {
    delimiter,
    from: 2,
    on_record: (record: string[], { lines: line }) => {
      // What the parser keeps is only what is wanted
      if (lines.push(line) > maxFileRows) checkRows(file.path, lines.length)
      return places.map((at) => record[at]!)
    }
  })
  return { cells, place: (i) => `line ${lines[i]}` }
}

function decode({ path, bytes }: FileBytes): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw fileError(
      path,
      'the file is neither Parquet nor text in UTF-8',
      'Save it as CSV in UTF-8, or as Parquet.'
    )
  }
}

/** The delimiter whose header has most of the wanted columns, then most columns. */
function readHeader(
  path: string,
  text: string,
  wanted: readonly string[]
): { delimiter: string; header: readonly string[] } {
  const tried = [',', ';', '\t'].flatMap((delimiter) => {
    try {
      const [header = []] = parseCsv(path, text, { delimiter, to: 1 })
      const names = header.map((name) => name.trim())
      const found = wanted.filter((name) => names.includes(name)).length
      return [{ delimiter, header: names, score: found * 1e6 + names.length }]
    } catch (error) {
      if (error instanceof UserError) return []
      throw error
    }
  })
  const best = tried.sort((x, y) => y.score - x.score)[0]
  if (best && best.header.length > 0) return best
  throw fileError(
    path,
    'the first line holds no column names',
    'Begin the file with a header line.'
  )
}

function parseCsv(path: string, text: string, options: Options<string[]>): string[][] {
  try {
    return parse(text, { skip_empty_lines: true, max_record_size: 1e6, ...options })
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw fileError(
      path,
      // csv-parse names the line
      error.message.replace(/\.$/, ''),
      'Put that line right: every line has as many cells as the first; cells with delimiters stand in double quotes.'
    )
  }
}

/** Places of the wanted columns among those that there are. */
function findColumns(
  path: string,
  columns: Readonly<Record<string, string>>,
  names: readonly string[]
): number[] {
  return Object.entries(columns).map(([setting, name]) => {
    const at = names.indexOf(name)
    if (at >= 0 && names.indexOf(name, at + 1) < 0) return at
    const near = at < 0 ? nearestName(name, names) : undefined
    const has = names.slice(0, 30).map((column) => JSON.stringify(column))
    const problem = at < 0 ? `there is no column "${name}"` : `column "${name}" is there twice`
    throw new UserError(
      'dataset.column',
      `${path}: ${problem}${near ? `; did you mean "${near}"?` : ''}`.replace(/([^?])$/, '$1.'),
      `Its columns are ${has.join(', ')}${names.length > 30 ? ', ...' : ''}; set dataset.${setting}.`,
      [
        {
          path: `dataset.${setting}`,
          message: `${problem} in the file`,
          ...(near !== undefined && { nearest: near })
        }
      ]
    )
  })
}
