/** Curves and bands, and the names at the curves' ends. */
import type { BandLayer, LineLayer } from './figure'
import { spreadLabels } from './scale'
import type { Path, Places, Shape } from './shapes'
import { isDotted } from './split-styles'

/** A curve with more points in sight than this is drawn without markers. */
const markedPoints = 48
const markerRadius = 2.5
const faintOpacity = 0.3
const bandOpacity = 0.18
const labelHeight = 15

/** @param markers whether points may be marked: of many curves the markers would hide one another */
export function lineShapes(layer: LineLayer, places: Places, markers = true): Shape[] {
  const { style, faint = false } = layer
  const { paths, single, inSight } = linePaths(layer, places)
  const opacity = faint ? faintOpacity : 1
  const width = faint ? Math.min(1, style.width) : style.width
  const shapes: Shape[] = [
    {
      ...{ kind: 'line', paths, color: style.color, width, dash: style.dash },
      ...{ round: isDotted(style), opacity, clip: true }
    }
  ]
  // A value between two gaps has no line: it must be seen all the same.
  const marked = faint ? [] : markers && inSight.length / 2 <= markedPoints ? inSight : single
  for (let i = 0; i < marked.length; i += 2) {
    shapes.push({
      ...{ kind: 'marker', marker: style.marker, x: marked[i]!, y: marked[i + 1]! },
      ...{ radius: markerRadius, color: style.color, hollow: true, clip: true }
    })
  }
  return shapes
}

/** Unbroken pieces, points without neighbours, and all points in sight. Pieces wholly beside the plot are left out. */
function linePaths(
  { points, step }: LineLayer,
  { plot, x, y }: Places
): { paths: Path[]; single: number[]; inSight: number[] } {
  const paths: number[][] = []
  const single: number[] = []
  const inSight: number[] = []
  let path: number[] = []
  /** -1, 0, 1: the last point was left of the plot, within, right of it. */
  let lastSide = 0
  const end = (): void => {
    if (path.length > 2) paths.push(path)
    else if (path.length === 2 && lastSide === 0) single.push(path[0]!, path[1]!)
    path = []
  }
  for (const [value, height] of points) {
    const [px, py] = [x(value), y(height)]
    if (px === null || py === null) {
      end()
      continue
    }
    const side = px < plot.left - 0.5 ? -1 : px > plot.right + 0.5 ? 1 : 0
    if (side !== 0 && side === lastSide && path.length > 0) {
      // Still on the same side: the piece so far is over, this point may begin the next one.
      if (path.length > 2) paths.push(path)
      path = [px, py]
      continue
    }
    if (step === 'after' && path.length > 0) path.push(px, path.at(-1)!)
    path.push(px, py)
    if (side === 0) inSight.push(px, py)
    lastSide = side
  }
  end()
  return { paths, single, inSight }
}

export function bandShapes({ points, color, step }: BandLayer, { plot, x, y }: Places): Shape[] {
  const upper: number[] = []
  const lower: number[] = []
  for (const [value, low, high] of points) {
    const px = x(value)
    // On a log axis a band that reaches 0 goes down to the plot's edge.
    const [top, bottom] = [y(high), y(low) ?? plot.bottom]
    if (px === null || top === null) continue
    if (step === 'after' && upper.length > 0) {
      upper.push(px, upper.at(-1)!)
      lower.push(px, lower.at(-1)!)
    }
    upper.push(px, top)
    lower.push(px, bottom)
  }
  if (upper.length < 4) return []
  const back: number[] = []
  for (let i = lower.length - 2; i >= 0; i -= 2) back.push(lower[i]!, lower[i + 1]!)
  return [{ kind: 'area', paths: [[...upper, ...back]], color, opacity: bandOpacity, clip: true }]
}

/** Names each curve at its last point in sight; all or none, for a half-labelled chart misleads. */
export function endLabelShapes(layers: readonly LineLayer[], places: Places): Shape[] {
  const { plot } = places
  const ends = layers.flatMap(({ points, style, endLabel }) => {
    if (!endLabel) return []
    for (let i = points.length - 1; i >= 0; i--) {
      const [x, y] = [places.x(points[i]![0]), places.y(points[i]![1])]
      if (x === null || y === null || x < plot.left - 0.5 || x > plot.right + 0.5) continue
      const within = y > plot.top - 1 && y < plot.bottom + 1
      return within ? [{ x, y, color: style.color, text: endLabel }] : []
    }
    return []
  })
  const centres = spreadLabels(
    // To 3 px: lines that run together would otherwise swap their labels at every step.
    ends.map(({ y }) => 3 * Math.round(y / 3)),
    labelHeight,
    [plot.top - 8, plot.bottom + 8]
  )
  if (!centres) return []
  // Beside the line that goes furthest: usually the plot's edge.
  const right = Math.max(...ends.map(({ x }) => x))
  return ends.flatMap(({ x, y, color, text }, i): Shape[] => {
    const centre = centres[i]!
    // A leader from the line's end to its label, since they may have moved apart.
    const leader = [Math.min(x + 3, right), y, right + 8, centre, right + 12, centre]
    return [
      { kind: 'line', paths: [leader], color, width: 1, dash: [], clip: false },
      {
        ...{ kind: 'text', x: right + 16, y: centre, text, align: 'left', baseline: 'middle' },
        ...{ color: '--chart-text', clip: false }
      }
    ]
  })
}
