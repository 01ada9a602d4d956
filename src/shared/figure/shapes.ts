/**
 * A panel's layers as shapes in px, ready to be stroked and filled: by the page on a canvas, by the exporter as
 * vectors. Whatever decides how data looks is here; axes, ticks and titles are the painter's own.
 */
import type { Axis, Layer, Panel, RuleLayer } from './figure'
import { boxShapes, cellShapes, dotShapes } from './mark-shapes'
import { bandShapes, endLabelShapes, lineShapes } from './line-shapes'
import { eventShapes } from './event-shapes'
import type { Medium } from './palette'
import { positionOf } from './scale'
import type { LineStyle } from './split-styles'

/** x, y, x, y, ... in px, y downwards. */
export type Path = readonly number[]

/** Colours are names of the palette or `#rrggbb`. Shapes that do not clip may leave the plot. */
export type Shape =
  | {
      kind: 'line'
      paths: readonly Path[]
      color: string
      width: number
      dash: readonly number[]
      /** Round ends, which dots are made of. */
      round?: boolean
      opacity?: number
      clip: boolean
    }
  | { kind: 'area'; paths: readonly Path[]; color: string; opacity: number; clip: true }
  | {
      kind: 'rect'
      x: number
      y: number
      width: number
      height: number
      color: string
      opacity?: number
      /** Drawn as an outline of this width instead of being filled. */
      outline?: number
      clip: true
    }
  | {
      kind: 'marker'
      marker: LineStyle['marker']
      x: number
      y: number
      radius: number
      color: string
      /** Filled with the background. */
      hollow: boolean
      clip: true
    }
  | {
      kind: 'text'
      x: number
      y: number
      text: string
      align: 'left' | 'center' | 'right'
      baseline: 'middle' | 'bottom'
      color: string
      /** A rim in the background's colour of this opacity, so that lines behind it leave it readable. */
      halo?: number
      clip: false
    }

/** A plot's rectangle, in px. */
export interface Plot {
  left: number
  right: number
  top: number
  bottom: number
}

/** Where a panel's values lie in a plot; null where an axis has no place for them. */
export interface Places {
  plot: Plot
  x: (value: number) => number | null
  y: (value: number | null) => number | null
}

export function placesIn({ x, y }: Pick<Panel, 'x' | 'y'>, plot: Plot): Places {
  const place = (axis: Axis, from: number, to: number) => {
    const [low, high] = axis.domain
    const perPosition = (to - from) / (high - low || 1)
    return (value: number | null): number | null => {
      const position = positionOf(value, axis.scale)
      return position === null ? null : from + (position - low) * perPosition
    }
  }
  return { plot, x: place(x, plot.left, plot.right), y: place(y, plot.bottom, plot.top) }
}

export interface ShapeOptions {
  /** Ramps of heat maps differ between media; all other colours are names. */
  medium: Medium
  /** Room right of the plot for labels at the lines' ends, in px; 0: they are left out. */
  labelRoom: number
}

/** Points are marked in panels of at most this many curves. */
const markedCurves = 12

/** Every shape of a panel, the lowest first. */
export function panelShapes(panel: Panel, plot: Plot, options: ShapeOptions): Shape[] {
  const places = placesIn(panel, plot)
  const markers = panel.layers.filter(({ kind }) => kind === 'line').length <= markedCurves
  // Labels come last: a line over a name hides it.
  const labels = panel.layers.flatMap((layer) =>
    layer.kind === 'rule' ? ruleLabelShapes(layer, places) : []
  )
  const ends =
    options.labelRoom > 0
      ? endLabelShapes(
          panel.layers.filter((layer) => layer.kind === 'line'),
          places
        )
      : []
  return [
    ...panel.layers.flatMap((layer) => layerShapes(layer, places, options.medium, markers)),
    ...labels,
    ...ends
  ]
}

function layerShapes(layer: Layer, places: Places, medium: Medium, markers: boolean): Shape[] {
  switch (layer.kind) {
    case 'line':
      return lineShapes(layer, places, markers)
    case 'band':
      return bandShapes(layer, places)
    case 'dots':
      return dotShapes(layer, places)
    case 'cells':
      return cellShapes(layer, places, medium)
    case 'boxes':
      return boxShapes(layer, places)
    case 'rule':
      return ruleShapes(layer, places)
    case 'events':
      return eventShapes(layer, places)
    case 'axes':
      return layer.axes.flatMap(({ x }) => verticalLine(places.x(x), places.plot, '--chart-axis'))
    default:
      return layer satisfies never
  }
}

function verticalLine(x: number | null, { top, bottom }: Plot, color: string): Shape[] {
  if (x === null) return []
  return [{ kind: 'line', paths: [[x, top, x, bottom]], color, width: 1, dash: [], clip: true }]
}

const ruleDash = [2, 4]

/** Where a rule lies, on half a px so that it is sharp; null where it is out of sight. */
function rulePlace({ axis, at }: RuleLayer, { plot, x, y }: Places): number | null {
  const place = axis === 'x' ? x(at) : y(at)
  const [low, high] = axis === 'x' ? [plot.left, plot.right] : [plot.top, plot.bottom]
  return place !== null && place > low && place < high ? Math.round(place) + 0.5 : null
}

function ruleShapes(layer: RuleLayer, places: Places): Shape[] {
  const at = rulePlace(layer, places)
  const { left, right, top, bottom } = places.plot
  if (at === null) return []
  const path = layer.axis === 'x' ? [at, top, at, bottom] : [left, at, right, at]
  const style = { color: '--chart-guide', width: 1, dash: ruleDash }
  return [{ kind: 'line', paths: [path], ...style, clip: true }]
}

function ruleLabelShapes(layer: RuleLayer, places: Places): Shape[] {
  const at = rulePlace(layer, places)
  if (at === null || layer.label === '') return []
  const { left, top } = places.plot
  const [x, y] = layer.axis === 'x' ? [at + 4, top + 14] : [left + 6, at - 2]
  return [
    {
      ...{ kind: 'text', x, y, text: layer.label, align: 'left', baseline: 'bottom' },
      // Not opaque: data under a label must still be seen.
      ...{ color: '--chart-muted', halo: 0.75, clip: false }
    }
  ]
}
