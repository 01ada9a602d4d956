/**
 * Cuts lines and areas off at a plot's edges, so that a file holds nothing that is not seen: drawing programs then
 * have no clip masks to fight with.
 */
import type { XY } from './drawing'

export interface Edges {
  left: number
  right: number
  top: number
  bottom: number
}

/** The pieces of a polyline within the edges (Liang and Barsky 1984, segment by segment). */
export function clipLine(points: readonly XY[], edges: Edges): XY[][] {
  const pieces: XY[][] = []
  let piece: XY[] = []
  for (let i = 1; i < points.length; i++) {
    const inside = clipSegment(points[i - 1]!, points[i]!, edges)
    if (!inside) continue
    const [from, to] = inside
    const last = piece.at(-1)
    if (last && last[0] === from[0] && last[1] === from[1]) piece.push(to)
    else {
      if (piece.length > 1) pieces.push(piece)
      piece = [from, to]
    }
  }
  return piece.length > 1 ? [...pieces, piece] : pieces
}

function clipSegment(a: XY, b: XY, { left, right, top, bottom }: Edges): [XY, XY] | null {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]]
  let [from, to] = [0, 1]
  for (const [slope, room] of [
    [-dx, a[0] - left],
    [dx, right - a[0]],
    [-dy, a[1] - top],
    [dy, bottom - a[1]]
  ] as const) {
    if (slope === 0) {
      if (room < 0) return null
    } else if (slope < 0) from = Math.max(from, room / slope)
    else to = Math.min(to, room / slope)
  }
  if (from > to) return null
  const at = (t: number): XY => [a[0] + t * dx, a[1] + t * dy]
  return [from === 0 ? a : at(from), to === 1 ? b : at(to)]
}

/** A polygon's part within the edges (Sutherland and Hodgman 1974); empty where none is. */
export function clipArea(points: readonly XY[], { left, right, top, bottom }: Edges): XY[] {
  /** Positive within. */
  const sides: ((p: XY) => number)[] = [
    ([x]) => x - left,
    ([x]) => right - x,
    ([, y]) => y - top,
    ([, y]) => bottom - y
  ]
  return sides.reduce<XY[]>(
    (polygon, side) =>
      polygon.flatMap((point, i) => {
        const before = polygon.at(i - 1)!
        const [a, b] = [side(before), side(point)]
        const crossing: XY[] =
          a < 0 !== b < 0
            ? [
                [
                  before[0] + ((point[0] - before[0]) * a) / (a - b),
                  before[1] + ((point[1] - before[1]) * a) / (a - b)
                ]
              ]
            : []
        return b < 0 ? crossing : [...crossing, point]
      }),
    [...points]
  )
}
