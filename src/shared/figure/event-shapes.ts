/** Milestones at the foot of a plot: a tick with a head where a split was reached, a bracket over a delay. */
import type { EventLayer } from './figure'
import { placeBracket } from './milestone-marks'
import type { Places, Shape } from './shapes'

/** Height of a tick, of its head, and of a row of brackets, in px. */
const [tickHeight, headHeight, rowHeight] = [10, 5, 20]
/** A label needs this much more room than its characters, in px. */
const [labelAir, characterWidth] = [16, 6.4]
const width = 1.5

export function eventShapes({ marks }: EventLayer, { plot, x }: Places): Shape[] {
  const { left, right, bottom } = plot
  const pixel = (value: number): number => x(value) ?? -Infinity
  const brackets = marks.brackets.flatMap((bracket, row): Shape[] => {
    const place = placeBracket(bracket, pixel, [left, right])
    if (!place) return []
    const { color, label } = bracket
    const y = bottom - tickHeight - 6 - row * rowHeight
    const [from, to] = [place.x, place.x + place.width]
    const ends = [
      ...(place.fromInside ? [[from, y - 3, from, y + 3]] : []),
      ...(place.toInside ? [[to, y - 3, to, y + 3]] : [])
    ]
    const shapes: Shape[] = [
      // A bracket that goes on beyond what is seen, or has no end yet, is dashed.
      {
        ...{ kind: 'line', paths: [[from, y, to, y]], color, width },
        ...{ dash: place.toInside ? [] : [4, 3], clip: true }
      },
      { kind: 'line', paths: ends, color, width, dash: [], clip: true }
    ]
    if (place.width > label.length * characterWidth + labelAir) {
      shapes.push({
        ...{ kind: 'text', x: (from + to) / 2, y: y - 8, text: label, align: 'center' },
        ...{ baseline: 'middle', color: '--chart-text', halo: 1, clip: false }
      })
    }
    return shapes
  })
  const ticks = marks.ticks.flatMap(({ x: value, color }): Shape[] => {
    const at = pixel(value)
    if (at < left - 0.5 || at > right + 0.5) return []
    const head = [
      at,
      bottom - headHeight,
      at - 0.7 * headHeight,
      bottom,
      at + 0.7 * headHeight,
      bottom
    ]
    return [
      {
        kind: 'line',
        paths: [[at, bottom, at, bottom - tickHeight]],
        color,
        width,
        dash: [],
        clip: true
      },
      { kind: 'area', paths: [head], color, opacity: 1, clip: true }
    ]
  })
  return [...brackets, ...ticks]
}
