import { parse } from 'csv-parse/sync'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { describe, expect, it } from 'vitest'
import { writeCsv, writeJson, writeParquet } from '../../../src/main/figures/table-files'
import { figureRows } from '../../../src/shared/figure/figure-rows'
import type { TableData } from '../../../src/shared/table-data'
import { oneRun } from '../../support/figures'

const awkward: TableData = {
  ...{ title: 'Runs', caption: 'Two "runs", β₂.' },
  columns: [
    { name: 'name', label: 'name', type: 'text' },
    { name: 'accuracy', label: 'accuracy', type: 'number' },
    { name: 'done', label: 'done', type: 'boolean' }
  ],
  rows: [
    ['a, "b"\nc', 0.1 + 0.2, true],
    [null, null, false],
    ['=1+1', 1e-300, null],
    ['δ 歩', -12_345_678_901, true]
  ]
}

describe('CSV', () => {
  it('comes back as it was, to the last digit', () => {
    const [head, ...rows] = parse(writeCsv(awkward)) as string[][]
    expect(head).toEqual(['name', 'accuracy', 'done'])
    expect(rows.map((row) => row[0])).toEqual(['a, "b"\nc', '', '=1+1', 'δ 歩'])
    expect(rows.map((row) => (row[1] === '' ? null : Number(row[1])))).toEqual(
      awkward.rows.map((row) => row[1])
    )
    expect(rows.map((row) => row[2])).toEqual(['true', 'false', '', 'true'])
  })
})

describe('JSON', () => {
  it('holds title, caption and a record for each row', () => {
    expect(JSON.parse(writeJson(awkward))).toEqual({
      ...{ title: 'Runs', caption: 'Two "runs", β₂.' },
      data: awkward.rows.map(([name, accuracy, done]) => ({ name, accuracy, done }))
    })
  })
})

describe('Parquet', () => {
  const file = (table: TableData): ArrayBuffer => writeParquet(table).buffer as ArrayBuffer

  it('comes back as it was, with types', async () => {
    const rows = await parquetReadObjects({ file: file(awkward) })
    expect(rows).toEqual(awkward.rows.map(([name, accuracy, done]) => ({ name, accuracy, done })))
    const { schema, key_value_metadata: kept } = parquetMetadata(file(awkward))
    expect(schema.slice(1).map(({ type }) => type)).toEqual(['BYTE_ARRAY', 'DOUBLE', 'BOOLEAN'])
    expect(kept).toContainEqual({ key: 'caption', value: awkward.caption })
  })

  it('holds a whole figure, the same every time', async () => {
    const table = figureRows(oneRun)
    const rows = await parquetReadObjects({ file: file(table) })
    expect(rows).toHaveLength(table.rows.length)
    expect(Buffer.from(file(table)).equals(Buffer.from(file(table)))).toBe(true)
  })
})
