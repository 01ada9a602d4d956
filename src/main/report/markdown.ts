/** A report as Markdown with pipe tables (GitHub's dialect, which Pandoc reads too); figures are pictures in the text. */
import type { Figure } from '@shared/figure/figure'
import type { ReportBlock, ReportDocument } from '@shared/report/document'
import type { TableData } from '@shared/table-data'
import { cellText } from './html'

export function writeMarkdownReport(
  { title, facts, blocks }: ReportDocument,
  svgOf: (figure: Figure) => string
): string {
  const parts = [
    `# ${escapeMarkdown(title)}`,
    ...facts.map(escapeMarkdown),
    ...blocks.map((block) => blockMarkdown(block, svgOf))
  ]
  return `${parts.join('\n\n')}\n`
}

function blockMarkdown(block: ReportBlock, svgOf: (figure: Figure) => string): string {
  switch (block.kind) {
    case 'heading':
      return `## ${escapeMarkdown(block.text)}`
    case 'paragraph':
      return escapeMarkdown(block.text)
    case 'list':
      return listMarkdown(block.items)
    case 'table':
      return tableMarkdown(block.table)
    case 'claims':
      return block.claims
        .map(({ sentence, verdict, stale, evidence }) =>
          [
            `### ${escapeMarkdown(sentence)}`,
            `**${stale ? 'Stale. ' : ''}${escapeMarkdown(verdict)}.**`,
            listMarkdown(evidence)
          ].join('\n\n')
        )
        .join('\n\n')
    case 'figure': {
      const { title, caption } = block.figure
      const data = Buffer.from(svgOf(block.figure)).toString('base64')
      const alt = escapeMarkdown(title || caption)
      return `![${alt}](data:image/svg+xml;base64,${data})\n\n${escapeMarkdown(caption)}`
    }
    default:
      return block satisfies never
  }
}

const listMarkdown = (items: readonly string[]): string =>
  items.map((item) => `- ${escapeMarkdown(item)}`).join('\n')

function tableMarkdown({ title, caption, columns, rows }: TableData): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    `**${escapeMarkdown(title)}**`,
    [
      line(columns.map(({ label }) => escapeMarkdown(label))),
      line(columns.map(({ type }) => (type === 'number' ? '---:' : '---'))),
      ...rows.map((row) => line(row.map((value) => escapeMarkdown(cellText(value)))))
    ].join('\n'),
    escapeMarkdown(caption)
  ].join('\n\n')
}

/** Any text as itself on one line: whatever Markdown could take for markup has a backslash, HTML is no HTML. */
export function escapeMarkdown(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex
      .replace(/[\0-\x1f\x7f\s]+/g, ' ')
      .trim()
      .replace(/[\\`*_{}[\]()#!|~<>&]/g, (character) => `\\${character}`)
      // Addresses would become links.
      .replace(/:(?=\/)|@|(?<=www)\./gi, (character) => `\\${character}`)
      // What would begin a list, a rule or a heading, at the beginning of a line.
      .replace(/^([-+=])/, '\\$1')
      .replace(/^(\d{1,9})([.])/, '$1\\$2')
  )
}
