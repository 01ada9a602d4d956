/**
 * Chart.js as a plain painter of lines: no animation, no parsing, no tooltips, linear axes in positions
 * (src/shared/figure/scale.ts decides what they mean). Cursor and selection are drawn above it by LineChart.svelte, so
 * that following the pointer never repaints a chart.
 */
import {
  Chart,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  type ChartDataset,
  type Plugin
} from 'chart.js'
import {
  spreadLabels,
  stepPosition,
  valuePosition,
  type Point,
  type Range,
  type ScaleKind,
  type Tick
} from '@shared/figure/scale'
import type { ChartTheme } from './chart-theme'
import { isDotted, type LineStyle } from '@shared/figure/split-styles'

Chart.register(LineController, LineElement, PointElement, LinearScale)

export interface ChartLine {
  key: string
  /** Written at the line's end where there is room. */
  label: string
  style: LineStyle
  points: readonly Point[]
}

/** A value worth a horizontal line of its own, such as the accuracy of guessing. */
export interface Guide {
  value: number
  label: string
}

export interface ChartModel {
  lines: readonly ChartLine[]
  guides: readonly Guide[]
  stepScale: ScaleKind
  valueScale: ScaleKind
  /** Ends of both axes, in positions. */
  stepDomain: Range
  valueDomain: Range
  stepTicks: readonly Tick[]
  valueTicks: readonly Tick[]
  theme: ChartTheme
  /** Room for labels at the lines' ends, in px; 0 for none. */
  labelRoom: number
}

/** The plot's rectangle within the canvas, in px. */
export interface PlotArea {
  left: number
  right: number
  top: number
  bottom: number
}

/** The same for every panel, so that one cursor runs straight through all of them. */
const axisWidth = 48
/** A line with more points than this is drawn without markers. */
const markedPoints = 48
const labelHeight = 15

type XY = { x: number; y: number | null }
type LineDataset = ChartDataset<'line', XY[]>

/**
 * Draws on a canvas until destroyed; `draw` replaces everything shown.
 * @param onArea is told where the plot is, whenever that changes
 */
export function paintLines(
  canvas: HTMLCanvasElement,
  onArea: (area: PlotArea) => void
): { draw: (model: ChartModel) => void; destroy: () => void } {
  let model: ChartModel | null = null
  let area: PlotArea | null = null

  const overlay: Plugin<'line'> = {
    id: 'overlay',
    beforeDatasetsDraw: (chart) => {
      if (model) drawGuides(chart, model)
    },
    afterDatasetsDraw: (chart) => {
      if (!model) return
      drawGuideLabels(chart, model)
      drawEndLabels(chart, model)
    },
    afterLayout: ({ chartArea: { left, right, top, bottom } }) => {
      if (
        area?.left === left &&
        area.right === right &&
        area.top === top &&
        area.bottom === bottom
      ) {
        return
      }
      area = { left, right, top, bottom }
      onArea(area)
    }
  }

  const chart = new Chart<'line', XY[]>(canvas, {
    type: 'line',
    data: { datasets: [] },
    plugins: [overlay],
    options: {
      animation: false,
      parsing: false,
      normalized: true,
      responsive: true,
      maintainAspectRatio: false,
      events: [],
      layout: { padding: { top: 8, right: 12 } },
      scales: {
        x: { type: 'linear', border: { display: true } },
        y: {
          type: 'linear',
          border: { display: false },
          afterFit: (scale) => (scale.width = axisWidth)
        }
      }
    }
  })

  return {
    draw(next) {
      model = next
      chart.data.datasets = next.lines.map((line) => dataset(line, next))
      applyAxes(chart, next)
      chart.update('none')
    },
    destroy: () => chart.destroy()
  }
}

function dataset({ style, points, key }: ChartLine, model: ChartModel): LineDataset {
  const color = model.theme.color(style.color)
  const data = points.map(([step, value]) => ({
    x: stepPosition(step, model.stepScale),
    y: valuePosition(value, model.valueScale)
  }))
  const inSight = data.filter(({ x }) => x >= model.stepDomain[0] && x <= model.stepDomain[1])
  const marked = inSight.length <= markedPoints
  return {
    label: key,
    data,
    borderColor: color,
    backgroundColor: color,
    pointBackgroundColor: model.theme.background,
    pointBorderColor: color,
    borderWidth: style.width,
    borderDash: [...style.dash],
    borderCapStyle: isDotted(style) ? 'round' : 'butt',
    pointStyle: style.marker,
    pointRadius: marked ? 2.5 : 0,
    pointBorderWidth: 1.25,
    spanGaps: false
  }
}

function applyAxes(chart: Chart<'line', XY[]>, model: ChartModel): void {
  const { theme } = model
  const font = { family: theme.font, size: 12 }
  const { x, y } = chart.options.scales!
  chart.options.layout!.padding = { top: 8, right: Math.max(12, model.labelRoom) }
  Object.assign(x!, axis(model.stepDomain, model.stepTicks, theme, font))
  Object.assign(y!, axis(model.valueDomain, model.valueTicks, theme, font))
  x!.border = { display: true, color: theme.axis }
}

