/** Axes: which ticks get a label where there is room, how much room that takes, and the lines and texts themselves. */
import type { Axis } from '../figure'
import { zeroGap } from '../scale'
import type { Box, Mark, XY } from './drawing'
import { wrapText } from './fonts'
import { line, toBaseline, widthOf, type Style } from './style'

/** A tick at a share of the axis's length; without lines it has no label. */
interface PlannedTick {
  share: number
  lines: readonly string[]
}

export interface AxisPlan {
  ticks: readonly PlannedTick[]
  /** Shares of ticks between the labelled ones, on logarithmic axes. */
  minor: readonly number[]
  /** Where the axis is not to scale: between 0 and the smallest value of a logarithmic axis. */
  breakAt: number | null
  /** Labels run upwards, as they are wider than their places. */
  upwards: boolean
  /** Room for the labels, across the axis. */
  room: number
  title: readonly string[]
}

/** Distances in px of the screen. */
const [tickLength, minorLength, gap] = [4, 2.5, 3]
/** Labels keep this much of their size apart. */
const air = 0.5
/** Lines that a label of a category may have. */
const categoryLines = 3
/** A logarithmic axis over more decades than this has no ticks within them. */
const minorDecades = 8

export const tickRoom = (style: Style): number => (tickLength + gap) * style.scale

/** @param length of the axis, in points */
export function planX(axis: Axis, length: number, style: Style): AxisPlan {
  const type = style.small
  const ticks = inSight(axis, style)
  const title = wrapText(axis.label, length, style.text.size, style.text.face)
  const shared = { ...extras(axis), title }
  if (axis.scale.kind === 'category') {
    const place = length / Math.max(1, axis.domain[1] - axis.domain[0])
    const wrapped = ticks.map(({ share, label }) => ({
      share,
      lines: wrapText(label, place - air * type.size, type.size, type.face)
    }))
    const isWhole = ticks.every(({ label }) =>
      label.split(/\s+/).every((word) => widthOf(word, type) <= place - air * type.size)
    )
    const most = Math.max(1, ...wrapped.map(({ lines }) => lines.length))
    if (isWhole && most <= categoryLines) {
      return { ...shared, ticks: wrapped, upwards: false, room: most * type.leading }
    }
    const every = Math.max(1, Math.ceil((1.15 * type.size) / place))
    const upright = ticks.map(({ share, label }, i) => ({
      share,
      lines: i % every === 0 ? [label] : []
    }))
    const room = Math.max(0, ...ticks.map(({ label }) => widthOf(label, type)))
    return { ...shared, ticks: upright, upwards: true, room }
  }
  const every = leastStep(ticks, (a, b) => {
    const apart = (b.share - a.share) * length
    return apart >= (widthOf(a.label, type) + widthOf(b.label, type)) / 2 + air * type.size
  })
  return { ...shared, ticks: everyNth(ticks, every), upwards: false, room: type.leading }
}

/**
 * @param length of the axis, in points
 * @param widest room for labels, in points: categories are broken into lines
 */
export function planY(axis: Axis, length: number, widest: number, style: Style): AxisPlan {
  const type = style.small
  const ticks = inSight(axis, style)
  const title = wrapText(axis.label, length, style.text.size, style.text.face)
  const every = leastStep(ticks, (a, b) => Math.abs(b.share - a.share) * length >= 1.15 * type.size)
  const planned = everyNth(ticks, every).map(({ share, lines: [label = ''] }) => ({
    share,
    lines: label ? wrapText(label, widest, type.size, type.face) : []
  }))
  const widths = planned.flatMap(({ lines }) => lines.map((text) => widthOf(text, type)))
  return {
    ...{ ...extras(axis), ticks: planned, title },
    ...{ upwards: false, room: Math.max(0, ...widths) }
  }
}

