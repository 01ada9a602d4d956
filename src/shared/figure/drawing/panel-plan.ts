/** What a panel needs around its plot, before it is known where the plot lies. */
import type { AxesLayer, CellLayer, LineLayer, Panel } from '../figure'
import { axesSideRoom, axesTopRoom } from './parallel-axes'
import { overhang, planX, planY, tickRoom, xTitleRoom, yTitleRoom, type AxisPlan } from './axes'
import { colorBarRoom } from './color-bar'
import { wrapText } from './fonts'
import { widthOf, type Style } from './style'

/** Distances in px of the screen. */
export const titleGap = 6
const [noteGap, endGap, markerRoom] = [4, 18, 4]
/** The tick labels of categories take at most this share of a panel. */
const widestLabels = 0.4

/** Room left and right of a plot. */
export interface Sides {
  left: number
  right: number
}

export interface PanelPlan extends Sides {
  panel: Panel
  title: readonly string[]
  notes: readonly string[]
  x: AxisPlan | null
  y: AxisPlan | null
  axes: AxesLayer | null
  cells: CellLayer | null
  /** Room for the names at the curves' ends; 0 for none. */
  ends: number
  /** Room above and below the plot. */
  top: number
  bottom: number
}

/**
 * @param width of the panel with everything around the plot, in points
 * @param height of the plot alone, in points
 * @param letter stands before the title; '' for none
 * @param least room at the sides that other panels of its column need
 */
export function planPanel(
  panel: Panel,
  letter: string,
  [width, height]: readonly [number, number],
  withEnds: boolean,
  least: Sides,
  style: Style
): PanelPlan {
  const { scale, small, text, title: titleType, settings } = style
  const axes = panel.layers.find((layer) => layer.kind === 'axes') ?? null
  const cells = panel.layers.find((layer) => layer.kind === 'cells') ?? null
  const heading = [letter, panel.title].filter(Boolean).join('  ')
  const title = wrapText(heading, width, titleType.size, titleType.face)
  const notes = settings.notes
    ? panel.notes.flatMap((note) => wrapText(note, width, small.size, small.face))
    : []
  const y = axes ? null : planY(panel.y, height, widestLabels * width, style)
  const ends = withEnds ? endRoom(panel, style) : 0
  const beside = cells ? colorBarRoom(cells, height, style) : ends
  // Half a line of the outermost labels reaches over the plot's corner.
  const overTop = axes ? axesTopRoom(axes, panel, width, style) : small.size / 2
  const [outerLeft, outerRight] = axes ? axesSideRoom(axes, panel, width, style) : [0, 0]
  const own = y ? yTitleRoom(y, style) + y.room + tickRoom(style) : outerLeft
  const left = Math.max(own, least.left)
  const right = Math.max(beside, outerRight, markerRoom * scale, least.right)
  const length = Math.max(1, width - left - right)
  const x = axes ? null : planX(panel.x, length, style)
  const [overLeft, overRight] = x ? overhang(x, length, style) : [0, 0]
  const foot = x ? tickRoom(style) + x.room + xTitleRoom(x, style) : small.size / 2
  return {
    ...{ panel, title, notes, x, y, axes, cells, ends },
    left: Math.max(left, overLeft),
    right: Math.max(right, overRight),
    top: title.length * titleType.leading + (title.length > 0 ? titleGap * scale : 0) + overTop,
    bottom:
      foot +
      0.22 * text.size +
      (notes.length > 0 ? noteGap * scale + notes.length * small.leading : 0)
  }
}

const endLines = (panel: Panel): LineLayer[] =>
  panel.layers.filter((layer): layer is LineLayer => layer.kind === 'line' && !!layer.endLabel)

/** Room for the widest name at a curve's end, with the line that leads to it. */
export function endRoom(panel: Panel, style: Style): number {
  const widths = endLines(panel).map(({ endLabel }) => widthOf(endLabel!, style.text))
  return widths.length > 0 ? Math.max(...widths) + endGap * style.scale : 0
}
