/** What of a plot can be pointed at: its dots, cells and lines, where they lie, and which runs they stand for. */
import type { Panel } from '@shared/figure/figure'
import { dotPlace } from '@shared/figure/mark-shapes'
import { placesIn, type Plot } from '@shared/figure/shapes'

export interface PlotMark {
  /** Unique within the plot. */
  key: string
  /** The runs: one, or all of a cell. */
  ids: readonly string[]
  /** First line: the run's name; then a line per value. */
  title: string
  /** Where it is pointed at, in px. */
  x: number
  y: number
  shape:
    | { kind: 'dot' }
    | { kind: 'cell'; width: number; height: number }
    /** Corners in px, interrupted where a run has no value. */
    | { kind: 'line'; paths: readonly (readonly (readonly [number, number])[])[] }
}

/** Every mark of a panel, from left to right and then upwards: the order of the arrow keys. */
export function plotMarks(panel: Panel, plot: Plot): PlotMark[] {
  const places = placesIn(panel, plot)
  const lines = panel.layers.some(({ kind }) => kind === 'axes')
  const marks = panel.layers.flatMap((layer): PlotMark[] => {
    switch (layer.kind) {
      case 'dots':
        // Beside lines, dots only say what is censored.
        if (lines) return []
        return layer.dots.flatMap((dot, i) => {
          const place = dotPlace(dot, places)
          if (!place) return []
          const key = `${layer.key} ${i}`
          const shape = { kind: 'dot' as const }
          return [{ key, ids: [dot.id], title: dot.title, ...place, shape }]
        })
      case 'cells':
        return layer.cells.flatMap((cell, i) => {
          const [left, right] = [places.x(cell.x - 0.5), places.x(cell.x + 0.5)]
          const [top, bottom] = [places.y(cell.y + 0.5), places.y(cell.y - 0.5)]
          if (left === null || right === null || top === null || bottom === null) return []
          const shape = { kind: 'cell' as const, width: right - left, height: bottom - top }
          const middle = { x: (left + right) / 2, y: (top + bottom) / 2 }
          return [{ key: `cell ${i}`, ids: cell.ids ?? [], title: cell.title, ...middle, shape }]
        })
      case 'line': {
        if (!lines || layer.of === undefined || layer.faint) return []
        const paths: [number, number][][] = [[]]
        for (const [px, py] of layer.points) {
          const [x, y] = [places.x(px), places.y(py)]
          if (x === null || y === null) paths.push([])
          else paths.at(-1)!.push([x, y])
        }
        const [first] = paths.flat()
        if (!first) return []
        const shape = { kind: 'line' as const, paths: paths.filter((path) => path.length > 0) }
        return [
          { key: layer.key, ids: [layer.of], title: layer.label, x: first[0], y: first[1], shape }
        ]
      }
      default:
        return []
    }
  })
  return marks.sort((a, b) => a.x - b.x || b.y - a.y)
}

/** The mark that a pointer means: the cell it is in, or the nearest dot or line within reach; null for none. */
export function markAt(
  marks: readonly PlotMark[],
  x: number,
  y: number,
  reach: number
): PlotMark | null {
  let best: PlotMark | null = null
  let least = reach
  for (const mark of marks) {
    const distance = distanceTo(mark, x, y)
    if (distance < least || (distance === 0 && !best)) [best, least] = [mark, distance]
  }
  return best
}

/** In px; 0 inside of a cell. */
export function distanceTo({ shape, x: mx, y: my }: PlotMark, x: number, y: number): number {
  switch (shape.kind) {
    case 'dot':
      return Math.hypot(mx - x, my - y)
    case 'cell':
      return Math.abs(mx - x) <= shape.width / 2 && Math.abs(my - y) <= shape.height / 2
        ? 0
        : Infinity
    case 'line':
      return Math.min(
        ...shape.paths.flatMap((path) =>
          path.map((point, i) => toSegment(x, y, path[i - 1] ?? point, point))
        )
      )
    default:
      return shape satisfies never
  }
}

function toSegment(
  x: number,
  y: number,
  [ax, ay]: readonly [number, number],
  [bx, by]: readonly [number, number]
): number {
  const length = (bx - ax) ** 2 + (by - ay) ** 2
  const along = length === 0 ? 0 : ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length
  const share = Math.min(1, Math.max(0, along))
  return Math.hypot(ax + share * (bx - ax) - x, ay + share * (by - ay) - y)
}

/** The runs of the marks within a rectangle, by their middles. */
export function idsWithin(
  marks: readonly PlotMark[],
  from: readonly [number, number],
  to: readonly [number, number]
): string[] {
  const [left, right] = [Math.min(from[0], to[0]), Math.max(from[0], to[0])]
  const [top, bottom] = [Math.min(from[1], to[1]), Math.max(from[1], to[1])]
  const inside = marks.filter(({ x, y }) => x >= left && x <= right && y >= top && y <= bottom)
  return [...new Set(inside.flatMap(({ ids }) => ids))]
}
