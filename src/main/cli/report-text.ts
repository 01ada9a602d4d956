/** A report as text for a terminal: its words and tables; figures are in the files alone. */
import type { ReportBlock, ReportDocument } from '@shared/report/document'
import type { CellValue } from '@shared/table-data'
import { shortNumber, table } from './format'

export function reportText({ title, facts, blocks }: ReportDocument): string {
  const parts = [title, ...facts, ...blocks.map(blockText)].filter((text) => text !== '')
  return `${parts.join('\n\n')}\n`
}

function blockText(block: ReportBlock): string {
  switch (block.kind) {
    case 'heading':
      return block.text.toUpperCase()
    case 'paragraph':
      return block.text
    case 'list':
      return block.items.map((item) => `- ${item}`).join('\n')
    case 'table': {
      const { title, columns, rows, caption } = block.table
      const head = columns.map(({ label }) => label.toUpperCase())
      const body = rows.map((row) => row.map(cellText))
      return [title, table(head, body).trimEnd(), caption].filter(Boolean).join('\n')
    }
    case 'figure':
      return ''
    case 'claims':
      return block.claims
        .map(({ sentence, verdict, evidence }) => [sentence, verdict, ...evidence].join('\n  '))
        .join('\n')
    default:
      return block satisfies never
  }
}

const cellText = (value: CellValue): string =>
  typeof value === 'number'
    ? Number.isInteger(value)
      ? value.toLocaleString('en')
      : shortNumber(value)
    : value === null
      ? '-'
      : String(value)
