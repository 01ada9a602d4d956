/**
 * The table of advance widths that src/shared/figure/drawing/font-widths.json holds, read out of the font files.
 * A test compares the two; where a font has changed, `fontTable()` is what belongs into the file.
 */
import { createRequire } from 'node:module'
import { faces } from '../../src/main/figures/fonts'

/** What is used of fontkit, which pdfkit embeds fonts with and which ships no types. */
interface Font {
  unitsPerEm: number
  ascent: number
  descent: number
  capHeight: number
  hasGlyphForCodePoint(code: number): boolean
  glyphForCodePoint(code: number): { advanceWidth: number }
}

const { openSync } = createRequire(__filename)('fontkit') as { openSync: (path: string) => Font }

/** First and last code points: Latin, Greek, Cyrillic, punctuation to currency, letterlike to mathematics, shapes. */
const covered = [
  [0x20, 0x17f],
  [0x391, 0x3c9],
  [0x400, 0x45f],
  [0x2010, 0x20ac],
  [0x2100, 0x2126],
  [0x2190, 0x21d4],
  [0x2200, 0x2265],
  [0x25a0, 0x25cf]
] as const

/** Runs of neighbours, `[first code point, width, width, ...]`, in thousandths of the font's size. */
export function fontTable(): Record<string, { capHeight: number; widths: number[][] }> {
  return Object.fromEntries(
    Object.entries(faces).map(([face, { file }]) => {
      const font = openSync(file())
      const thousandths = (units: number): number => Math.round((units / font.unitsPerEm) * 1000)
      const widths: number[][] = []
      let previous = -1
      for (const [first, last] of covered) {
        for (let code = first; code <= last; code++) {
          if (!font.hasGlyphForCodePoint(code)) continue
          if (code !== previous + 1) widths.push([code])
          widths.at(-1)!.push(thousandths(font.glyphForCodePoint(code).advanceWidth))
          previous = code
        }
      }
      return [face, { capHeight: thousandths(font.capHeight), widths }]
    })
  )
}
