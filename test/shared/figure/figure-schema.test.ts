import { describe, expect, it } from 'vitest'
import { FigureSchema, TableSchema } from '../../../src/shared/figure/figure-schema'
import { figureRows } from '../../../src/shared/figure/figure-rows'
import { allFigures, oneRun } from '../../support/figures'

describe('figures over a wire', () => {
  it.each(Object.entries(allFigures))('%s arrives as it was sent', (_, figure) => {
    const sent: unknown = JSON.parse(JSON.stringify(figure))
    // Of a split's style only what is drawn travels.
    expect(sent).toMatchObject(FigureSchema.parse(sent))
    expect(figureRows(FigureSchema.parse(sent))).toEqual(figureRows(figure))
  })

  it.each([
    ['a colour that is none', { legend: [{ key: 'a', label: 'a', style: { color: 'red"/>' } }] }],
    ['no panels', { panels: [] }],
    [
      'a layer of no known kind',
      { panels: [{ ...oneRun.panels[0]!, layers: [{ kind: 'film' }] }] }
    ],
    [
      'an infinite domain',
      { panels: [{ ...oneRun.panels[0]!, x: { ...oneRun.panels[0]!.x, domain: [0, Infinity] } }] }
    ]
  ])('%s is refused', (_, over) => {
    expect(FigureSchema.safeParse({ ...oneRun, ...over }).success).toBe(false)
  })
})

describe('tables over a wire', () => {
  it('have as many cells as columns', () => {
    const table = { title: '', caption: '', columns: [{ name: 'a', label: 'a', type: 'text' }] }
    expect(TableSchema.safeParse({ ...table, rows: [['x'], [null]] }).success).toBe(true)
    expect(TableSchema.safeParse({ ...table, rows: [['x', 1]] }).success).toBe(false)
  })
})
