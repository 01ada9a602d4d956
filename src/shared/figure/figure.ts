/**
 * A figure as data: what a chart on the page, an exported file and the command line all draw. Whoever shows
 * something builds a Figure from runs and a view; the page paints it with chart.js, the exporter writes it as
 * vectors, and both therefore show the same. Everything here is JSON, in the units of the data; where a value
 * comes to lie on an axis is said by scale.ts alone, which shapes stand for a layer by shapes.ts, and which colour a
 * name means by palette.ts.
 */
import type { MilestoneMarks } from './milestone-marks'
import type { AxisScale, Point, Range, Tick } from './scale'
import type { LineStyle } from './split-styles'

export type { AxisScale } from './scale'

export interface Axis {
  /** The quantity with its unit, and where 0 stands: "step", "time at work", "step (log, 0 set apart)". */
  label: string
  scale: AxisScale
  /** Both ends, in positions. */
  domain: Range
  ticks: readonly Tick[]
}

/** What every layer has. `key` is stable while the figure changes; `label` stands in legend and caption. */
interface Named {
  key: string
  label: string
  /** The run, or the group of runs, that is drawn: hovering and selecting go by it. */
  of?: string
}

/** A curve. A value that is null interrupts it. */
export interface LineLayer extends Named {
  kind: 'line'
  style: LineStyle
  /** x rises, except where it is another metric. */
  points: readonly Point[]
  /** `after`: the value holds until the next point, as a survival curve's does. */
  step?: 'after'
  /** A member behind its group's mean, or the raw values behind a smoothed curve. */
  faint?: boolean
  /** How many values are recorded in sight; more than the points where those were reduced. */
  total: number
  /** Written at the curve's end, where there is room for all of them. */
  endLabel?: string
}

/** The area between two curves, such as an interval over seeds. */
export interface BandLayer extends Named {
  kind: 'band'
  /** A name of the palette, or `#rrggbb`. */
  color: string
  points: readonly (readonly [x: number, low: number, high: number])[]
  step?: 'after'
}

export interface Dot {
  x: number
  y: number
  /** The run. */
  id: string
  title: string
  color: string
  /** Known only to lie beyond: censored values are drawn hollow. */
  hollow?: boolean
  /** How far it is drawn from its place, in px, to the right and downwards, because others lie there too. */
  aside?: readonly [number, number]
}

export interface DotLayer extends Named {
  kind: 'dots'
  marker: LineStyle['marker']
  dots: readonly Dot[]
}

export interface Cell {
  x: number
  y: number
  /** Null: nothing was measured here. */
  value: number | null
  /** Written into the cell where it fits, such as "3/5". */
  text?: string
  title: string
  ids?: readonly string[]
}

/** A heat map: cells of width and height 1 around whole x and y. */
export interface CellLayer extends Named {
  kind: 'cells'
  cells: readonly Cell[]
  /** Values of the ramp's ends; values beyond take the end's colour. */
  range: Range
  /** `diverging` has its middle at 0. */
  ramp: 'sequential' | 'diverging'
  /** What the ramp's values are. */
  quantity: string
  /** How the ramp's ends are written, where the values are positions of a scale; left out: as numbers. */
  ends?: readonly [string, string]
}

/** Quartiles, ends of the whiskers, and the members themselves, beside a whole x. */
export interface Box {
  x: number
  low: number
  q1: number
  median: number
  q3: number
  high: number
  n: number
  color: string
  label: string
}

export interface BoxLayer extends Named {
  kind: 'boxes'
  boxes: readonly Box[]
}

/** Axes beside one another with a line per run through all of them: parallel coordinates. x counts the axes. */
export interface AxesLayer extends Named {
  kind: 'axes'
  axes: readonly { x: number; label: string; ticks: readonly Tick[] }[]
}

/** A value worth a line across the panel, such as the accuracy of guessing. */
export interface RuleLayer extends Named {
  kind: 'rule'
  axis: 'x' | 'y'
  at: number
}

/** Milestones at the foot of the panel, in the units of x. */
export interface EventLayer extends Named {
  kind: 'events'
  marks: MilestoneMarks
}

/** Drawn in order: the first lies lowest. */
export type Layer =
  LineLayer | BandLayer | DotLayer | CellLayer | BoxLayer | AxesLayer | RuleLayer | EventLayer

export interface Panel {
  key: string
  title: string
  /** What a reader must know to trust it: "showing 2,000 of 200,000 points", "smoothed, 0.9". */
  notes: readonly string[]
  x: Axis
  y: Axis
  layers: readonly Layer[]
}

export interface LegendEntry {
  key: string
  label: string
  /** How it is drawn; a colour alone for bands, dots and boxes. */
  style: LineStyle | { color: string }
}

export interface Figure {
  title: string
  panels: readonly Panel[]
  /** Panels per row. */
  columns: number
  legend: readonly LegendEntry[]
  /** One paragraph: what is shown, of how many runs and seeds, which bands, which reduction. */
  caption: string
}
