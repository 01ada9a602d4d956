/**
 * A figure on paper: panels in rows, each with its axes, title and notes; legend above, caption below. All panels
 * of a column share their plots' left and right ends, all of a row top and foot.
 */
import { UserError } from '../../errors'
import type { Figure } from '../figure'
import { panelShapes } from '../shapes'
import { gridMarks, xAxisMarks, yAxisMarks } from './axes'
import { colorBarMarks } from './color-bar'
import { ptToMm, type Box, type Drawing, type Mark } from './drawing'
import { wrapText } from './fonts'
import { legendMarks, planLegend } from './legend'
import { inMono } from './mono'
import { namePlaces } from './names'
import { planPanel, type PanelPlan, type Sides } from './panel-plan'
import { parallelAxesMarks } from './parallel-axes'
import { placeLabels } from './place-labels'
import type { FigureSettings } from './settings'
import { toMarks } from './shape-marks'
import { line, styleOf, type Style } from './style'

/** Distances in px of the screen: around the figure, between panels, between blocks. */
const [margin, columnGap, rowGap, blockGap] = [3, 24, 16, 8]
/** As far as line-shapes.ts sets names of curves beyond the plot's top and foot. */
const nameOverhang = 8.5
/** A panel is at least so many times the text's size wide, and a plot so many high. */
const [narrowest, lowest] = [15, 4]
/** Height of a plot to the width of its panel, where nothing else is said. */
const aspect = 0.52
const passes = 3

/**
 * Draws a figure as settings say.
 * @throws {UserError} `figure.height` where the asked height leaves no room for the plots
 */
export function drawFigure(shown: Figure, settings: FigureSettings): Drawing {
  const style = styleOf(settings)
  const figure = settings.theme === 'mono' ? inMono(shown) : shown
  const inner = style.width - 2 * margin * style.scale
  const columns = columnCount(figure, inner, style)
  const cell = (inner - (columns - 1) * columnGap * style.scale) / columns
  const rows = Math.ceil(figure.panels.length / columns)

  const title = settings.title
    ? wrapText(figure.title, inner, style.title.size, style.title.face)
    : []
  const caption = settings.caption
    ? wrapText(figure.caption, inner, style.text.size, style.text.face)
    : []
  const usual = aspect * cell
  const places = namePlaces(figure, [cell, usual], style)
  const legend = planLegend(places === 'above' ? figure : null, inner, style)

  const planAll = (height: number): PanelPlan[] => {
    // Each pass knows better how wide the plots of a column are, and with that which labels fit.
    let sides: readonly Sides[] = Array.from({ length: columns }, () => ({ left: 0, right: 0 }))
    let plans: PanelPlan[] = []
    for (let pass = 0; pass < passes; pass++) {
      plans = figure.panels.map((panel, i) => {
        const letter = letterOf(i, figure, settings)
        return planPanel(
          panel,
          letter,
          [cell, height],
          places === 'ends',
          sides[i % columns]!,
          style
        )
      })
      sides = columnSides(plans, columns)
    }
    return plans
  }
  /** Everything but the plots. */
  const around = (plans: readonly PanelPlan[]): number => {
    const { scale } = style
    const heights = inRows(plans, columns).map(
      (row) => Math.max(...row.map(({ top }) => top)) + Math.max(...row.map(({ bottom }) => bottom))
    )
    return (
      2 * margin * scale +
      block(title.length * style.title.leading, scale) +
      block(legend.height, scale) +
      heights.reduce((sum, height) => sum + height, 0) +
      (rows - 1) * rowGap * scale +
      (caption.length > 0 ? blockGap * scale + caption.length * style.text.leading : 0)
    )
  }
  const most = (style.maxHeight - around(planAll(usual))) / rows
  const asked = style.height === null ? null : (style.height - around(planAll(usual))) / rows
  // What stands around a plot may depend on its height, by lines of a label; a second look settles it.
  const first = asked ?? Math.max(lowest * style.text.size, Math.min(usual, most))
  const plans = planAll(Math.max(first, lowest * style.text.size))
  const fixed = around(plans)
  const plotHeight = style.height === null ? first : (style.height - fixed) / rows
  if (plotHeight < lowest * style.text.size - 1e-6) {
    const least = Math.ceil(ptToMm(fixed + rows * lowest * style.text.size))
    throw new UserError(
      'figure.height',
      `A height of ${Math.round(ptToMm(style.height!))} mm leaves no room for the ${rows > 1 ? `${rows} rows of panels` : 'panel'}.`,
      `At least ${least} mm are needed: ask for more, for smaller text, or for a wider figure.`
    )
  }

  const marks: Mark[] = []
  let y = margin * style.scale
  const left = margin * style.scale
  title.forEach((words, i) =>
    marks.push(line(words, style.title, left, y + 0.8 * style.title.size + i * style.title.leading))
  )
  y += block(title.length * style.title.leading, style.scale)
  marks.push(...legendMarks(legend, left, y, style))
  y += block(legend.height, style.scale)
  const sides = columnSides(plans, columns)
  inRows(plans, columns).forEach((row, r) => {
    const top = Math.max(...row.map((plan) => plan.top))
    const bottom = Math.max(...row.map((plan) => plan.bottom))
    row.forEach((plan, c) => {
      const x = left + c * (cell + columnGap * style.scale)
      const side = sides[c]!
      const plot: Box = {
        ...{ x: x + side.left, y: y + top, height: plotHeight },
        width: Math.max(1, cell - side.left - side.right)
      }
      marks.push(
        panelGroup(plan, { x, y, width: cell, height: top + plotHeight + bottom }, plot, style)
      )
    })
    y += top + plotHeight + bottom + (r < rows - 1 ? rowGap * style.scale : 0)
  })
  y += blockGap * style.scale
  caption.forEach((words, i) =>
    marks.push(line(words, style.text, left, y + 0.8 * style.text.size + i * style.text.leading))
  )
  return {
    width: style.width,
    height: style.height ?? fixed + rows * plotHeight,
    title: figure.title,
    description: figure.caption,
    background: settings.transparent ? null : style.background,
    marks
  }
}

