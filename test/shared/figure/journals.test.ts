import { describe, expect, it } from 'vitest'
import { findJournal, journalIds, journals } from '../../../src/shared/figure/journals'

describe('journals', () => {
  it('have names of their own', () => {
    expect(new Set(journalIds).size).toBe(journals.length)
    expect(new Set(journals.map(({ label }) => label)).size).toBe(journals.length)
  })

  it('keep to what Nature asks for: 89 and 183 mm, 5 to 7 points, no grid, 170 mm high', () => {
    for (const [id, width] of [
      ['nature-single', 89],
      ['nature-double', 183]
    ] as const) {
      const nature = findJournal(id)
      expect(nature).toMatchObject({ width, maxHeight: 170, family: 'sans', grid: false })
      expect(nature.small).toBeGreaterThanOrEqual(5)
      expect(nature.text).toBeLessThanOrEqual(7)
    }
  })

  it('have the columns of the conference templates, in mm', () => {
    // icml.cc: 3.25 and 6.75 in; neurips.sty: 5.5 in; ACL: 16 cm with 0.6 cm between the columns.
    expect(findJournal('icml-single').width).toBeCloseTo(82.55, 9)
    expect(findJournal('icml-double').width).toBeCloseTo(171.45, 9)
    expect(findJournal('neurips-full').width).toBeCloseTo(139.7, 9)
    expect(findJournal('acl-single').width * 2 + 6).toBeCloseTo(findJournal('acl-double').width, 9)
  })
})
