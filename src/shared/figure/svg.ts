/**
 * A drawing as SVG: plain elements with presentation attributes, no style sheet, no script, no clip paths, text as
 * text. The same drawing gives the same bytes.
 */
import { ptToMm, type Drawing, type Fill, type Mark, type Stroke, type XY } from './drawing/drawing'
import { familyNames, type Family } from './drawing/fonts'

/** Written as SVG 1.1, which every reader knows; lengths without a unit are points by the viewBox. */
export function writeSvg(drawing: Drawing): string {
  const { width, height, title, description, background, marks } = drawing
  const size = (pt: number): string => `${number(ptToMm(pt))}mm`
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="${size(width)}" height="${size(height)}" ` +
      `viewBox="0 0 ${number(width)} ${number(height)}" role="img">`,
    `<title>${escape(title)}</title>`,
    `<desc>${escape(description)}</desc>`,
    ...(background
      ? [`<rect width="${number(width)}" height="${number(height)}" fill="${background}"/>`]
      : []),
    ...marks.map(element),
    '</svg>'
  ]
  return `${lines.join('\n')}\n`
}

function element(mark: Mark): string {
  switch (mark.kind) {
    case 'group':
      return `<g><title>${escape(mark.name)}</title>\n${mark.marks.map(element).join('\n')}\n</g>`
    case 'path': {
      const d = mark.parts.map((part) => pathData(part, mark.closed)).join('')
      return `<path d="${d}"${paint(mark.stroke, mark.fill)}/>`
    }
    case 'circle':
      return `<circle ${numbers({ cx: mark.x, cy: mark.y, r: mark.r })}${paint(mark.stroke, mark.fill)}/>`
    case 'rect': {
      const { x, y, width, height } = mark
      return `<rect ${numbers({ x, y, width, height })}${paint(mark.stroke, mark.fill)}/>`
    }
    case 'text': {
      const [family, bold] = mark.face.split('-') as [Family, string?]
      const attributes = [
        numbers({ x: mark.x, y: mark.y }),
        `font-family="${familyNames[family]}"`,
        `font-size="${number(mark.size)}"`,
        ...(bold ? ['font-weight="bold"'] : []),
        ...(mark.anchor === 'start' ? [] : [`text-anchor="${mark.anchor}"`]),
        ...(mark.upwards ? [`transform="rotate(-90 ${number(mark.x)} ${number(mark.y)})"`] : [])
      ]
      return `<text ${attributes.join(' ')} fill="${mark.color}">${escape(mark.text)}</text>`
    }
    default:
      return mark satisfies never
  }
}

function paint(stroke: Stroke | undefined, fill: Fill | undefined): string {
  const opacity = (name: string, value = 1): string =>
    value === 1 ? '' : ` ${name}-opacity="${number(value)}"`
  const filled = fill ? ` fill="${fill.color}"${opacity('fill', fill.opacity)}` : ' fill="none"'
  if (!stroke) return filled
  const { color, width, dash = [], round = false } = stroke
  return (
    `${filled} stroke="${color}" stroke-width="${number(width)}"` +
    (dash.length > 0 ? ` stroke-dasharray="${dash.map(number).join(' ')}"` : '') +
    (round ? ' stroke-linecap="round"' : '') +
    opacity('stroke', stroke.opacity)
  )
}

function pathData(points: readonly XY[], closed: boolean): string {
  const written = points.map(([x, y]) => `${number(x)} ${number(y)}`)
  // Points that fall on one another when rounded say nothing more.
  const kept = written.filter((point, i) => point !== written[i - 1])
  // A line of no length is still a dot where its ends are round.
  if (kept.length === 1 && !closed) kept.push(kept[0]!)
  return `M${kept.join('L')}${closed ? 'Z' : ''}`
}

const numbers = (record: Record<string, number>): string =>
  Object.entries(record)
    .map(([name, value]) => `${name}="${number(value)}"`)
    .join(' ')

/** To a hundredth of a point, which is 3.5 micrometres. */
function number(value: number): string {
  if (!Number.isFinite(value)) throw new Error(`a coordinate of ${value}`)
  return String(Math.round(value * 100) / 100 || 0)
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;'
}

/** Text of any origin as XML; characters that XML cannot hold become the replacement character. */
function escape(text: string): string {
  return text
    .replace(/[&<>"]/g, (character) => entities[character]!)
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
}
