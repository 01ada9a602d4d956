/** A report as a file: one that needs nothing beside it, in HTML, Markdown or LaTeX. The same document, the same bytes. */
import { UserError } from '@shared/errors'
import { FigureSettings } from '@shared/figure/drawing/settings'
import { drawFigure } from '@shared/figure/drawing/draw-figure'
import type { Figure } from '@shared/figure/figure'
import { writeSvg } from '@shared/figure/svg'
import type { ReportDocument, ReportFormat } from '@shared/report/document'
import { writeHtmlReport } from './html'
import { writeLatexReport } from './latex'
import { writeMarkdownReport } from './markdown'

export function writeReport(report: ReportDocument, format: ReportFormat): string {
  switch (format) {
    case 'html':
      return writeHtmlReport(report, svgOf)
    case 'md':
      return writeMarkdownReport(report, svgOf)
    case 'tex':
      return writeLatexReport(report)
    default:
      return format satisfies never
  }
}

/** As wide as a page. A figure with more panels or names than have room there gets a larger one. */
function svgOf(figure: Figure): string {
  const wide = { journal: 'a4', legend: 'above' }
  try {
    return writeSvg(drawFigure(figure, FigureSettings.parse(wide)))
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return writeSvg(drawFigure(figure, FigureSettings.parse({ ...wide, width: 400, height: 300 })))
  }
}
