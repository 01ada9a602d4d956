/** Settings and journal as one set of sizes and colours that everything in a drawing is made with. */
import { findJournal } from '../journals'
import { colorIn, type Medium } from '../palette'
import { mmToPt, type Stroke, type TextMark } from './drawing'
import { capHeight, faceOf, textWidth, type Face, type Family } from './fonts'
import type { FigureSettings } from './settings'

/** Text on the screen, in px: a figure is the screen's panel at the scale at which this is the journal's text. */
const screenText = 12

/** A size of text, with what it is written in. */
export interface Type {
  size: number
  face: Face
  color: string
  /** From one base line to the next. */
  leading: number
}

/** Lengths are points. */
export interface Style {
  width: number
  /** Null: as high as the panels make it. */
  height: number | null
  maxHeight: number
  medium: Medium
  family: Family
  /** Points for a px of the screen: distances and sizes, and widths of lines. */
  scale: number
  lines: number
  text: Type
  small: Type
  title: Type
  axis: Stroke
  grid: Stroke | null
  background: string
  settings: FigureSettings
}

export function styleOf(settings: FigureSettings): Style {
  const journal = findJournal(settings.journal)
  const text = settings.font ?? journal.text
  const small = Math.min(text, (journal.small * text) / journal.text)
  const medium = settings.theme === 'mono' ? 'print' : settings.theme
  const color = (token: string): string => colorIn(medium, token)
  const { family } = journal
  const type = (size: number, token: string, bold = false): Type => ({
    ...{ size, face: faceOf(family, bold), color: color(token), leading: 1.2 * size }
  })
  const scale = text / screenText
  const grown = text / journal.text
  return {
    ...{ width: mmToPt(settings.width ?? journal.width), medium, family, scale, settings },
    height: settings.height === undefined ? null : mmToPt(settings.height),
    maxHeight: mmToPt(journal.maxHeight),
    lines: journal.lines * grown,
    text: type(text, '--chart-text'),
    small: type(small, '--chart-muted'),
    title: type(text, '--chart-text', true),
    axis: { color: color('--chart-axis'), width: journal.axis * grown },
    grid: journal.grid ? { color: color('--chart-grid'), width: journal.axis * grown } : null,
    background: color('--chart-background')
  }
}

/** Distance between a line's middle and its base line: capitals and figures are centred. */
export const toBaseline = (type: Type): number => capHeight(type.size, type.face) / 2

export const widthOf = (text: string, type: Type): number => textWidth(text, type.size, type.face)

/** A line of text; y is its base line. */
export const line = (
  text: string,
  type: Type,
  x: number,
  y: number,
  anchor: TextMark['anchor'] = 'start'
): TextMark => ({
  ...{ kind: 'text', text, x, y, anchor, size: type.size, face: type.face, color: type.color }
})
