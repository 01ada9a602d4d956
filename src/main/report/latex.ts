/** A report as one LaTeX document with its figures in it, for pdflatex and every engine since. */
import { FigureSettings } from '@shared/figure/drawing/settings'
import type { Figure } from '@shared/figure/figure'
import type { ReportBlock, ReportClaim, ReportDocument } from '@shared/report/document'
import type { TableData } from '@shared/table-data'
import { latexText } from '../figures/latex-text'
import { writePgfplots } from '../figures/pgfplots'
import { cellText } from './html'

export function writeLatexReport({ title, facts, blocks }: ReportDocument): string {
  const body = [
    `\\title{${latexText(title)}}`,
    '\\author{}\\date{}',
    '\\begin{document}',
    '\\maketitle',
    ...facts.map((fact) => `\\noindent ${latexText(fact)}\n`),
    ...blocks.map(blockLatex),
    '\\end{document}'
  ].join('\n\n')
  return `${preamble(body)}\n${body}\n`
}

const preamble = (body: string): string =>
  [
    '\\documentclass[10pt,a4paper]{article}',
    '\\usepackage[T1]{fontenc}',
    '\\usepackage[utf8]{inputenc}',
    '\\usepackage[margin=2cm]{geometry}',
    '\\usepackage{array,booktabs,longtable,pgfplots}',
    '\\pgfplotsset{compat=1.17}',
    '\\usepgfplotslibrary{groupplots,statistics}',
    '\\setlength{\\parindent}{0pt}\\setlength{\\parskip}{6pt plus 2pt}',
    '\\setlength{\\tabcolsep}{4pt}\\sloppy',
    ...unknownCharacters(body)
  ].join('\n')

/** pdflatex knows Latin letters and these; other engines know all. */
const known = '‘’“”„‚•†‡…–—€™ŒœŠšŽžŸ'

/** What pdflatex has no letters for is written by its number there, instead of ending the run. */
function unknownCharacters(body: string): string[] {
  const unknown = [...new Set(body)].filter(
    (character) => character > '\u017f' && !known.includes(character)
  )
  if (unknown.length === 0) return []
  const codes = unknown.map((character) => character.codePointAt(0)!.toString(16).toUpperCase())
  return [
    '\\ifx\\pdfoutput\\undefined\\else',
    ...codes.map((code) => `\\DeclareUnicodeCharacter{${code}}{[U+${code}]}`),
    '\\fi'
  ]
}

function blockLatex(block: ReportBlock): string {
  switch (block.kind) {
    case 'heading':
      return `\\section*{${latexText(block.text)}}`
    case 'paragraph':
      return latexText(block.text)
    case 'list':
      return listLatex(block.items)
    case 'table':
      return tableLatex(block.table)
    case 'claims':
      return block.claims.map(claimLatex).join('\n\n')
    case 'figure':
      return figureLatex(block.figure)
    default:
      return block satisfies never
  }
}

const listLatex = (items: readonly string[]): string =>
  [
    '\\begin{itemize}',
    ...items.map((item) => `  \\item ${latexText(item)}`),
    '\\end{itemize}'
  ].join('\n')

const claimLatex = ({ sentence, verdict, stale, evidence }: ReportClaim): string =>
  [
    `\\paragraph{${latexText(sentence)}} \\textbf{${stale ? 'Stale. ' : ''}${latexText(verdict)}.}`,
    listLatex(evidence)
  ].join('\n')

const figureLatex = (figure: Figure): string =>
  [
    '\\begin{figure}[htbp]\\centering',
    '\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%',
    `${writePgfplots(figure, FigureSettings.parse({ journal: 'a4' })).trimEnd()}}`,
    `\\par\\smallskip\\parbox{\\linewidth}{\\small ${latexText(figure.caption)}}`,
    '\\end{figure}'
  ].join('\n')

/** A column of short words is as wide as they are; long ones share what is left of the page, and break. */
const shortText = 22

function tableLatex({ title, caption, columns, rows }: TableData): string {
  const texts = rows.map((row) => row.map(cellText))
  const widths = columns.map(({ label }, i) =>
    texts.reduce((most, row) => Math.max(most, row[i]!.length), label.length)
  )
  const long = widths.filter((width) => width > shortText)
  const fixed = widths.filter((width) => width <= shortText).reduce((a, b) => a + b, 0)
  // A page holds about 115 characters of this size, and every column has its margin.
  const room = Math.max(0.3, 1 - (fixed * 1.1 + 3 * columns.length) / 115)
  const shares = long.map((width) => Math.sqrt(width))
  const all = shares.reduce((a, b) => a + b, 0)
  const align = columns.map(({ type }, i) => {
    if (widths[i]! > shortText) {
      const share = (room * Math.sqrt(widths[i]!)) / all
      return `>{\\raggedright\\arraybackslash}p{${share.toFixed(3)}\\linewidth}`
    }
    return type === 'number' ? 'r' : 'l'
  })
  const line = (cells: readonly string[]): string => `${cells.map(latexText).join(' & ')} \\\\`
  return [
    `\\subsection*{${latexText(title)}}`,
    '{\\footnotesize',
    `\\begin{longtable}{${align.join('')}}`,
    '\\toprule',
    line(columns.map(({ label }) => label)),
    '\\midrule\\endhead',
    ...texts.map(line),
    '\\bottomrule',
    '\\end{longtable}',
    `${latexText(caption)}\\par}`
  ].join('\n')
}
