/** What we write for LaTeX, compiled by LaTeX. */
import { afterAll, describe, expect, it } from 'vitest'
import { writeLatexTable } from '../../../src/main/figures/latex-table'
import { latexText } from '../../../src/main/figures/latex-text'
import { writePgfplots } from '../../../src/main/figures/pgfplots'
import { FigureSettings } from '../../../src/shared/figure/drawing/settings'
import type { TableData } from '../../../src/shared/table-data'
import { allFigures } from '../../support/figures'
import {
  latex,
  noLatex,
  noReaders,
  pdfText,
  pdfWords,
  removeFolders
} from '../../support/figure-tools'

afterAll(removeFolders)

const skip = noLatex ?? noReaders
const hard = 'a_b & 50 % of {x} #1 $2 ^ ~ \\ < > | "q" – β₂ ≤ 10⁻⁵ … ± ×'

const table: TableData = {
  ...{ title: 'Runs', caption: `Means of 5 seeds: ${hard}` },
  columns: [
    { name: 'name', label: 'model_name', type: 'text' },
    { name: 'ood', label: 'OOD', type: 'number', best: 'highest' },
    { name: 'loss', label: 'loss', type: 'number', best: 'lowest' },
    { name: 'delay', label: 'delay', type: 'number' }
  ],
  rows: [
    ['GPT-2 & co', 0.987654321, 0.0125, 211_690],
    ['LLaMA_x', 0.5, 1.75, 1_234_567],
    ['RWKV', null, 12, null],
    ['Mamba', -0.25, 3e-7, 50]
  ]
}

const document = (body: string): string => `\\documentclass{article}
\\usepackage[T1]{fontenc}\\usepackage[utf8]{inputenc}
\\usepackage{booktabs,pgfplots}
\\usepackage[paperwidth=30cm,paperheight=40cm,margin=1cm]{geometry}
\\pgfplotsset{compat=1.17}\\usepgfplotslibrary{groupplots,statistics}
\\begin{document}
${body}
\\end{document}
`

describe('a table for LaTeX', () => {
  const options = { best: true, digits: 4 }
  const lines = writeLatexTable(table, options).split('\n')
  const rows = lines.slice(lines.findIndex((line) => line.includes('\\midrule')) + 1).slice(0, 4)

  it('marks the best of each column that has one', () => {
    expect(rows[0]).toContain('\\textbf{0.9877}')
    expect(rows[3]).toContain('\\textbf{0.0000003000}')
    expect(writeLatexTable(table, { ...options, best: false })).not.toContain('textbf')
  })

  it('ends its numbers with as much room as others have digits, so that the points align', () => {
    const cells = rows.map((row) =>
      row
        .trim()
        .replace(/ \\\\$/, '')
        .split(/(?<!\\) & /)
    )
    for (const column of [1, 2, 3]) {
      const after = cells.map((row) => {
        const bare = row[column]!.replace(/\\textbf\{([^}]*)\}/, '$1').replace(
          /\\ensuremath\{-\}/,
          '-'
        )
        const [, number, phantom = ''] = /^([-\d.]+)(?:\\phantom\{([.0]*)\})?$/.exec(bare)!
        if (number === '--') return phantom.length
        const point = number!.indexOf('.')
        return (point < 0 ? 0 : number!.length - point) + phantom.length
      })
      expect(new Set(after).size, `column ${column}: ${after}`).toBe(1)
    }
  })

  it('keeps whole numbers whole', () => {
    expect(rows[0]).toContain('211690')
    expect(rows[1]).toContain('1234567')
  })
})

describe.skipIf(skip)(`compiled by pdflatex${skip ? ` (${skip})` : ''}`, () => {
  it('any text comes out as it was', () => {
    const text = pdfText(latex(document(latexText(hard))))
    for (const part of ['a_b & 50 % of {x} #1 $2', '\\ < > |', '≤', '±', '×', '…'])
      expect(text.replace(/\. ?\. ?\./g, '…')).toContain(part)
  })

  it('a table has its decimal points below one another', () => {
    const pdf = latex(
      document(writeLatexTable({ ...table, caption: 'Runs' }, { best: false, digits: 4 }))
    )
    const words = pdfWords(pdf)
    expect(words.map(({ text }) => text)).toEqual(
      expect.arrayContaining(['GPT-2', 'LLaMA_x', '0.9877'])
    )
    // 0.9877 has more digits than 0.5: where the points align, both begin at the same place.
    const [long, short] = ['0.9877', '0.5'].map((number) =>
      words.find(({ text }) => text === number)!
    )
    expect(long!.xMin).toBeCloseTo(short!.xMin, 0)
    expect(long!.xMax).toBeGreaterThan(short!.xMax + 5)
  })

  for (const [name, figure] of Object.entries(allFigures)) {
    it(`${name} as pgfplots shows its titles, axes and names`, () => {
      const source = writePgfplots(figure, FigureSettings.parse({ journal: 'a4' }))
      const text = pdfText(latex(document(source))).replace(/\s+/g, ' ')
      for (const panel of figure.panels) {
        expect(text).toContain(panel.title)
        if (panel.x.label) expect(text).toContain(panel.x.label)
      }
    })
  }

  it('any text may stand in a figure', () => {
    const [panel] = allFigures['oneRun']!.panels
    const figure = {
      ...allFigures['oneRun']!,
      panels: [{ ...panel!, title: hard, notes: [`${hard}\n${hard}`] }]
    }
    const settings = FigureSettings.parse({ theme: 'mono' })
    expect(() => latex(document(writePgfplots(figure, settings)))).not.toThrow()
  })
})
