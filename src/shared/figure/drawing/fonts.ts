/**
 * How wide text is, before anything draws it: the advance widths of Arimo and Tinos, which are those of Arial and
 * Times New Roman to the unit. A figure is laid out with them, so that text neither overlaps nor leaves it,
 * whichever of these fonts a reader has.
 */
import table from './font-widths.json'

export const families = ['sans', 'serif'] as const
export type Family = (typeof families)[number]
export type Face = Family | `${Family}-bold`

/** The names under which a family is found on most systems; the first is what journals ask for. */
export const familyNames: Record<Family, string> = {
  sans: 'Arial, Helvetica, Arimo, Liberation Sans, sans-serif',
  serif: 'Times New Roman, Times, Tinos, Liberation Serif, serif'
}

export const faceOf = (family: Family, bold: boolean): Face => (bold ? `${family}-bold` : family)

const widths = new Map(
  Object.entries(table).map(([face, { widths: runs }]) => {
    const known = new Map<number, number>()
    for (const [first, ...advances] of runs) {
      advances.forEach((advance, i) => known.set(first! + i, advance))
    }
    return [face, known]
  })
)

/** A character that the fonts lack comes from another font, which is at most this wide, in thousandths. */
const foreignWidth = 1000

/** Width of a line of text, in the unit of `size`. */
export function textWidth(text: string, size: number, face: Face): number {
  const known = widths.get(face)!
  let sum = 0
  for (const character of text) sum += known.get(character.codePointAt(0)!) ?? foreignWidth
  return (sum * size) / 1000
}

/** Height of capitals and figures above the base line, in the unit of `size`. */
export const capHeight = (size: number, face: Face): number => (table[face].capHeight * size) / 1000

/** The characters of a text that the fonts lack, each once. */
export function missingCharacters(text: string, face: Face): string[] {
  const known = widths.get(face)!
  return [...new Set(text)].filter((character) => !known.has(character.codePointAt(0)!))
}

/**
 * Breaks text into lines between words, and within a word where it is wider than a line.
 * @param width room for a line, in the unit of `size`
 */
export function wrapText(text: string, width: number, size: number, face: Face): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const longer = line ? `${line} ${word}` : word
    if (textWidth(longer, size, face) <= width) {
      line = longer
      continue
    }
    if (line) lines.push(line)
    line = word
    while (textWidth(line, size, face) > width && [...line].length > 1) {
      const fits = longestStart(line, width, size, face)
      lines.push(fits)
      line = line.slice(fits.length)
    }
  }
  return line ? [...lines, line] : lines
}

/** The longest beginning that fits, of at least one character. */
function longestStart(text: string, width: number, size: number, face: Face): string {
  const characters = [...text]
  let length = characters.length - 1
  while (length > 1 && textWidth(characters.slice(0, length).join(''), size, face) > width) length--
  return characters.slice(0, length).join('')
}

/** The text, or its beginning with an ellipsis where it is wider than there is room; '' where nothing fits. */
export function cutText(text: string, width: number, size: number, face: Face): string {
  if (textWidth(text, size, face) <= width) return text
  const characters = [...text]
  for (let length = characters.length - 1; length > 0; length--) {
    const cut = `${characters.slice(0, length).join('').trimEnd()}…`
    if (textWidth(cut, size, face) <= width) return cut
  }
  return ''
}
