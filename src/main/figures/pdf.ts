/** A drawing as PDF: the same vectors as in SVG, text as text in embedded fonts. The same drawing gives the same bytes. */
import PDFDocument from 'pdfkit'
import type { Drawing, Fill, Mark, Stroke, XY } from '@shared/figure/drawing/drawing'
import { textWidth, type Face } from '@shared/figure/drawing/fonts'
import { faces } from './fonts'

type Document = InstanceType<typeof PDFDocument>

/** A date must not make two equal figures differ. */
const noDate = new Date(0)

/** @returns the file's bytes: one page of the drawing's size */
export function writePdf(drawing: Drawing): Promise<Uint8Array> {
  const { width, height, title, description, background } = drawing
  const document = new PDFDocument({
    size: [width, height],
    margin: 0,
    compress: true,
    lang: 'en',
    displayTitle: true,
    info: { Title: title, Subject: description, CreationDate: noDate, ModDate: noDate }
  })
  const chunks: Uint8Array[] = []
  const whole = new Promise<Uint8Array>((resolve, reject) => {
    document.on('data', (chunk: Uint8Array) => chunks.push(chunk))
    document.on('end', () => resolve(Buffer.concat(chunks)))
    document.on('error', reject)
  })
  const used = new Set<Face>()
  const useFont = (face: Face): void => {
    if (!used.has(face)) document.registerFont(face, faces[face].file())
    used.add(face)
    document.font(face)
  }
  if (background) document.rect(0, 0, width, height).fill(background)
  drawing.marks.forEach((mark) => draw(mark, document, useFont))
  document.end()
  return whole
}

function draw(mark: Mark, document: Document, useFont: (face: Face) => void): void {
  switch (mark.kind) {
    case 'group':
      mark.marks.forEach((inner) => draw(inner, document, useFont))
      return
    case 'path':
      return paint(document, mark.stroke, mark.fill, () =>
        mark.parts.forEach((part) => trace(document, part, mark.closed))
      )
    case 'circle':
      return paint(document, mark.stroke, mark.fill, () => document.circle(mark.x, mark.y, mark.r))
    case 'rect':
      return paint(document, mark.stroke, mark.fill, () =>
        document.rect(mark.x, mark.y, mark.width, mark.height)
      )
    case 'text': {
      const { text, size, face, color } = mark
      const width = textWidth(text, size, face)
      const shift = { start: 0, middle: width / 2, end: width }[mark.anchor]
      document.save()
      if (mark.upwards) document.rotate(-90, { origin: [mark.x, mark.y] })
      useFont(face)
      document.fontSize(size).fillColor(color).fillOpacity(1)
      // Kerning off: the drawing is laid out with the plain widths of the letters.
      const options = { lineBreak: false, baseline: 'alphabetic', features: [] } as const
      document.text(text, mark.x - shift, mark.y, { ...options, features: [...options.features] })
      document.restore()
      return
    }
    default:
      return mark satisfies never
  }
}

function trace(document: Document, part: readonly XY[], closed: boolean): void {
  part.forEach(([x, y], i) => (i === 0 ? document.moveTo(x, y) : document.lineTo(x, y)))
  // A line of no length is still a dot where its ends are round.
  if (part.length === 1) document.lineTo(...part[0]!)
  if (closed) document.closePath()
}

function paint(
  document: Document,
  stroke: Stroke | undefined,
  fill: Fill | undefined,
  outline: () => void
): void {
  document.save()
  if (fill) document.fillColor(fill.color).fillOpacity(fill.opacity ?? 1)
  if (stroke) {
    document.strokeColor(stroke.color).strokeOpacity(stroke.opacity ?? 1)
    document.lineWidth(stroke.width).lineCap(stroke.round ? 'round' : 'butt')
    if (stroke.dash && stroke.dash.length > 0) {
      const [length, ...others] = stroke.dash
      document.dash([length!, ...others] as unknown as number, {})
    } else document.undash()
  }
  outline()
  if (stroke && fill) document.fillAndStroke()
  else if (stroke) document.stroke()
  else document.fill()
  document.restore()
}