/** The ticks between the axis's ends, with the labels they will have. */
function inSight(axis: Axis, style: Style): { share: number; label: string }[] {
  const [low, high] = axis.domain
  const length = high - low || 1
  const seen = axis.ticks
    .map(({ position, label }) => ({ position, share: (position - low) / length, label }))
    .filter(({ share }) => share > -1e-6 && share < 1 + 1e-6)
  const isLog = axis.scale.kind === 'log'
  const zero = axis.scale.kind === 'log' ? axis.scale.zero : null
  const isDecade = ({ position }: { position: number }): boolean =>
    position === zero || Math.abs(position - Math.round(position)) < 1e-9
  if (!style.settings.powers || !isLog || !seen.every(isDecade)) return seen
  return seen.map((tick) =>
    tick.position === zero
      ? tick
      : { ...tick, label: `10${superscript(Math.round(tick.position))}` }
  )
}

const superscript = (n: number): string =>
  [...String(n)].map((c) => (c === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(c)]!)).join('')

function extras({ scale, domain }: Axis): Pick<AxisPlan, 'minor' | 'breakAt'> {
  if (scale.kind !== 'log') return { minor: [], breakAt: null }
  const [low, high] = domain
  const share = (position: number): number => (position - low) / (high - low || 1)
  const minor: number[] = []
  const least = scale.zero === null ? low : Math.max(low, scale.zero + zeroGap)
  if (high - low <= minorDecades) {
    for (let power = Math.floor(least); power < high; power++) {
      for (let digit = 2; digit < 10; digit++) {
        const position = power + Math.log10(digit)
        if (position > least + 1e-9 && position < high - 1e-9) minor.push(share(position))
      }
    }
  }
  const middle = scale.zero === null ? null : share(scale.zero + zeroGap / 2)
  return { minor, breakAt: middle !== null && middle > 0 && middle < 1 ? middle : null }
}

type Sized = { share: number; label: string }

/** The least n with which every nth label is far enough from the next. */
function leastStep(ticks: readonly Sized[], fits: (a: Sized, b: Sized) => boolean): number {
  for (let every = 1; every < ticks.length; every++) {
    const kept = ticks.filter((_, i) => i % every === 0)
    if (kept.every((tick, i) => i === 0 || fits(kept[i - 1]!, tick))) return every
  }
  return Math.max(1, ticks.length)
}

const everyNth = (ticks: readonly Sized[], every: number): PlannedTick[] =>
  ticks.map(({ share, label }, i) => ({ share, lines: i % every === 0 && label ? [label] : [] }))

/** How far the labels reach beyond the left and right end of the axis. */
export function overhang(plan: AxisPlan, length: number, style: Style): XY {
  const reach = plan.ticks.map(({ share, lines }) => {
    const width = plan.upwards
      ? lines.length * style.small.leading
      : Math.max(0, ...lines.map((text) => widthOf(text, style.small)))
    return [width / 2 - share * length, share * length + width / 2 - length] as const
  })
  return [Math.max(0, ...reach.map(([l]) => l)), Math.max(0, ...reach.map(([, r]) => r))]
}

/** Lines at the labelled ticks, behind everything else. */
export function gridMarks(x: AxisPlan, y: AxisPlan, plot: Box, style: Style): Mark[] {
  if (!style.grid) return []
  const labelled = ({ ticks }: AxisPlan): number[] =>
    ticks.filter(({ lines }) => lines.length > 0).map(({ share }) => share)
  const parts: XY[][] = [
    ...labelled(x).map((share): XY[] => {
      const at = plot.x + share * plot.width
      return [
        [at, plot.y],
        [at, plot.y + plot.height]
      ]
    }),
    ...labelled(y).map((share): XY[] => {
      const at = plot.y + (1 - share) * plot.height
      return [
        [plot.x, at],
        [plot.x + plot.width, at]
      ]
    })
  ]
  return parts.length > 0 ? [{ kind: 'path', parts, closed: false, stroke: style.grid }] : []
}