function axis(
  [min, max]: Range,
  ticks: readonly Tick[],
  theme: ChartTheme,
  font: { family: string; size: number }
): object {
  const labels = new Map(ticks.map((tick) => [tick.position, tick.label]))
  return {
    min,
    max,
    grid: { color: theme.grid, tickColor: theme.axis, tickLength: 4, drawTicks: true },
    ticks: {
      color: theme.muted,
      font,
      autoSkip: true,
      maxRotation: 0,
      padding: 4,
      callback: (position: string | number) => labels.get(Number(position)) ?? ''
    },
    afterBuildTicks: (scale: { ticks: { value: number }[] }) => {
      scale.ticks = ticks.map(({ position }) => ({ value: position }))
    }
  }
}

/** The guides in sight, each with its height in px. */
function guidesInSight(
  chart: Chart,
  { guides, valueScale }: ChartModel
): (Guide & { y: number })[] {
  const { chartArea: area, scales } = chart
  return guides.flatMap((guide) => {
    const position = valuePosition(guide.value, valueScale)
    const y = position === null ? NaN : scales['y']!.getPixelForValue(position)
    return y > area.top && y < area.bottom ? [{ ...guide, y }] : []
  })
}

function drawGuides(chart: Chart, model: ChartModel): void {
  const { ctx, chartArea: area } = chart
  ctx.save()
  ctx.strokeStyle = model.theme.guide
  ctx.lineWidth = 1
  ctx.setLineDash([2, 4])
  for (const { y } of guidesInSight(chart, model)) {
    ctx.beginPath()
    ctx.moveTo(area.left, Math.round(y) + 0.5)
    ctx.lineTo(area.right, Math.round(y) + 0.5)
    ctx.stroke()
  }
  ctx.restore()
}

/** Above the lines and with a rim in the background's colour, so that a line behind it leaves it readable. */
function drawGuideLabels(chart: Chart, model: ChartModel): void {
  const { ctx, chartArea: area } = chart
  const { theme } = model
  ctx.save()
  ctx.font = `12px ${theme.font}`
  ctx.textBaseline = 'bottom'
  ctx.textAlign = 'left'
  ctx.lineWidth = 4
  ctx.lineJoin = 'round'
  ctx.strokeStyle = theme.background
  ctx.fillStyle = theme.muted
  for (const { label, y } of guidesInSight(chart, model)) {
    // Not opaque: data under a label must still be seen.
    ctx.globalAlpha = 0.75
    ctx.strokeText(label, area.left + 6, y - 2)
    ctx.globalAlpha = 1
    ctx.fillText(label, area.left + 6, y - 2)
  }
  ctx.restore()
}

/** Names each line at its last point in sight; all or none, for a half-labelled chart misleads. */
function drawEndLabels(chart: Chart, model: ChartModel): void {
  const { lines, theme, labelRoom, stepDomain, stepScale, valueScale } = model
  if (labelRoom === 0) return
  const { ctx, chartArea: area, scales } = chart
  const ends = lines.flatMap((line) => {
    const last = line.points.findLast(
      ([step, value]) => valuePosition(value, valueScale) !== null && isWithin(step)
    )
    if (!last) return []
    const y = scales['y']!.getPixelForValue(valuePosition(last[1], valueScale)!)
    if (y < area.top - 1 || y > area.bottom + 1) return []
    return [{ line, y, x: scales['x']!.getPixelForValue(stepPosition(last[0], stepScale)) }]
  })
  const places = spreadLabels(
    // To 3 px: lines that run together would otherwise swap their labels at every step.
    ends.map(({ y }) => 3 * Math.round(y / 3)),
    labelHeight,
    [area.top - 8, area.bottom + 8]
  )
  if (!places) return
  // Beside the line that goes furthest: usually the plot's edge.
  const right = Math.max(...ends.map(({ x }) => x))
  ctx.save()
  ctx.font = `12px ${theme.font}`
  ctx.textBaseline = 'middle'
  ends.forEach(({ line, x, y }, i) => {
    const labelY = places[i]!
    ctx.strokeStyle = theme.color(line.style.color)
    ctx.lineWidth = 1
    // A leader from the line's end to its label, since they may have moved apart.
    ctx.beginPath()
    ctx.moveTo(Math.min(x + 3, right), y)
    ctx.lineTo(right + 8, labelY)
    ctx.lineTo(right + 12, labelY)
    ctx.stroke()
    ctx.fillStyle = theme.text
    ctx.fillText(line.label, right + 16, labelY)
  })
  ctx.restore()

  function isWithin(step: number): boolean {
    const position = stepPosition(step, stepScale)
    return position >= stepDomain[0] - 1e-9 && position <= stepDomain[1] + 1e-9
  }
}
