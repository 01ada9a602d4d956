import { describe, expect, it } from 'vitest'
import { figureRows } from '../../../src/shared/figure/figure-rows'
import { boxesAndDots, groups, heatMap, oneRun, parallelAxes } from '../../support/figures'
import type { CellValue, TableData } from '../../../src/shared/table-data'

const records = ({ columns, rows }: TableData): Record<string, CellValue>[] =>
  rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i]!])))

describe("a figure's data as rows", () => {
  it('holds every point of every curve', () => {
    const rows = records(figureRows(oneRun))
    const [line] = oneRun.panels[0]!.layers.filter((layer) => layer.kind === 'line')
    const found = rows.filter(({ kind, series }) => kind === 'line' && series === line!.label)
    expect(found.map(({ x, y }) => [x, y])).toEqual(line!.points)
  })

  it('holds rules, and milestones with their delays', () => {
    const rows = records(figureRows(oneRun))
    expect(rows.find(({ kind }) => kind === 'rule')).toMatchObject({ y: 0.3367, x: null })
    expect(rows.filter(({ kind }) => kind === 'events')).toMatchObject([
      { series: 'train', x: 2310 },
      { series: 'ood', x: 214_000 },
      { series: 'ood delay', low: 2310, high: 214_000 }
    ])
  })

  it('names groups, their bands and members', () => {
    const rows = records(figureRows(groups))
    const bands = rows.filter(({ kind, of }) => kind === 'band' && of === 'GPT-2')
    expect(bands).toHaveLength(81)
    expect(bands[0]).toMatchObject({ x: 0, low: expect.any(Number) as number, y: null })
  })

  it('names categories beside their places', () => {
    expect(records(figureRows(heatMap))[0]).toMatchObject({
      ...{ x: 0, x_label: '100', y: 0, y_label: '3.6', text: '0.33' },
      value: expect.closeTo(0.33, 2) as number
    })
    const rows = records(figureRows(boxesAndDots))
    expect(rows.find(({ kind }) => kind === 'boxes')).toMatchObject({
      ...{ x_label: 'GPT-2', low: 40, q1: 60, median: 72, q3: 90, high: 120, n: 5 }
    })
    expect(rows.filter(({ censored }) => censored === true)).toHaveLength(4)
  })

  it('leaves out columns that hold nothing', () => {
    const names = figureRows(parallelAxes).columns.map(({ name }) => name)
    expect(names).toEqual(['panel', 'kind', 'series', 'of', 'x', 'y'])
  })
})
