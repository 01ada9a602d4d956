import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  cutText,
  missingCharacters,
  textWidth,
  wrapText
} from '../../../../src/shared/figure/drawing/fonts'
import table from '../../../../src/shared/figure/drawing/font-widths.json'
import { fontTable } from '../../../support/font-widths'

describe('widths of text', () => {
  it('are those in the font files', () => {
    expect(table).toEqual(fontTable())
  })

  it('add up, in proportion to the size', () => {
    // Arial: A is 667, V 667, a space 278 thousandths wide (Adobe's metrics of Helvetica).
    expect(textWidth('A V', 10, 'sans')).toBeCloseTo(16.12, 9)
    expect(textWidth('A V', 20, 'sans')).toBeCloseTo(32.24, 9)
    // Times: A 722, V 722, space 250.
    expect(textWidth('A V', 10, 'serif')).toBeCloseTo(16.94, 9)
  })

  it('take a character of another font to be as wide as it can be', () => {
    expect(textWidth('歩', 10, 'sans')).toBe(10)
    expect(missingCharacters('step 歩 歩', 'sans')).toEqual(['歩'])
    expect(missingCharacters('β₂ ≤ 0.98 → 10⁻⁵', 'sans')).toEqual([])
  })
})

const texts = fc.string({ unit: fc.constantFrom(...'ab WMil.,0123 -_'), maxLength: 80 })

describe('breaking text', () => {
  it('loses nothing and stays within the width, down to one character', () => {
    fc.assert(
      fc.property(texts, fc.double({ min: 12, max: 200, noNaN: true }), (text, width) => {
        const lines = wrapText(text, width, 10, 'sans')
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
        for (const line of lines) {
          expect(textWidth(line, 10, 'sans') <= width || line.length === 1).toBe(true)
        }
      })
    )
  })

  it('keeps words whole where they fit', () => {
    expect(wrapText('mean of 5 seeds', textWidth('mean of', 10, 'sans'), 10, 'sans')).toEqual([
      'mean of',
      '5 seeds'
    ])
    expect(wrapText('', 50, 10, 'sans')).toEqual([])
  })

  it('cuts a text off with an ellipsis, or to nothing', () => {
    fc.assert(
      fc.property(texts, fc.double({ min: 0, max: 200, noNaN: true }), (text, width) => {
        const cut = cutText(text, width, 10, 'serif')
        expect(textWidth(cut, 10, 'serif')).toBeLessThanOrEqual(width)
        expect(cut === text || cut === '' || cut.endsWith('…')).toBe(true)
      })
    )
  })
})
