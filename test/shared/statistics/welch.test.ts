import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { welchInterval } from '@shared/statistics/welch'

interface Case {
  first: number[]
  second: number[]
  level: number
  difference: number
  low: number
  high: number
  df: number
}
const fixture = new URL('../../fixtures/parity/statistics/welch.json', import.meta.url)
const cases = JSON.parse(readFileSync(fixture, 'utf8')) as Case[]

describe('the Welch interval', () => {
  it.each(cases.map((c) => [`${c.first.length} and ${c.second.length} at ${c.level}`, c] as const))(
    'of %s values equals SciPy’s',
    (_, { first, second, level, ...wanted }) => {
      const found = welchInterval(first, second, level)!
      const scale = Math.max(...[...first, ...second].map(Math.abs))
      for (const name of ['difference', 'low', 'high'] as const) {
        expect(Math.abs(found[name] - wanted[name]) / scale, name).toBeLessThan(1e-12)
      }
      expect(found.df).toBeCloseTo(wanted.df, 9)
      expect(found.n).toEqual([first.length, second.length])
    }
  )

  it('turns round with its groups', () => {
    const { first, second } = cases[0]!
    const [there, back] = [welchInterval(first, second)!, welchInterval(second, first)!]
    expect([back.low, back.high]).toEqual([-there.high, -there.low])
  })

  it('is none for a single value, or where nothing varies', () => {
    expect(welchInterval([1], [1, 2, 3])).toBeNull()
    expect(welchInterval([1, 2], [])).toBeNull()
    expect(welchInterval([1, 1], [2, 2])).toBeNull()
  })
})
