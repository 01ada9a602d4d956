/** The legend: samples of lines and colours with their names, in rows as the width allows. */
import type { Figure, LegendEntry } from '../figure'
import { colorIn } from '../palette'
import { isDotted, type LineStyle } from '../split-styles'
import type { Mark, XY } from './drawing'
import { wrapText } from './fonts'
import { markerMarks } from './shape-marks'
import { line, toBaseline, widthOf, type Style } from './style'

/** Distances in px of the screen. */
const [sampleWidth, swatch, sampleGap, entryGap, rowGap] = [26, 9, 6, 16, 3]
/** As line-shapes.ts: curves with more points have no markers. */
const markedPoints = 48

export interface PlacedEntry {
  entry: LegendEntry
  /** The marker that its curves or dots have; null for none. */
  marker: LineStyle['marker'] | null
  lines: readonly string[]
  /** Left end and top, from the legend's corner. */
  x: number
  y: number
}

export interface LegendPlan {
  entries: readonly PlacedEntry[]
  height: number
}

/**
 * @param figure whose legend it is; null for none
 * @param width room for the legend, in points
 */
export function planLegend(figure: Figure | null, width: number, style: Style): LegendPlan {
  const { scale, text } = style
  const markerOf = figure ? markersOf(figure, style) : () => null
  const sized = (figure?.legend ?? []).map((entry) => {
    const before = sampleRoom(entry, style)
    const lines = wrapText(entry.label || entry.key, width - before, text.size, text.face)
    return { entry, lines, width: before + Math.max(0, ...lines.map((l) => widthOf(l, text))) }
  })
  const entries: PlacedEntry[] = []
  let [x, y, rowHeight] = [0, 0, 0]
  for (const { entry, lines, width: needed } of sized) {
    if (x > 0 && x + needed > width) {
      y += rowHeight + rowGap * scale
      x = 0
      rowHeight = 0
    }
    entries.push({ entry, marker: markerOf(entry), lines, x, y })
    rowHeight = Math.max(rowHeight, lines.length * text.leading)
    x += needed + entryGap * scale
  }
  return { entries, height: entries.length > 0 ? y + rowHeight : 0 }
}

const sampleRoom = ({ style: drawn }: LegendEntry, { scale }: Style): number =>
  (('dash' in drawn ? sampleWidth : swatch) + sampleGap) * scale

const look = ({ color, dash }: LineStyle): string => `${color} ${dash.join(' ')}`

/** Which marker an entry's curves have somewhere, or its dots. */
function markersOf(
  { panels }: Figure,
  style: Style
): (entry: LegendEntry) => PlacedEntry['marker'] {
  const most = style.settings.theme === 'mono' ? Infinity : markedPoints
  const layers = panels.flatMap((panel) => panel.layers)
  const curves = layers
    .filter((layer) => layer.kind === 'line')
    .filter(({ faint, points }) => !faint && points.length <= most)
  const marked = new Set(curves.map((layer) => look(layer.style)))
  const dots = layers.filter((layer) => layer.kind === 'dots')
  return ({ key, label, style: drawn }) => {
    if ('dash' in drawn) return marked.has(look(drawn)) ? drawn.marker : null
    return dots.find((layer) => layer.key === key || layer.label === label)?.marker ?? null
  }
}

export function legendMarks(plan: LegendPlan, left: number, top: number, style: Style): Mark[] {
  const { text } = style
  return plan.entries.flatMap(({ entry, marker, lines, x, y }): Mark[] => {
    const middle = top + y + text.leading / 2
    const from = left + x
    const names = lines.map((words, i) =>
      line(
        words,
        text,
        from + sampleRoom(entry, style),
        middle + toBaseline(text) + i * text.leading
      )
    )
    return [...sampleMarks(entry, marker, [from, middle], style), ...names]
  })
}

function sampleMarks(
  { style: drawn }: LegendEntry,
  marker: PlacedEntry['marker'],
  [x, y]: XY,
  style: Style
): Mark[] {
  const { scale, lines, medium } = style
  const color = colorIn(medium, drawn.color)
  if (!('dash' in drawn)) {
    const side = swatch * scale
    if (marker) return markerMarks(marker, [x + side / 2, y], 4 * scale, color, false, style)
    return [{ kind: 'rect', x, y: y - side / 2, width: side, height: side, fill: { color } }]
  }
  const to = x + sampleWidth * scale
  const sample: Mark = {
    ...{ kind: 'path', closed: false },
    parts: [
      [
        [x, y],
        [to, y]
      ]
    ],
    stroke: {
      ...{ color, width: drawn.width * lines },
      ...(drawn.dash.length > 0 && { dash: drawn.dash.map((px) => px * scale) }),
      ...(isDotted(drawn) && { round: true })
    }
  }
  if (!marker) return [sample]
  return [sample, ...markerMarks(marker, [(x + to) / 2, y], 2.75 * scale, color, true, style)]
}
