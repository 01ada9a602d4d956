import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatRate, formatTick, rateShare, rateTicks } from '../../src/renderer/src/machine-rates'

describe('the scale of rates', () => {
  it('has a few decades that hold every rate, in the order of the rates', () => {
    const rates = fc.array(fc.double({ min: 0.01, max: 1e6, noNaN: true }), { maxLength: 4 })
    fc.assert(
      fc.property(rates, (some) => {
        const ticks = rateTicks(some)
        expect(ticks.length).toBeGreaterThan(1)
        expect(ticks.length).toBeLessThanOrEqual(7)
        const sorted = [...some].sort((a, b) => a - b)
        for (const rate of sorted) {
          expect(rate).toBeGreaterThanOrEqual(ticks[0]! * (1 - 1e-9))
          expect(rate).toBeLessThanOrEqual(ticks.at(-1)! * (1 + 1e-9))
        }
        const shares = sorted.map((rate) => rateShare(rate, ticks))
        expect(shares).toEqual([...shares].sort((a, b) => a - b))
      })
    )
  })

  it('is logarithmic from its first tick to its last', () => {
    const ticks = rateTicks([0.8, 20, 310])
    expect(ticks).toEqual([0.1, 1, 10, 100, 1000])
    expect(rateShare(0.1, ticks)).toBe(0)
    expect(rateShare(10, ticks)).toBeCloseTo(0.5, 12)
    expect(rateShare(1000, ticks)).toBe(1)
  })

  it('stands without any rate', () => {
    expect(rateTicks([0, 0])).toEqual([1, 10])
  })
})

it('ticks are short', () => {
  expect([0.1, 1, 1000].map(formatTick)).toEqual(['100 M', '1 G', '1 T'])
})

it('rates are written in the unit that suits them', () => {
  expect([0.82, 1, 59.4, 310, 38_000].map(formatRate)).toEqual([
    '820 MFLOP/s',
    '1 GFLOP/s',
    '59.4 GFLOP/s',
    '310 GFLOP/s',
    '38 TFLOP/s'
  ])
})