const block = (height: number, scale: number): number =>
  height > 0 ? height + blockGap * scale : 0

function columnCount({ columns, panels }: Figure, inner: number, style: Style): number {
  const gap = columnGap * style.scale
  const fit = Math.floor((inner + gap) / (narrowest * style.text.size + gap))
  return Math.max(1, Math.min(columns, panels.length, fit))
}

const letterOf = (i: number, { panels }: Figure, { letters }: FigureSettings): string =>
  letters && panels.length > 1 && i < 26 ? String.fromCharCode(97 + i) : ''

function inRows<T>(list: readonly T[], columns: number): T[][] {
  const rows: T[][] = []
  for (let i = 0; i < list.length; i += columns) rows.push(list.slice(i, i + columns))
  return rows
}

function columnSides(plans: readonly PanelPlan[], columns: number): Sides[] {
  return Array.from({ length: columns }, (_, c) => {
    const column = plans.filter((_, i) => i % columns === c)
    return {
      left: Math.max(0, ...column.map((plan) => plan.left)),
      right: Math.max(0, ...column.map((plan) => plan.right))
    }
  })
}

function panelGroup(plan: PanelPlan, area: Box, plot: Box, style: Style): Mark {
  const { panel, x, y, axes, cells, title, notes } = plan
  const { scale, small, title: titleType } = style
  const px = {
    ...{ left: plot.x / scale, right: (plot.x + plot.width) / scale },
    ...{ top: plot.y / scale, bottom: (plot.y + plot.height) / scale }
  }
  const shapes = panelShapes(panel, px, { medium: style.medium, labelRoom: plan.ends / scale })
  const drawn = toMarks(shapes, px, style)
  // Names at the curves' ends may stand a little above and below the plot.
  const over = nameOverhang * scale
  const room: Box = {
    ...{ x: plot.x, y: plot.y - over, height: plot.height + 2 * over },
    width: area.x + area.width - plot.x
  }
  const { marks: labels, left } = placeLabels(drawn.labels, room, plot, drawn.marks, style)
  const heading = title.map((words, i) =>
    line(words, titleType, area.x, area.y + 0.8 * titleType.size + i * titleType.leading)
  )
  const firstNote = area.y + area.height - notes.length * small.leading
  const below = notes.map((note, i) =>
    line(note, small, area.x, firstNote + 0.75 * small.size + i * small.leading)
  )
  return {
    kind: 'group',
    // What found no place in sight is at least to be read here.
    name: [panel.title, ...left].join('; '),
    marks: [
      ...heading,
      ...(x && y && !cells ? gridMarks(x, y, plot, style) : []),
      ...drawn.marks,
      ...(x ? xAxisMarks(x, plot, style) : []),
      ...(y ? yAxisMarks(y, plot, style) : []),
      ...(axes ? parallelAxesMarks(axes, panel, plot, style) : []),
      ...(cells ? colorBarMarks(cells, plot, style) : []),
      ...labels,
      ...below
    ]
  }
}
