/**
 * A report as one HTML page: no script, nothing from elsewhere, and a policy that lets a browser refuse both. Every
 * text is escaped; figures are pictures, in which nothing can run. It is XML too, so that it can be checked strictly.
 */
import type { Figure } from '@shared/figure/figure'
import type { ReportBlock, ReportClaim, ReportDocument } from '@shared/report/document'
import type { CellValue, TableData } from '@shared/table-data'

const style = `
:root { color-scheme: light dark; --text: #1b1b1f; --muted: #5a5a66; --line: #d8d8de; --stale: #fff1cc; --page: #fff }
@media (prefers-color-scheme: dark) { :root { --text: #e6e6ea; --muted: #a0a0ac; --line: #3a3a42; --stale: #4a3a10; --page: #17171a } }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; background: var(--page); color: var(--text); font: 15px/1.5 Arial, Arimo, "Liberation Sans", sans-serif }
h1 { margin: 0 0 .25rem; font-size: 1.6rem; line-height: 1.2 }
h2 { margin: 2.5rem 0 .5rem; font-size: 1.2rem }
p, li, td, th, figcaption { unicode-bidi: isolate; overflow-wrap: break-word }
.facts, figcaption, .note { color: var(--muted); font-size: .85rem }
.facts p, .claim p { margin: 0 }
figure { margin: 1.5rem 0 }
figure img { display: block; width: 100%; max-width: 46rem; background: #fff }
.table { margin: 1.5rem 0; overflow-x: auto }
table { border-collapse: collapse; font-size: .85rem }
caption { padding-bottom: .25rem; font-weight: 600; text-align: left }
th, td { padding: .2rem .75rem .2rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
th { color: var(--muted); font-weight: 400 }
.number { padding-right: 1rem; text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.claim { margin: 1rem 0; padding: .5rem .75rem; border-left: 3px solid var(--line) }
.claim.stale { background: var(--stale) }
.verdict { font-weight: 600 }
@media print { body { margin: 0; max-width: none } .table { overflow: visible } figure, .claim { break-inside: avoid } }
`

export function writeHtmlReport(
  { title, facts, blocks }: ReportDocument,
  svgOf: (figure: Figure) => string
): string {
  return `<!doctype html>
<html lang="en" xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<div class="facts">${facts.map(paragraph).join('')}</div>
${blocks.map((block) => blockHtml(block, svgOf)).join('\n')}
</body>
</html>
`
}

function blockHtml(block: ReportBlock, svgOf: (figure: Figure) => string): string {
  switch (block.kind) {
    case 'heading':
      return `<h2>${escapeHtml(block.text)}</h2>`
    case 'paragraph':
      return paragraph(block.text)
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`
    case 'table':
      return tableHtml(block.table)
    case 'claims':
      return block.claims.map(claimHtml).join('\n')
    case 'figure': {
      const { title, caption } = block.figure
      const data = Buffer.from(svgOf(block.figure)).toString('base64')
      return [
        `<figure><img src="data:image/svg+xml;base64,${data}" alt="${escapeHtml(title || caption)}"/>`,
        `<figcaption>${escapeHtml(caption)}</figcaption></figure>`
      ].join('')
    }
    default:
      return block satisfies never
  }
}

const paragraph = (text: string): string => `<p>${escapeHtml(text)}</p>`

function claimHtml({ sentence, verdict, stale, evidence }: ReportClaim): string {
  const mark = stale ? 'Stale. ' : ''
  return [
    `<div class="claim${stale ? ' stale' : ''}"><p>${escapeHtml(sentence)}</p>`,
    `<p class="verdict">${mark}${escapeHtml(verdict)}.</p>`,
    ...evidence.map((line) => `<p class="note">${escapeHtml(line)}</p>`),
    '</div>'
  ].join('\n')
}

function tableHtml({ title, caption, columns, rows }: TableData): string {
  const classOf = (i: number): string => (columns[i]!.type === 'number' ? ' class="number"' : '')
  const head = columns.map(
    ({ label }, i) => `<th${classOf(i)} scope="col">${escapeHtml(label)}</th>`
  )
  const body = rows.map((row) => {
    const cells = row.map((value, i) => `<td${classOf(i)}>${escapeHtml(cellText(value))}</td>`)
    return `<tr>${cells.join('')}</tr>`
  })
  return [
    `<div class="table"><table><caption>${escapeHtml(title)}</caption>`,
    `<thead><tr>${head.join('')}</tr></thead>`,
    `<tbody>${body.join('\n')}</tbody></table>`,
    `<p class="note">${escapeHtml(caption)}</p></div>`
  ].join('\n')
}

/** As a person reads it: numbers with separators, nothing where there is nothing. */
export function cellText(value: CellValue): string {
  if (value === null) return ''
  if (typeof value === 'number') {
    return Number.isInteger(value)
      ? value.toLocaleString('en')
      : String(Number(value.toPrecision(6)))
  }
  return String(value)
}

const entities: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;' },
  ...{ '"': '&quot;', "'": '&#39;' }
}

/** For text and for quoted attributes; what XML cannot hold is left out. */
export function escapeHtml(text: string): string {
  return (
    text
      .replace(/[&<>"']/g, (character) => entities[character]!)
      // eslint-disable-next-line no-control-regex
      .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '')
      .replace(/\p{Surrogate}/gu, '\ufffd')
  )
}