export function xAxisMarks(plan: AxisPlan, plot: Box, style: Style): Mark[] {
  const { scale, small, text, axis } = style
  const foot = plot.y + plot.height
  const at = (share: number): number => plot.x + share * plot.width
  const tick = (share: number, length: number): XY[] => [
    [at(share), foot],
    [at(share), foot + length * scale]
  ]
  const ends: XY[] = [
    [plot.x, foot],
    [plot.x + plot.width, foot]
  ]
  const parts = [
    ends,
    ...plan.ticks.map(({ share }) => tick(share, tickLength)),
    ...plan.minor.map((share) => tick(share, minorLength))
  ]
  const top = foot + tickRoom(style)
  const labels = plan.ticks.flatMap(({ share, lines }): Mark[] =>
    plan.upwards
      ? lines.map((label) => ({
          ...line(label, small, at(share) + toBaseline(small), top, 'end'),
          upwards: true
        }))
      : lines.map((label, i) =>
          line(label, small, at(share), top + 0.8 * small.size + i * small.leading, 'middle')
        )
  )
  const title = plan.title.map((words, i) =>
    line(
      words,
      text,
      plot.x + plot.width / 2,
      top + plan.room + gap * scale + 0.8 * text.size + i * text.leading,
      'middle'
    )
  )
  const broken = plan.breakAt === null ? [] : breakMarks([at(plan.breakAt), foot], style)
  return [{ kind: 'path', parts, closed: false, stroke: axis }, ...broken, ...labels, ...title]
}

/** Two strokes across the axis with nothing between them. */
function breakMarks([x, y]: XY, { scale, axis, background, settings }: Style): Mark[] {
  const [half, rise] = [1.5 * scale, 3.5 * scale]
  const stroke = (at: number): XY[] => [
    [at - half / 2, y + rise],
    [at + half / 2, y - rise]
  ]
  const parts = [stroke(x - half), stroke(x + half)]
  const hole = [parts[0]![0]!, parts[0]![1]!, parts[1]![1]!, parts[1]![0]!]
  return [
    ...(settings.transparent
      ? []
      : [
          {
            ...{ kind: 'path' as const, parts: [hole], closed: true },
            fill: { color: background }
          }
        ]),
    { kind: 'path', parts, closed: false, stroke: axis }
  ]
}

export function yAxisMarks(plan: AxisPlan, plot: Box, style: Style): Mark[] {
  const { scale, small, text, axis } = style
  const at = (share: number): number => plot.y + (1 - share) * plot.height
  const tick = (share: number, length: number): XY[] => [
    [plot.x, at(share)],
    [plot.x - length * scale, at(share)]
  ]
  const ends: XY[] = [
    [plot.x, plot.y],
    [plot.x, plot.y + plot.height]
  ]
  const parts = [
    ends,
    ...plan.ticks.map(({ share }) => tick(share, tickLength)),
    ...plan.minor.map((share) => tick(share, minorLength))
  ]
  const right = plot.x - tickRoom(style)
  const labels = plan.ticks.flatMap(({ share, lines }) =>
    lines.map((label, i) => {
      const middle = at(share) + (i - (lines.length - 1) / 2) * small.leading
      return line(label, small, right, middle + toBaseline(small), 'end')
    })
  )
  // The last line of the title stands next to the labels.
  const first = right - plan.room - yTitleRoom(plan, style) + 0.8 * text.size
  const title = plan.title.map((words, i): Mark => {
    const mark = line(words, text, first + i * text.leading, plot.y + plot.height / 2, 'middle')
    return { ...mark, upwards: true }
  })
  return [{ kind: 'path', parts, closed: false, stroke: axis }, ...labels, ...title]
}

/** Room for the axis's title beside the labels. */
export const yTitleRoom = (plan: AxisPlan, { text, scale }: Style): number =>
  plan.title.length === 0 ? 0 : plan.title.length * text.leading + gap * scale

export const xTitleRoom = yTitleRoom
