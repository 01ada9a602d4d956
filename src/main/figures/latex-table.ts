/** A table for a paper: booktabs, decimal points below one another, the best of a column in bold on request. */
import type { CellValue, TableColumn, TableData } from '@shared/table-data'
import { latexText } from './latex-text'

export interface LatexTableOptions {
  /** Marks the best number of each column that says which that is. */
  best: boolean
  /** Significant digits of numbers that are not whole. */
  digits: number
}

/**
 * A `table` environment with the caption; needs `\usepackage{booktabs}`. Numbers end where they end in the data:
 * room for missing digits keeps the points aligned, without a further package.
 */
export function writeLatexTable(table: TableData, options: LatexTableOptions): string {
  const columns = table.columns.map((column, i) => {
    const cells = table.rows.map((row) => row[i]!)
    return column.type === 'number' ? numberColumn(column, cells, options) : textColumn(cells)
  })
  const rows = table.rows.map(
    (_, r) => `  ${columns.map(({ cells }) => cells[r]).join(' & ')} \\\\`
  )
  const heads = table.columns.map(({ label, type }) => {
    const text = latexText(label)
    return type === 'number' ? `\\multicolumn{1}{c}{${text}}` : text
  })
  return `${[
    '% \\usepackage{booktabs}',
    '\\begin{table}',
    '  \\centering',
    `  \\caption{${latexText(table.caption || table.title)}}`,
    `  \\begin{tabular}{${columns.map(({ align }) => align).join('')}}`,
    '  \\toprule',
    `  ${heads.join(' & ')} \\\\`,
    '  \\midrule',
    ...rows,
    '  \\bottomrule',
    '  \\end{tabular}',
    '\\end{table}'
  ].join('\n')}\n`
}

interface LatexColumn {
  align: 'l' | 'r'
  cells: string[]
}

const textColumn = (cells: readonly CellValue[]): LatexColumn => ({
  align: 'l',
  cells: cells.map((value) => (value === null ? '--' : latexText(String(value))))
})

function numberColumn(
  column: TableColumn,
  cells: readonly CellValue[],
  { best, digits: significant }: LatexTableOptions
): LatexColumn {
  const numbers = cells.map((value) => (typeof value === 'number' ? value : null))
  const texts = numbers.map((value) => (value === null ? null : decimal(value, significant)))
  const digits = texts.map((text) => text?.split('.')[1]?.length ?? 0)
  const most = Math.max(0, ...digits)
  const found = numbers.filter((value) => value !== null)
  const winner =
    !best || !column.best || found.length < 2
      ? null
      : column.best === 'highest'
        ? found.reduce((a, b) => Math.max(a, b))
        : found.reduce((a, b) => Math.min(a, b))
  return {
    align: 'r',
    cells: texts.map((text, i) => {
      if (text === null) return `--${room(most, most > 0)}`
      const written = text.startsWith('-') ? `\\ensuremath{-}${text.slice(1)}` : text
      const shown = numbers[i] === winner ? `\\textbf{${written}}` : written
      return shown + room(most - digits[i]!, most > 0 && digits[i] === 0)
    })
  }
}

/** Without an exponent, whose point could not be aligned. */
function decimal(value: number, digits: number): string {
  if (Number.isInteger(value)) return value.toFixed(0)
  const text = String(Number(value.toPrecision(digits)))
  return /e/.test(text) ? value.toFixed(Math.min(20, digits - 1 - exponent(value))) : text
}

const exponent = (value: number): number => Math.floor(Math.log10(Math.abs(value)))

/** As wide as so many digits, and a point where one is missing too. */
const room = (digits: number, point: boolean): string =>
  digits === 0 && !point ? '' : `\\phantom{${point ? '.' : ''}${'0'.repeat(digits)}}`
