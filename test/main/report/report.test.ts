/** Reports of hostile text, read by strict parsers of others: XML, Markdown, LaTeX. */
import { parsers } from 'prettier/plugins/markdown'
import { afterAll, describe, expect, it } from 'vitest'
import type { ReportDocument } from '@shared/report/document'
import { writeReport } from '../../../src/main/report/index'
import { escapeMarkdown } from '../../../src/main/report/markdown'
import { allFigures } from '../../support/figures'
import { latex, noLatex, noReaders, pdfText, removeFolders } from '../../support/figure-tools'
import { everything, named, parseXml } from '../../support/xml'

afterAll(removeFolders)

const hostile = [
  '</td></tr></table><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '[click](javascript:alert(1)) ![x](http://evil.test/x.png) www.evil.test a@evil.test',
  '| a | b |\n|---|---|\n# heading\n- item\n1. item',
  '`code` **bold** __bold__ ~~gone~~ $x^2$ &amp; &lt; <b>b</b>',
  '\\input{/etc/passwd} \\end{document} % comment {} ~ ^ _ # &',
  '[option] after a line',
  'λ ≤ 中文 😀 \u202e reversed \u0000\u0007 end'
]

const table = {
  ...{ title: hostile[0]!, caption: hostile[1]! },
  columns: [
    { name: 'a', label: hostile[2]!, type: 'text' as const },
    { name: 'n', label: 'Number', type: 'number' as const }
  ],
  rows: hostile.map((text, i): [string, number | null] => [text, i === 2 ? null : 1234.5678 * i])
}

const report: ReportDocument = {
  title: hostile[0]!,
  facts: hostile,
  blocks: [
    ...hostile.flatMap((text) => [
      { kind: 'heading' as const, text },
      { kind: 'paragraph' as const, text }
    ]),
    { kind: 'list', items: hostile },
    { kind: 'table', table },
    { kind: 'figure', name: 'f', figure: { ...allFigures['oneRun']!, caption: hostile[0]! } },
    {
      kind: 'claims',
      claims: [{ sentence: hostile[0]!, verdict: hostile[4]!, stale: true, evidence: hostile }]
    }
  ]
}

/** As a reader sees a text: what cannot be written left out, blanks as one. */
const seen = (text: string): string =>
  text
    // eslint-disable-next-line no-control-regex
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f]/g, '')
    .replace(/\s+/g, ' ')
    .trim()

describe('as HTML', () => {
  const html = writeReport(report, 'html')
  const page = parseXml(html.replace('<!doctype html>\n', ''))
  const elements = [...everything(page)]

  it('is well-formed, with every text as it was', () => {
    const cells = named(page, 'td').map(({ text }) => seen(text))
    expect(cells.filter((_, i) => i % 2 === 0)).toEqual(hostile.map(seen))
    expect(seen(named(page, 'title')[0]!.text)).toBe(seen(hostile[0]!))
    expect(named(page, 'h2').map(({ text }) => seen(text))).toEqual(hostile.map(seen))
  })

  it('runs nothing and loads nothing', () => {
    const names = new Set(elements.map(({ name }) => name))
    for (const name of ['script', 'iframe', 'object', 'link', 'a', 'form', 'svg', 'b']) {
      expect(names).not.toContain(name)
    }
    for (const { attributes } of elements) {
      for (const [name, value] of Object.entries(attributes)) {
        expect(name).not.toMatch(/^on/)
        if (name === 'src') expect(value).toMatch(/^data:image\/svg\+xml;base64,[A-Za-z0-9+/=]+$/)
      }
    }
    expect(html).not.toMatch(/url\(|@import/)
    const [policy] = named(page, 'meta').flatMap(({ attributes }) => attributes['content'] ?? [])
    expect(policy).toContain("default-src 'none'")
  })

  it('has its figure as a picture that is well-formed, and marks what is stale', () => {
    const [image] = named(page, 'img')
    const svg = Buffer.from(image!.attributes['src']!.split(',')[1]!, 'base64').toString()
    expect(parseXml(svg).name).toBe('svg')
    expect(elements.filter(({ attributes }) => attributes['class'] === 'claim stale')).toHaveLength(
      1
    )
  })
})

interface Node {
  type: string
  value?: string
  depth?: number
  url?: string
  children?: Node[]
}
const inside = (node: Node): Node[] => [node, ...(node.children ?? []).flatMap(inside)]
const textIn = (node: Node): string =>
  inside(node)
    .map(({ value = '' }) => value)
    .join('')

describe('as Markdown', () => {
  const parse = async (text: string): Promise<Node> =>
    (await parsers.markdown.parse(text, { originalText: text } as never)) as Node

  it('has the table, headings, lists and figure that were meant, and no others', async () => {
    const root = await parse(writeReport(report, 'md'))
    const all = inside(root)
    const count = (type: string): number => all.filter((node) => node.type === type).length
    expect(count('table')).toBe(1)
    expect(count('tableRow')).toBe(1 + hostile.length)
    expect(count('tableCell')).toBe(2 * (1 + hostile.length))
    // The title, one per heading, one per claim.
    expect(count('heading')).toBe(1 + hostile.length + 1)
    expect(count('listItem')).toBe(2 * hostile.length)
    expect(count('image')).toBe(1)
    for (const type of ['html', 'link', 'code', 'inlineCode', 'delete', 'math', 'inlineMath']) {
      expect(count(type), type).toBe(0)
    }
    const cells = all.filter(({ type }) => type === 'tableCell').map(textIn)
    const texts = hostile.map((text) =>
      // eslint-disable-next-line no-control-regex
      text.replace(/[\0-\x1f\x7f\s]+/g, ' ').trim()
    )
    expect(cells.slice(2).filter((_, i) => i % 2 === 0)).toEqual(texts)
  })

  it.each(['- item', '+ item', '1. item', '# heading', '=== ', '> quote', '* * *', '    code'])(
    '%j at the beginning of a line is text',
    async (text) => {
      const root = await parse(`${escapeMarkdown(text)}\n`)
      expect(root.children!.map(({ type }) => type)).toEqual(['paragraph'])
      expect(textIn(root)).toBe(text.trim())
    }
  )
})

const skip = noLatex ?? noReaders
describe.skipIf(skip)(`as LaTeX${skip ? ` (${skip})` : ''}`, () => {
  it('compiles with pdflatex and shows every text', () => {
    const text = pdfText(latex(writeReport(report, 'tex'))).replace(/\s+/g, ' ')
    expect(text).toContain('script>alert(1)</script>')
    expect(text).toContain('\\input{/etc/passwd} \\end{document} % comment')
    expect(text).toContain('[option] after a line')
    // Characters that pdflatex has no letters for are named by their number.
    expect(text).toContain('[U+4E2D][U+6587] [U+1F600]')
  })
})
