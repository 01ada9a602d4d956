/** The scale of a heat map's colours, right of the plot. */
import type { CellLayer } from '../figure'
import { rampColor } from '../palette'
import { linearTicks, shortValue } from '../ticks'
import type { Box, Mark, XY } from './drawing'
import { wrapText } from './fonts'
import { line, toBaseline, widthOf, type Style } from './style'

/** In px of the screen. */
const [barWidth, barGap, labelGap, tick] = [10, 12, 3, 3]
/** Steps of colour that the eye takes for a gradient, and every reader draws alike. */
const steps = 64

interface BarPlan {
  range: readonly [number, number]
  ticks: readonly { share: number; label: string }[]
  labelWidth: number
  title: readonly string[]
}

/** What the bar is called: its values as they are where its ends are written out, else the ramp's quantity. */
const barTitle = ({ ends, label, quantity }: CellLayer): string => (ends ? label : quantity)

function plan(layer: CellLayer, height: number, style: Style): BarPlan {
  const { range, ramp } = layer
  const size = Math.max(Math.abs(range[0]), Math.abs(range[1]))
  const ends = ramp === 'diverging' ? ([-size, size] as const) : range
  const [low, high] = ends
  const wanted = Math.max(2, Math.min(6, Math.floor(height / (3 * style.small.size))))
  // Ends that are written out are values; what lies between them are positions, which say nothing to a reader.
  const ticks = layer.ends
    ? layer.ends.map((label, share) => ({ share, label }))
    : linearTicks([low, high], wanted).map((value) => ({
        share: (value - low) / (high - low || 1),
        label: shortValue(value)
      }))
  const labelWidth = Math.max(0, ...ticks.map(({ label }) => widthOf(label, style.small)))
  const title = wrapText(barTitle(layer), height, style.text.size, style.text.face)
  return { range: ends, ticks, labelWidth, title }
}

/** Room right of the plot that the bar needs. */
export function colorBarRoom(layer: CellLayer, height: number, style: Style): number {
  const { labelWidth, title } = plan(layer, height, style)
  const fixed = (barGap + barWidth + tick + 2 * labelGap) * style.scale
  return fixed + labelWidth + title.length * style.text.leading
}

export function colorBarMarks(layer: CellLayer, plot: Box, style: Style): Mark[] {
  const { scale, small, text, axis } = style
  const { ticks, labelWidth, title } = plan(layer, plot.height, style)
  const x = plot.x + plot.width + barGap * scale
  const width = barWidth * scale
  const right = x + width
  const step = plot.height / steps
  // Each step reaches below the next one, so that no seam shows between them.
  const bar = Array.from({ length: steps }, (_, i): Mark => {
    const y = plot.y + i * step
    const height = Math.min(2 * step, plot.y + plot.height - y)
    const color = rampColor(layer.ramp, 1 - (i + 0.5) / steps, style.medium)
    return { kind: 'rect', x, y, width, height, fill: { color } }
  })
  const at = (share: number): number => plot.y + (1 - share) * plot.height
  const parts = ticks.map(({ share }): XY[] => [
    [right, at(share)],
    [right + tick * scale, at(share)]
  ])
  const first = right + (tick + labelGap) * scale
  return [
    { kind: 'group', name: barTitle(layer), marks: bar },
    { kind: 'rect', x, y: plot.y, width, height: plot.height, stroke: axis },
    { kind: 'path', parts, closed: false, stroke: axis },
    ...ticks.map(({ share, label }) => line(label, small, first, at(share) + toBaseline(small))),
    ...title.map((words, i): Mark => {
      const base = first + labelWidth + labelGap * scale + 0.8 * text.size + i * text.leading
      return { ...line(words, text, base, plot.y + plot.height / 2, 'middle'), upwards: true }
    })
  ]
}
