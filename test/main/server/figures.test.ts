import { describe, expect, it } from 'vitest'
import { requests } from '@shared/contract'
import { writeFigure, writeTable } from '../../../src/main/figures'
import { figureHandlers } from '../../../src/main/server/figures'
import { figureFormats, tableFormats } from '../../../src/shared/figure/formats'
import { figureRows } from '../../../src/shared/figure/figure-rows'
import { FigureSettings } from '../../../src/shared/figure/drawing/settings'
import { oneRun } from '../../support/figures'

const bytesOf = ({ base64 }: { base64: string }): Buffer => Buffer.from(base64, 'base64')

describe('a client that asks for a file', () => {
  it.each(figureFormats)('gets a figure as %s, the bytes that are written here', async (format) => {
    const sent: unknown = JSON.parse(
      JSON.stringify({ figure: oneRun, format, settings: { dpi: 100 } })
    )
    const input = requests['figures.write'].input.parse(sent)
    const { bytes } = await writeFigure(oneRun, format, FigureSettings.parse({ dpi: 100 }))
    expect(bytesOf(await figureHandlers['figures.write'](input)).equals(bytes)).toBe(true)
  })

  it.each(tableFormats)('gets a table as %s', async (format) => {
    const table = figureRows(oneRun)
    const input = requests['tables.write'].input.parse({ table, format })
    const { bytes } = writeTable(table, format, { best: false, digits: 4 })
    expect(bytesOf(await figureHandlers['tables.write'](input)).equals(bytes)).toBe(true)
  })

  it('is told of characters that may come out as boxes', async () => {
    const figure = { ...oneRun, panels: [{ ...oneRun.panels[0]!, title: '歩 accuracy' }] }
    expect((await writeFigure(figure, 'pdf', FigureSettings.parse({}))).notes).toEqual([
      expect.stringContaining('歩') as string
    ])
    expect((await writeFigure(oneRun, 'pdf', FigureSettings.parse({}))).notes).toEqual([])
  })
})
