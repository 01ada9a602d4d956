/** From curves to a panel: the axes follow from what is in sight. */
import type { BandLayer, Layer, LineLayer, Panel } from './figure'
import { axisLabel, type Quantity } from './quantities'
import {
  domainOf,
  valueDomain,
  type AxisScale,
  type Point,
  type Range,
  type ScaleKind
} from './scale'
import { shortValue, ticksOf } from './ticks'

/** The horizontal axis that all panels of a figure share. */
export interface SharedX {
  quantity: Pick<Quantity, 'label' | 'ticks'>
  scale: AxisScale
  /** Ends in sight, in values. */
  range: Range
}

export interface CurvePanelSpec {
  key: string
  title: string
  notes?: readonly string[]
  x: SharedX
  y: {
    label: string
    scale: ScaleKind
    /** Fixed ends, in values; else they follow the data in sight. */
    ends?: Range | undefined
  }
  /** Bands and lines, the lowest first. */
  curves: readonly (LineLayer | BandLayer)[]
  /** Drawn below the curves: rules. */
  below?: readonly Layer[]
  /** Drawn above them: events. */
  above?: readonly Layer[]
  /** Of the plot, in px: for the number of ticks. */
  size: { width: number; height: number }
}

export function curvePanel(spec: CurvePanelSpec): Panel {
  const { key, title, notes = [], x, y, curves, below = [], above = [], size } = spec
  const yScale: AxisScale = y.scale === 'log' ? { kind: 'log', zero: null } : { kind: 'linear' }
  const { domain: free, unplaced } = valueDomain(curves.flatMap(valuesOf), x.range, yScale)
  const xDomain = domainOf(x.range, x.scale)
  const yDomain = y.ends ? domainOf(y.ends, yScale) : free
  return {
    key,
    title,
    notes: unplaced > 0 ? [...notes, unplacedNote(unplaced)] : notes,
    x: {
      label: axisLabel(x.quantity.label, x.scale),
      scale: x.scale,
      domain: xDomain,
      ticks: ticksOf(xDomain, x.scale, { ...x.quantity.ticks, wanted: size.width > 600 ? 10 : 5 })
    },
    y: {
      label: axisLabel(y.label, yScale),
      scale: yScale,
      domain: yDomain,
      ticks: ticksOf(yDomain, yScale, { wanted: size.height > 200 ? 6 : 4, label: shortValue })
    },
    layers: [...below, ...curves, ...above]
  }
}

const unplacedNote = (n: number): string =>
  `${n.toLocaleString('en')} ${n === 1 ? 'value' : 'values'} at or below 0 not drawn`

function valuesOf(layer: LineLayer | BandLayer): (readonly Point[])[] {
  if (layer.kind === 'line') return [layer.points]
  return [
    layer.points.map(([x, low]): Point => [x, low]),
    layer.points.map(([x, , high]): Point => [x, high])
  ]
}

/** The drawn curves of a panel, for the cursor to snap to. */
export const panelCurves = (panel: Panel): (readonly Point[])[] =>
  panel.layers.flatMap((layer) => (layer.kind === 'line' ? [layer.points] : []))

/** Whether a panel has anything to show beside rules and events. */
export function isEmptyPanel(panel: Panel): boolean {
  return panel.layers.every((layer) => {
    switch (layer.kind) {
      case 'line':
      case 'band':
        return layer.points.length === 0
      case 'dots':
        return layer.dots.length === 0
      case 'cells':
        return layer.cells.length === 0
      case 'boxes':
        return layer.boxes.length === 0
      case 'axes':
      case 'rule':
      case 'events':
        return true
      default:
        return layer satisfies never
    }
  })
}

/** "showing 2,000 of 200,000 points", over all curves of a panel; faint ones, which repeat others, count too. */
export function pointsNote(curves: readonly LineLayer[]): string {
  const drawn = curves.reduce((sum, { points }) => sum + points.length, 0)
  const recorded = curves.reduce((sum, { total }) => sum + total, 0)
  const count = (n: number): string => n.toLocaleString('en')
  const points = recorded === 1 ? 'point' : 'points'
  return drawn >= recorded
    ? `all ${count(recorded)} ${points}`
    : `showing ${count(drawn)} of ${count(recorded)} ${points}`
}
