/**
 * A drawing: marks with coordinates in points (1/72 inch) from the top left corner, in the order of painting.
 * What a figure looks like on paper is decided before this; the writers (SVG, PDF) only spell it out.
 */
import type { Face } from './fonts'

export type XY = readonly [x: number, y: number]

export interface Stroke {
  color: string
  width: number
  /** Lengths of dashes and gaps; empty for a solid line. */
  dash?: readonly number[]
  /** Round ends make short dashes dots. */
  round?: boolean
  opacity?: number
}

export interface Fill {
  color: string
  opacity?: number
}

interface Painted {
  stroke?: Stroke
  fill?: Fill
}

/** Several polylines or polygons painted as one. */
export interface PathMark extends Painted {
  kind: 'path'
  parts: readonly (readonly XY[])[]
  closed: boolean
}

export interface CircleMark extends Painted {
  kind: 'circle'
  x: number
  y: number
  r: number
}

export interface RectMark extends Painted {
  kind: 'rect'
  x: number
  y: number
  width: number
  height: number
}

export interface TextMark {
  kind: 'text'
  text: string
  /** The anchor, on the base line. */
  x: number
  y: number
  size: number
  face: Face
  color: string
  anchor: 'start' | 'middle' | 'end'
  /** Upwards text is turned by 90 degrees against the clock around its anchor. */
  upwards?: boolean
}

/** Marks that belong together, such as a curve: one object in a drawing program. */
export interface GroupMark {
  kind: 'group'
  name: string
  marks: readonly Mark[]
}

export type Mark = PathMark | CircleMark | RectMark | TextMark | GroupMark

export interface Drawing {
  /** Points. */
  width: number
  height: number
  /** Read out to those who can't see it. */
  title: string
  description: string
  /** Null: transparent. */
  background: string | null
  marks: readonly Mark[]
}

export interface Box {
  x: number
  y: number
  width: number
  height: number
}

export const mmToPt = (mm: number): number => (mm * 72) / 25.4
export const ptToMm = (pt: number): number => (pt * 25.4) / 72

/** The marks of a drawing without the groups around them. */
export function* flatten(marks: readonly Mark[]): Generator<Exclude<Mark, GroupMark>> {
  for (const mark of marks) {
    if (mark.kind === 'group') yield* flatten(mark.marks)
    else yield mark
  }
}
