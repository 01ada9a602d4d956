/** Puts the labels within a plot where they touch no other text, and hide as little of the curves as can be. */
import { clipLine } from './clip'
import { flatten, type Box, type Mark, type XY } from './drawing'
import type { Label } from './shape-marks'
import type { Style } from './style'

const overlaps = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height

const within = (a: Box, b: Box): boolean =>
  a.x >= b.x - 1e-6 &&
  a.y >= b.y - 1e-6 &&
  a.x + a.width <= b.x + b.width + 1e-6 &&
  a.y + a.height <= b.y + b.height + 1e-6

/** Places along the plot at which the name of a rule is tried. */
const places = 9

/**
 * Each label where it is wanted, the name of a rule anywhere along the rule; the first come first.
 * @param room the labels' bounds
 * @param plot names of rules may be moved across
 * @param drawn what lies below the labels
 * @returns marks, and the texts for which there was no place
 */
export function placeLabels(
  labels: readonly Label[],
  room: Box,
  plot: Box,
  drawn: readonly Mark[],
  style: Style
): { marks: Mark[]; left: string[] } {
  const lines = [...flatten(drawn)].flatMap((mark) => (mark.kind === 'path' ? mark.parts : []))
  const taken: Box[] = []
  const left: string[] = []
  const marks = labels.flatMap((label): Mark[] => {
    const free = candidates(label, plot).flatMap(([dx, dy], rank) => {
      const box = { ...label.box, x: label.box.x + dx, y: label.box.y + dy }
      // Names of rules stay off the axes; what has one place only may reach a little over the plot.
      const bounds = isMovable(label) ? { ...plot, width: room.x + room.width - plot.x } : room
      if (!within(box, bounds) || taken.some((other) => overlaps(box, other))) return []
      return [{ box, dx, dy, rank }]
    })
    const hidden = (box: Box): number =>
      lines.reduce((sum, part) => sum + lengthWithin(part, box), 0)
    const [best] =
      free.length < 2
        ? free
        : free
            .map((place) => ({ ...place, hidden: hidden(place.box) }))
            .sort((a, b) => a.hidden - b.hidden || a.rank - b.rank)
    if (!best) {
      left.push(label.mark.text)
      return []
    }
    taken.push(best.box)
    const mark = { ...label.mark, x: label.mark.x + best.dx, y: label.mark.y + best.dy }
    const fill = { color: style.background, opacity: label.halo === 1 ? 0.85 : label.halo }
    return label.halo > 0 ? [{ kind: 'rect', ...best.box, fill }, mark] : [mark]
  })
  return { marks, left }
}

const isMovable = ({ halo }: Label): boolean => halo > 0 && halo < 1

/** Shifts to try, the preferred first. Cells, ends of lines and brackets have one place only. */
function candidates(label: Label, plot: Box): XY[] {
  if (!isMovable(label)) return [[0, 0]]
  const { box, mark } = label
  const inset = box.x - plot.x
  const step = Math.max(0, plot.width - box.width - 2 * inset) / (places - 1)
  return Array.from({ length: places }, (_, i): XY[] => [
    [i * step, 0],
    [i * step, 1.35 * mark.size]
  ]).flat()
}

function lengthWithin(part: readonly XY[], { x, y, width, height }: Box): number {
  const edges = { left: x, right: x + width, top: y, bottom: y + height }
  return clipLine(part, edges).reduce((sum, piece) => {
    for (let i = 1; i < piece.length; i++) {
      sum += Math.hypot(piece[i]![0] - piece[i - 1]![0], piece[i]![1] - piece[i - 1]![1])
    }
    return sum
  }, 0)
}
