/**
 * Columns of a Parquet file as text. hyparquet decodes pages without waiting for anything once the bytes are in
 * memory; its own entry points are asynchronous because they fetch. So the row groups are walked here, and every
 * column chunk is handed to its decoder: building a data set stays an ordinary function.
 */
import * as zlib from 'node:zlib'
import { UserError } from '@shared/errors'
import { parquetMetadata, parquetSchema, snappyUncompress } from 'hyparquet'
import type { ColumnMetaData, Compressors } from 'hyparquet'
import { readColumn } from 'hyparquet/src/column.js'
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js'
import { getSchemaPath, isFlatColumn } from 'hyparquet/src/schema.js'
import type { FileBytes } from './facts-file'

/** A page beyond this is no table of facts. */
const maxPageBytes = 2 ** 30

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
  const metadata = orRefuse(path, () => parquetMetadata(bytes))
  const root = orRefuse(path, () => parquetSchema(metadata))
  const numRows = Number(metadata.num_rows)

  function read(name: string): string[] {
    const schemaPath = orRefuse(path, () => getSchemaPath(metadata.schema, [name]))
    const element = schemaPath.at(-1)!.element
    if (!isFlatColumn(schemaPath) || schemaPath.at(-1)!.children.length > 0) {
      throw refused(path, `column "${name}" holds lists or records, not single values`)
    }
    const cells: string[] = []
    let groupStart = 0
    for (const group of metadata.row_groups) {
      const groupRows = Number(group.num_rows)
      const chunk = group.columns.find(({ meta_data: m }) => m?.path_in_schema.join('.') === name)
      if (!chunk?.meta_data) throw refused(path, `column "${name}" is not stored in the file`)
      const { meta_data } = chunk
      const values = orRefuse(path, () => {
        const [from, to] = chunkRange(meta_data)
        if (from < 4 || to > bytes.length) throw new Error('a column lies outside the file')
        const view = new DataView(bytes.buffer, bytes.byteOffset + from, to - from)
        const select = { groupStart, groupRows, selectStart: 0, selectEnd: groupRows }
        const decoder = {
          ...meta_data,
          pathInSchema: meta_data.path_in_schema,
          element,
          schemaPath,
          parsers: DEFAULT_PARSERS,
          compressors
        }
        return readColumn({ view, offset: 0 }, select, decoder).data
      })
      for (const page of values) {
        for (const value of page) cells.push(cellText(path, name, value, cells.length))
      }
      groupStart += groupRows
      if (cells.length !== groupStart) throw refused(path, `column "${name}" ends too early`)
    }
    if (cells.length !== numRows) throw refused(path, `column "${name}" ends too early`)
    return cells
  }

  return { names: root.children.map(({ element }) => element.name), numRows, read }
}

/** First byte of a column chunk and the one after its last. */
function chunkRange(chunk: ColumnMetaData): [number, number] {
  const from = Number(chunk.dictionary_page_offset || chunk.data_page_offset)
  return [from, from + Number(chunk.total_compressed_size)]
}

const limited =
  (decompress: (input: Uint8Array, outputLength: number) => Uint8Array) =>
  (input: Uint8Array, outputLength: number): Uint8Array => {
    if (!(outputLength >= 0 && outputLength <= maxPageBytes)) throw new Error('a page is too large')
    return decompress(input, outputLength)
  }

/** Node has Zstandard from 22.15 on. */
const zstd = (zlib as { zstdDecompressSync?: typeof zlib.gunzipSync }).zstdDecompressSync

const compressors: Compressors = {
  SNAPPY: limited((input, outputLength) => {
    const output = new Uint8Array(outputLength)
    snappyUncompress(input, output)
    return output
  }),
  GZIP: limited((input, maxOutputLength) =>
    zlib.gunzipSync(input, { maxOutputLength: Math.max(1, maxOutputLength) })
  ),
  BROTLI: limited((input, maxOutputLength) =>
    zlib.brotliDecompressSync(input, { maxOutputLength: Math.max(1, maxOutputLength) })
  ),
  ...(zstd && {
    ZSTD: limited((input, maxOutputLength) =>
      zstd(input, { maxOutputLength: Math.max(1, maxOutputLength) })
    )
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

/** Whatever the decoder stumbles over is the file's fault. */
function orRefuse<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof UserError) throw error
    throw refused(path, `the Parquet file cannot be read (${(error as Error).message})`)
  }
}
