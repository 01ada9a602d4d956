/** A panel's shapes, which are in px of the screen, as marks in points. */
import { colorIn } from '../palette'
import type { Path, Plot, Shape } from '../shapes'
import type { LineStyle } from '../split-styles'
import { clipArea, clipLine } from './clip'
import type { Box, Mark, Stroke, TextMark, XY } from './drawing'
import { line, toBaseline, widthOf, type Style } from './style'

/** Points. */
const seam = 0.2

/** Text that must not run into other text. */
export interface Label {
  mark: TextMark
  box: Box
  /** Opacity of the background behind it. */
  halo: number
}

export interface PanelMarks {
  marks: Mark[]
  labels: Label[]
}

/**
 * @param plot the plot's edges, in px
 * @returns marks in points; text apart from the rest, as it is placed last
 */
export function toMarks(shapes: readonly Shape[], plot: Plot, style: Style): PanelMarks {
  const edges = {
    ...{ left: plot.left * style.scale, right: plot.right * style.scale },
    ...{ top: plot.top * style.scale, bottom: plot.bottom * style.scale }
  }
  const color = (name: string): string => colorIn(style.medium, name)
  const points = (path: Path): XY[] => {
    const list: XY[] = []
    for (let i = 0; i < path.length; i += 2)
      list.push([path[i]! * style.scale, path[i + 1]! * style.scale])
    return list
  }
  const labels: Label[] = []
  const marks = shapes.flatMap((shape): Mark[] => {
    switch (shape.kind) {
      case 'line': {
        const parts = shape.paths
          .map(points)
          .flatMap((path) => (shape.clip ? clipLine(path, edges) : [path]))
        const stroke: Stroke = {
          ...{ color: color(shape.color), width: shape.width * style.lines },
          ...(shape.dash.length > 0 && { dash: shape.dash.map((px) => px * style.scale) }),
          ...(shape.round && { round: true }),
          ...(shape.opacity !== undefined && { opacity: shape.opacity })
        }
        return parts.length > 0 ? [{ kind: 'path', parts, closed: false, stroke }] : []
      }
      case 'area': {
        const parts = shape.paths.map((path) => clipArea(points(path), edges))
        const seen = parts.filter((part) => part.length > 2)
        const fill = { color: color(shape.color), opacity: shape.opacity }
        return seen.length > 0 ? [{ kind: 'path', parts: seen, closed: true, fill }] : []
      }
      case 'rect': {
        const box = clipBox(shape, plot, style.scale)
        if (!box) return []
        const { outline, opacity } = shape
        const paint = color(shape.color)
        if (outline !== undefined)
          return [{ kind: 'rect', ...box, stroke: { color: paint, width: outline * style.lines } }]
        if (opacity !== undefined)
          return [{ kind: 'rect', ...box, fill: { color: paint, opacity } }]
        // A hair of its own colour, so that no seam shows between neighbouring cells.
        const stroke = { color: paint, width: seam }
        return [{ kind: 'rect', ...box, fill: { color: paint }, stroke }]
      }
      case 'marker': {
        const [x, y] = [shape.x * style.scale, shape.y * style.scale]
        const seen =
          x >= edges.left - 0.01 &&
          x <= edges.right + 0.01 &&
          y >= edges.top - 0.01 &&
          y <= edges.bottom + 0.01
        const radius = shape.radius * style.scale
        return seen
          ? markerMarks(shape.marker, [x, y], radius, color(shape.color), shape.hollow, style)
          : []
      }
      case 'text':
        labels.push(toLabel(shape, color(shape.color), style))
        return []
      default:
        return shape satisfies never
    }
  })
  return { marks, labels }
}

function clipBox(box: Box, plot: Plot, scale: number): Box | null {
  const [left, right] = [Math.max(box.x, plot.left), Math.min(box.x + box.width, plot.right)]
  const [top, bottom] = [Math.max(box.y, plot.top), Math.min(box.y + box.height, plot.bottom)]
  if (right < left || bottom < top) return null
  const [x, y] = [left * scale, top * scale]
  return { x, y, width: (right - left) * scale, height: (bottom - top) * scale }
}

/** A marker of the same area whichever its form; hollow ones are filled with the background. */
export function markerMarks(
  marker: LineStyle['marker'],
  [x, y]: XY,
  radius: number,
  color: string,
  hollow: boolean,
  style: Style
): Mark[] {
  const stroke = { color, width: 1.25 * style.lines }
  const fill = { color: hollow ? style.background : color }
  const polygon = (corners: readonly XY[]): Mark[] => [
    {
      ...{ kind: 'path', closed: true, stroke, fill },
      parts: [corners.map(([dx, dy]): XY => [x + dx * radius, y + dy * radius])]
    }
  ]
  switch (marker) {
    case 'circle':
      return [{ kind: 'circle', x, y, r: radius, stroke, fill }]
    case 'triangle':
      return polygon([
        [0, -1.2],
        [1.1, 0.75],
        [-1.1, 0.75]
      ])
    case 'rect':
      return polygon([
        [-0.88, -0.88],
        [0.88, -0.88],
        [0.88, 0.88],
        [-0.88, 0.88]
      ])
    case 'rectRot':
      return polygon([
        [0, -1.25],
        [1.25, 0],
        [0, 1.25],
        [-1.25, 0]
      ])
    case 'crossRot': {
      const arm = 0.85 * radius
      const parts: XY[][] = [
        [
          [x - arm, y - arm],
          [x + arm, y + arm]
        ],
        [
          [x - arm, y + arm],
          [x + arm, y - arm]
        ]
      ]
      return [{ kind: 'path', parts, closed: false, stroke }]
    }
    default:
      return marker satisfies never
  }
}

function toLabel(shape: Extract<Shape, { kind: 'text' }>, color: string, style: Style): Label {
  const anchor = ({ left: 'start', center: 'middle', right: 'end' } as const)[shape.align]
  const type = { ...style.text, color }
  const x = shape.x * style.scale
  const y =
    shape.y * style.scale + (shape.baseline === 'middle' ? toBaseline(type) : -0.2 * type.size)
  return { ...labelAt(line(shape.text, type, x, y, anchor), style), halo: shape.halo ?? 0 }
}

/** The room that a line of text takes: ascenders and descenders of the font's usual letters. */
export function labelAt(mark: TextMark, style: Style): Omit<Label, 'halo'> {
  const width = widthOf(mark.text, { ...style.text, size: mark.size, face: mark.face })
  const left = { start: 0, middle: width / 2, end: width }[mark.anchor]
  const [above, below] = [0.78 * mark.size, 0.22 * mark.size]
  const box = mark.upwards
    ? { x: mark.x - above, y: mark.y - (width - left), width: above + below, height: width }
    : { x: mark.x - left, y: mark.y - above, width, height: above + below }
  return { mark, box }
}
