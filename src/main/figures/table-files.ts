/** A table as a file for other programs: CSV, JSON, Parquet. */
import { stringify } from 'csv-stringify/sync'
import { parquetWriteBuffer, type ColumnSource } from 'hyparquet-writer'
import type { TableColumn, TableData } from '@shared/table-data'

/** RFC 4180 with line feeds; a cell without a value is empty. Numbers have all their digits, texts all characters. */
export function writeCsv({ columns, rows }: TableData): string {
  return stringify([
    columns.map(({ name }) => name),
    ...rows.map((row) => row.map((cell) => (typeof cell === 'boolean' ? String(cell) : cell)))
  ])
}

/** One object with title, caption and `data`: an array of records. */
export function writeJson({ title, caption, columns, rows }: TableData): string {
  const data = rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i]!])))
  return `${JSON.stringify({ title, caption, data }, null, 1)}\n`
}

const parquetTypes: Record<TableColumn['type'], ColumnSource['type']> = {
  text: 'STRING',
  number: 'DOUBLE',
  boolean: 'BOOLEAN'
}

/** A flat table with Snappy compression; title and caption are in its key-value metadata. */
export function writeParquet({ title, caption, columns, rows }: TableData): Uint8Array {
  const buffer = parquetWriteBuffer({
    columnData: columns.map(({ name, type }, i) => ({
      ...{ name, type: parquetTypes[type], nullable: true },
      data: rows.map((row) => row[i]!)
    })),
    kvMetadata: [
      { key: 'title', value: title },
      { key: 'caption', value: caption }
    ]
  })
  return new Uint8Array(buffer)
}
