/** A figure or a table as a file, in every format: what the command line writes and the page saves. */
import type { Drawing } from '@shared/figure/drawing/drawing'
import { flatten } from '@shared/figure/drawing/drawing'
import { drawFigure } from '@shared/figure/drawing/draw-figure'
import { missingCharacters } from '@shared/figure/drawing/fonts'
import type { FigureSettings } from '@shared/figure/drawing/settings'
import type { Figure } from '@shared/figure/figure'
import { figureRows } from '@shared/figure/figure-rows'
import type { FigureFormat, TableFormat } from '@shared/figure/formats'
import { writeSvg } from '@shared/figure/svg'
import type { TableData } from '@shared/table-data'
import { writeLatexTable, type LatexTableOptions } from './latex-table'
import { writePdf } from './pdf'
import { writePgfplots } from './pgfplots'
import { writePng } from './png'
import { writeCsv, writeJson, writeParquet } from './table-files'

export interface WrittenFile {
  bytes: Uint8Array
  /** What did not come out as it should have, in words for the one who asked. */
  notes: string[]
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** @throws {UserError} where the settings leave no room, or ask for too many pixels */
export async function writeFigure(
  figure: Figure,
  format: FigureFormat,
  settings: FigureSettings
): Promise<WrittenFile> {
  switch (format) {
    case 'svg':
      return { bytes: utf8(writeSvg(drawFigure(figure, settings))), notes: [] }
    case 'pdf': {
      const drawing = drawFigure(figure, settings)
      return { bytes: await writePdf(drawing), notes: fontNotes(drawing) }
    }
    case 'png': {
      const drawing = drawFigure(figure, settings)
      return { bytes: await writePng(drawing, settings.dpi), notes: fontNotes(drawing) }
    }
    case 'tex':
      return { bytes: utf8(writePgfplots(figure, settings)), notes: [] }
    default:
      return writeTable(figureRows(figure), format, { best: false, digits: 4 })
  }
}

export function writeTable(
  table: TableData,
  format: TableFormat,
  latex: LatexTableOptions
): WrittenFile {
  switch (format) {
    case 'csv':
      return { bytes: utf8(writeCsv(table)), notes: [] }
    case 'json':
      return { bytes: utf8(writeJson(table)), notes: [] }
    case 'parquet':
      return { bytes: writeParquet(table), notes: [] }
    case 'tex':
      return { bytes: utf8(writeLatexTable(table, latex)), notes: [] }
    default:
      return format satisfies never
  }
}

/** Characters that the embedded fonts lack come out as boxes. */
function fontNotes(drawing: Drawing): string[] {
  const texts = [...flatten(drawing.marks)].filter((mark) => mark.kind === 'text')
  const missing = new Set(texts.flatMap(({ text, face }) => missingCharacters(text, face)))
  if (missing.size === 0) return []
  return [
    `The font may lack ${[...missing].slice(0, 10).join(' ')}: look at the file, and take SVG where boxes stand for it.`
  ]
}
