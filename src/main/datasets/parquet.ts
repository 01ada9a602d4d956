/**
 * Columns of a Parquet file as text. hyparquet's own entry points are asynchronous because they fetch; here the
 * bytes are in memory, so the row groups are walked and building a data set stays an ordinary function.
 */
import * as zlib from 'node:zlib'
import { UserError } from '@shared/errors'
import { parquetMetadata, parquetSchema } from 'hyparquet'
import type { ColumnMetaData, Compressors } from 'hyparquet'
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js'
import { getSchemaPath, isFlatColumn } from 'hyparquet/src/schema.js'
import type { FileBytes } from './facts-file'
import { readPages } from './parquet-pages'
import { unpackSnappy } from './snappy'

/** Beyond these it is no table of facts. */
const limits = { values: 2_000_000, bytes: 2 ** 29 }

export const isParquet = (bytes: Uint8Array): boolean =>
  bytes.length >= 4 && Buffer.from(bytes.subarray(0, 4)).toString('latin1') === 'PAR1'

export interface ParquetTable {
  /** Top-level columns, in order. */
  names: readonly string[]
  numRows: number
  /** One column's cells as text, '' where there is none. */
  read(name: string): string[]
}

/** @throws {UserError} `dataset.file` where the file is damaged, encrypted or of a kind that cannot be read. */
export function readParquet({ path, bytes }: FileBytes): ParquetTable {
  const { metadata, names, numRows } = orRefuse(path, () => {
    const metadata = parquetMetadata(bytes)
    const numRows = Number(metadata.num_rows)
    if (!(numRows >= 0)) throw new Error('it does not say how many rows it has')
    const names = parquetSchema(metadata).children.map((c) => c.element.name as string | undefined)
    if (!names.every((name) => name !== undefined)) throw refused(path, 'a column has no name')
    return { metadata, names, numRows }
  })
  return { names, numRows, read: (name) => orRefuse(path, () => readText(name)) }

  function readText(name: string): string[] {
    const schemaPath = getSchemaPath(metadata.schema, [name])
    const { element, children } = schemaPath.at(-1)!
    if (!isFlatColumn(schemaPath) || children.length > 0) {
      throw refused(path, `column "${name}" holds lists or records, not single values`)
    }
    const cells: string[] = []
    for (const group of metadata.row_groups) {
      const chunk = group.columns.find(({ meta_data: m }) => m?.path_in_schema.join('.') === name)
      if (!chunk?.meta_data) throw refused(path, `column "${name}" is not stored in the file`)
      const [from, to] = chunkRange(chunk.meta_data)
      if (!(from >= 4 && from <= to && to <= bytes.length)) {
        throw new Error('a column lies outside the file')
      }
      const groupRows = Number(group.num_rows)
      if (!(groupRows >= 0 && cells.length + groupRows <= numRows)) {
        throw new Error('the numbers of rows contradict each other')
      }
      const column = {
        ...chunk.meta_data,
        pathInSchema: chunk.meta_data.path_in_schema,
        element,
        schemaPath,
        parsers: DEFAULT_PARSERS,
        compressors
      }
      for (const value of readPages(bytes.subarray(from, to), groupRows, column, limits)) {
        cells.push(cellText(path, name, value, cells.length))
      }
    }
    if (cells.length !== numRows) throw new Error(`column "${name}" ends too early`)
    return cells
  }
}

/** First byte of a column chunk and the one after its last. */
function chunkRange(chunk: ColumnMetaData): [number, number] {
  const from = Number(chunk.dictionary_page_offset || chunk.data_page_offset)
  return [from, from + Number(chunk.total_compressed_size)]
}

/** Node has Zstandard from 22.15 on. */
const zstd = (zlib as { zstdDecompressSync?: typeof zlib.gunzipSync }).zstdDecompressSync

const atMost = (outputLength: number): { maxOutputLength: number } => ({
  maxOutputLength: Math.max(1, outputLength)
})

const compressors: Compressors = {
  SNAPPY: unpackSnappy,
  GZIP: (input, outputLength) => zlib.gunzipSync(input, atMost(outputLength)),
  BROTLI: (input, outputLength) => zlib.brotliDecompressSync(input, atMost(outputLength)),
  ...(zstd && {
    ZSTD: (input: Uint8Array, outputLength: number) => zstd(input, atMost(outputLength))
  })
}

function cellText(path: string, column: string, value: unknown, row: number): string {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value)
    case 'undefined':
      return ''
    default:
      if (value === null) return ''
      if (value instanceof Date) return value.toISOString()
      throw refused(
        path,
        `row ${row + 1}, column "${column}": the value is neither text nor number`
      )
  }
}

function refused(path: string, problem: string): UserError {
  return new UserError(
    'dataset.file',
    `${path}: ${problem}.`,
    'Write the table anew with plain columns, as Parquet with Snappy compression or as CSV.',
    [{ path: 'dataset.path', message: problem }]
  )
}

/** Whatever the reading stumbles over is the file's fault. */
function orRefuse<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof UserError) throw error
    throw refused(path, `the Parquet file cannot be read (${(error as Error).message})`)
  }
}
