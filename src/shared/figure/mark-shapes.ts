/** Dots, heat-map cells and boxes. */
import type { BoxLayer, Cell, CellLayer, Dot, DotLayer } from './figure'
import { rampColor, rampShare, type Medium } from './palette'
import type { Places, Shape } from './shapes'

const dotRadius = 4
/** Width of a box and of its whisker's ends, in units of x. */
const [boxWidth, capWidth] = [0.5, 0.25]
/** A cell's text needs this much room, in px, a character and a line. */
const [characterWidth, lineHeight] = [7, 14]

export function dotShapes({ dots, marker }: DotLayer, places: Places): Shape[] {
  return dots.flatMap((dot): Shape[] => {
    const place = dotPlace(dot, places)
    if (!place) return []
    const { color, hollow = false } = dot
    return [{ kind: 'marker', marker, ...place, radius: dotRadius, color, hollow, clip: true }]
  })
}

/** Where a dot is drawn, in px; null where an axis has no place for it. */
export function dotPlace(
  { x, y, aside: [right, down] = [0, 0] }: Pick<Dot, 'x' | 'y' | 'aside'>,
  places: Places
): { x: number; y: number } | null {
  const [px, py] = [places.x(x), places.y(y)]
  return px === null || py === null ? null : { x: px + right, y: py + down }
}

export function cellShapes(
  { cells, range, ramp }: CellLayer,
  places: Places,
  medium: Medium
): Shape[] {
  return cells.flatMap((cell): Shape[] => {
    const [left, right] = [places.x(cell.x - 0.5), places.x(cell.x + 0.5)]
    const [top, bottom] = [places.y(cell.y + 0.5), places.y(cell.y - 0.5)]
    if (left === null || right === null || top === null || bottom === null) return []
    const box = { x: left, y: top, width: right - left, height: bottom - top }
    if (cell.value === null) {
      // Not measured is not a value: an empty frame.
      const inset = { x: left + 1, y: top + 1, width: box.width - 2, height: box.height - 2 }
      return [
        { kind: 'rect', ...inset, color: '--chart-grid', outline: 1, clip: true },
        ...cellText(cell, box, '--chart-muted')
      ]
    }
    const color = rampColor(ramp, rampShare(ramp, range, cell.value), medium)
    return [
      { kind: 'rect', ...box, color, clip: true },
      ...cellText(cell, box, isDark(color) ? '#ffffff' : '#000000')
    ]
  })
}

/** Where there is room for it. */
function cellText(
  { text = '' }: Cell,
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
  color: string
): Shape[] {
  if (!text || width < text.length * characterWidth || height < lineHeight) return []
  return [
    {
      ...{ kind: 'text', x: x + width / 2, y: y + height / 2, text, align: 'center' },
      ...{ baseline: 'middle', color, clip: false }
    }
  ]
}

/** Whether white reads better than black on a colour: by its relative luminance (WCAG 2.2). */
export function isDark(color: string): boolean {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = parseInt(color.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b! < 0.179
}

export function boxShapes({ boxes }: BoxLayer, { x, y }: Places): Shape[] {
  return boxes.flatMap((box): Shape[] => {
    const heights = [box.low, box.q1, box.median, box.q3, box.high].map(y)
    const widths = [-boxWidth, -capWidth, 0, capWidth, boxWidth].map((w) => x(box.x + w / 2))
    if ([...heights, ...widths].includes(null)) return []
    const [low, q1, median, q3, high] = heights as number[]
    const [left, capLeft, middle, capRight, right] = widths as number[]
    const stroke = { color: box.color, dash: [], clip: true } as const
    const frame = { x: left!, y: q3!, width: right! - left!, height: q1! - q3! }
    return [
      { kind: 'rect', ...frame, color: box.color, opacity: 0.15, clip: true },
      { kind: 'rect', ...frame, color: box.color, outline: 1.25, clip: true },
      {
        ...{ kind: 'line', ...stroke, width: 1.25 },
        paths: [
          [middle!, q1!, middle!, low!],
          [middle!, q3!, middle!, high!],
          [capLeft!, low!, capRight!, low!],
          [capLeft!, high!, capRight!, high!]
        ]
      },
      { kind: 'line', ...stroke, width: 2.25, paths: [[left!, median!, right!, median!]] }
    ]
  })
}
