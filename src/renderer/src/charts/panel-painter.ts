/**
 * Chart.js as the painter of panels: it lays out canvas, axes, grid and ticks; what lies between them is one dataset
 * whose controller draws the panel's shapes. No animation, no parsing, no tooltips: cursor and selection are elements
 * above the canvas, so that following the pointer never repaints a chart.
 */
import {
  Chart,
  DatasetController,
  LinearScale,
  PointElement,
  type ScaleOptionsByType
} from 'chart.js'
import type { Axis, Panel } from '@shared/figure/figure'
import { panelShapes, type Plot } from '@shared/figure/shapes'
import { drawShapes } from './canvas-shapes'
import type { ChartTheme } from './chart-theme'

export interface PaintedPanel {
  panel: Panel
  theme: ChartTheme
  /** Room for labels at the lines' ends, in px; 0 for none. */
  labelRoom: number
  /** Whether the axes' labels are written beside them. */
  axisLabels: boolean
}

declare module 'chart.js' {
  interface ChartTypeRegistry {
    panel: {
      chartOptions: object
      datasetOptions: { clip: false }
      defaultDataPoint: never
      metaExtensions: object
      parsedDataType: object
      scales: 'linear'
    }
  }
}

/** What each chart shows. Chart.js copies option objects deeply: big ones are better kept beside it. */
const shown = new WeakMap<Chart, PaintedPanel>()

/** Its data stays empty, so that it holds no elements: a point of chart.js takes longer to make than a thousand pixels to draw. */
class PanelController extends DatasetController<'panel'> {
  static id = 'panel'
  static defaults = { datasetElementType: false, dataElementType: 'point' }
  override update(): void {
    // Nothing is kept between two drawings.
  }
  override draw(): void {
    const { chart } = this
    const painted = shown.get(chart)
    if (!painted) return
    const { left, right, top, bottom } = chart.chartArea
    const plot = { left, right, top, bottom }
    const { panel, theme, labelRoom } = painted
    const shapes = panelShapes(panel, plot, { medium: theme.medium, labelRoom })
    drawShapes(chart.ctx, shapes, plot, theme)
  }
}

Chart.register(PanelController, PointElement, LinearScale)

/** The same for every panel, so that one cursor runs straight through all of them. */
const axisWidth = 48
/** Room right of the plot where nothing is written, in px. */
const rightEdge = 12

/**
 * Draws on a canvas until destroyed; `draw` replaces everything shown.
 * @param onPlot is told where the plot is, whenever that changes
 */
export function paintPanels(
  canvas: HTMLCanvasElement,
  onPlot: (plot: Plot) => void
): { draw: (painted: PaintedPanel) => void; destroy: () => void } {
  let plot: Plot | null = null
  const chart = new Chart<'panel', never[]>(canvas, {
    type: 'panel',
    // Clipping is the shapes' own affair: names at the ends of curves lie beside the plot.
    data: { datasets: [{ data: [], clip: false }] },
    plugins: [
      {
        id: 'layout',
        afterLayout({ chartArea: { left, right, top, bottom } }) {
          const same = plot?.left === left && plot.right === right
          if (same && plot?.top === top && plot.bottom === bottom) return
          plot = { left, right, top, bottom }
          onPlot(plot)
        }
      }
    ],
    options: {
      animation: false,
      parsing: false,
      normalized: true,
      responsive: true,
      maintainAspectRatio: false,
      events: [],
      layout: { padding: { top: 8, right: rightEdge } },
      scales: {
        x: { type: 'linear', border: { display: true } },
        y: { type: 'linear', border: { display: false } }
      }
    }
  })

  return {
    draw(painted) {
      shown.set(chart, painted)
      const { panel, theme, labelRoom, axisLabels } = painted
      const { x, y } = chart.options.scales!
      // Names of parallel axes stand above them.
      const top = panel.layers.some(({ kind }) => kind === 'axes') ? 44 : 8
      chart.options.layout!.padding = { top, right: Math.max(rightEdge, labelRoom) }
      Object.assign(x!, axisOptions(panel.x, theme, axisLabels))
      Object.assign(y!, axisOptions(panel.y, theme, false))
      x!.border = { display: true, color: theme.color('--chart-axis') }
      y!.afterFit = (scale) => {
        // Long names of categories may take more, numbers never.
        scale.width =
          panel.y.scale.kind === 'category' ? Math.max(axisWidth, scale.width) : axisWidth
      }
      chart.update('none')
    },
    destroy: () => chart.destroy()
  }
}

/** Names of categories in lines of about this many characters. */
const lineLength = 18

function wrapped(label: string): string[] {
  const lines = ['']
  for (const word of label.split(' ')) {
    const last = lines.at(-1)!
    if (last !== '' && last.length + word.length >= lineLength) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines
}

type AxisOptions = Partial<ScaleOptionsByType<'linear'>>

function axisOptions(axis: Axis, theme: ChartTheme, labelled: boolean): AxisOptions {
  const labels = new Map(axis.ticks.map((tick) => [tick.position, tick.label]))
  const font = { family: theme.font, size: 12 }
  const category = axis.scale.kind === 'category'
  return {
    min: axis.domain[0],
    max: axis.domain[1],
    grid: {
      ...{ color: theme.color('--chart-grid'), tickColor: theme.color('--chart-axis') },
      ...{ display: !category, tickLength: 4, drawTicks: true }
    } as AxisOptions['grid'] & object,
    title: {
      ...{ display: labelled && axis.label !== '', text: axis.label, align: 'end' },
      ...{ color: theme.color('--chart-muted'), font, padding: 0 }
    } as AxisOptions['title'] & object,
    ticks: {
      ...{ color: theme.color('--chart-muted'), font, padding: 4 },
      ...{ autoSkip: true, maxRotation: category ? 45 : 0 },
      callback: (position: string | number) => {
        const label = labels.get(Number(position)) ?? ''
        return category ? wrapped(label) : label
      }
    } as AxisOptions['ticks'] & object,
    afterBuildTicks: (scale) => {
      scale.ticks = axis.ticks.map(({ position }) => ({ value: position }))
    }
  }
}
