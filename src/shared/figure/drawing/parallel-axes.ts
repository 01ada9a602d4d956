/** The axes of parallel coordinates: a name above each, values beside it. */
import type { AxesLayer, Panel } from '../figure'
import type { Box, Mark } from './drawing'
import { cutText, wrapText } from './fonts'
import { line, toBaseline, widthOf, type Style } from './style'

/** In px of the screen. */
const [tickLength, gap, nameGap] = [3, 4, 9]
const mostLines = 3

/** Names are broken into lines of the distance between the axes. */
function names({ axes }: AxesLayer, panel: Panel, width: number, style: Style): string[][] {
  const place = spacing(axes, panel, width) * 0.92
  const { size, face } = style.small
  return axes.map(({ label }) => {
    const lines = wrapText(label, place, size, face)
    if (lines.length <= mostLines) return lines
    const last = cutText(`${lines[mostLines - 1]}…`, place, size, face)
    return [...lines.slice(0, mostLines - 1), last]
  })
}

const spacing = (axes: AxesLayer['axes'], { x }: Panel, width: number): number =>
  width / Math.max(1, x.domain[1] - x.domain[0], axes.length - 1)

export const axesTopRoom = (layer: AxesLayer, panel: Panel, width: number, style: Style): number =>
  Math.max(0, ...names(layer, panel, width, style).map((lines) => lines.length)) *
    style.small.leading +
  nameGap * style.scale

/** Room beside the plot: half a name beyond the outer axes, and values right of the last. */
export function axesSideRoom(
  layer: AxesLayer,
  panel: Panel,
  width: number,
  style: Style
): readonly [number, number] {
  const texts = names(layer, panel, width, style)
  const half = (lines: readonly string[] = []): number =>
    Math.max(0, ...lines.map((text) => widthOf(text, style.small))) / 2
  const values = layer.axes.at(-1)?.ticks.map(({ label }) => widthOf(label, style.small)) ?? []
  const beside = (tickLength + gap) * style.scale + Math.max(0, ...values)
  return [half(texts[0]), Math.max(beside, half(texts.at(-1)))]
}

export function parallelAxesMarks(layer: AxesLayer, panel: Panel, plot: Box, style: Style): Mark[] {
  const { small, scale, axis } = style
  const texts = names(layer, panel, plot.width, style)
  const [left, right] = panel.x.domain
  const [low, high] = panel.y.domain
  const room = spacing(layer.axes, panel, plot.width) - (tickLength + gap) * scale
  return layer.axes.flatMap(({ x, ticks }, i): Mark[] => {
    const at = plot.x + ((x - left) / (right - left || 1)) * plot.width
    const placed = ticks.map(({ position, label }) => ({
      label: cutText(label, room, small.size, small.face),
      y: plot.y + (1 - (position - low) / (high - low || 1)) * plot.height
    }))
    const lines = texts[i]!
    return [
      ...lines.map((text, row) => {
        const above = (lines.length - 1 - row) * small.leading + nameGap * scale
        return line(text, { ...small, color: style.text.color }, at, plot.y - above, 'middle')
      }),
      {
        ...{ kind: 'path', closed: false, stroke: axis },
        parts: [
          [
            [at, plot.y],
            [at, plot.y + plot.height]
          ],
          ...placed.map(
            ({ y }) =>
              [
                [at, y],
                [at + tickLength * scale, y]
              ] as const
          )
        ]
      },
      ...apart(placed, 1.15 * small.size).flatMap(({ label, y }): Mark[] => {
        if (!label) return []
        const from = at + (tickLength + gap) * scale
        const base = y + toBaseline(small)
        const box = { x: from, y: base - 0.78 * small.size, height: small.size }
        return [
          {
            ...{ kind: 'rect', ...box, width: widthOf(label, small) },
            fill: { color: style.background, opacity: 0.75 }
          },
          line(label, small, from, base)
        ]
      })
    ]
  })
}

/** Of values closer than `least` to the one kept before them, the later ones go. */
function apart<T extends { y: number }>(placed: readonly T[], least: number): T[] {
  const kept: T[] = []
  for (const one of [...placed].sort((a, b) => b.y - a.y)) {
    if (kept.length === 0 || kept.at(-1)!.y - one.y >= least) kept.push(one)
  }
  return kept
}
