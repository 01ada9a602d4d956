import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { domainOf, linearScale, scaleFor, type AxisScale } from '@shared/figure/scale'
import { linearTicks, shortCount, shortTime, shortValue, ticksOf } from '@shared/figure/ticks'

const steps = { wanted: 8, label: shortCount, whole: true }
const values = { wanted: 6, label: shortValue }
const times = { wanted: 8, label: shortTime, time: true }
const log: AxisScale = { kind: 'log', zero: null }
const labels = (range: readonly [number, number], scale: AxisScale, style = steps): string[] =>
  ticksOf(domainOf(range, scale), scale, style).map(({ label }) => label)

describe('ticks of steps', () => {
  it('stand on the decades, and one on step 0', () => {
    const scale = scaleFor('log', { range: [0, 20_000], least: 1 })
    expect(labels([0, 20_000], scale)).toEqual(['0', '1', '10', '100', '1k', '10k'])
  })

  it('leave nothing between 0 and the first recorded step', () => {
    const scale = scaleFor('log', { range: [0, 20_000], least: 100 })
    expect(labels([0, 20_000], scale)).toEqual(['0', '100', '1k', '10k'])
  })

  it('fall back to 1-2-5 and to round numbers when zoomed in', () => {
    expect(labels([100, 1000], log)).toEqual(['100', '200', '500', '1k'])
    const near = ticksOf(domainOf([1200, 1300], log), log, steps)
    expect(near.length).toBeGreaterThan(2)
    for (const { position, label } of near) {
      expect(10 ** position).toBeCloseTo(Number(label.replace('k', '')) * 1000, 6)
    }
  })

  it('are whole, however close', () => {
    expect(labels([3, 5], linearScale)).toEqual(['3', '4', '5'])
  })

  it('go both ways from an event', () => {
    const scale = scaleFor('log', { range: [-2000, 90_000], least: 100 })
    expect(labels([-2000, 90_000], scale)).toEqual(['-1k', '-100', '0', '100', '1k', '10k'])
  })
})

describe('ticks of values', () => {
  it('are labelled without the crumbs of binary fractions', () => {
    expect(labels([0, 1], linearScale, { ...values, wanted: 10 } as typeof steps)).toEqual(
      [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1].map(String)
    )
    expect(ticksOf([-5, -2], log, values).map(({ label }) => label)).toEqual([
      '1e-5',
      '1e-4',
      '0.001',
      '0.01'
    ])
  })

  it('never crowd and never leave an axis bare', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
        (low, width) => {
          const ticks = linearTicks([low, low + width], 8)
          expect(ticks.length).toBeLessThanOrEqual(10)
          expect(ticks.length).toBeGreaterThanOrEqual(2)
          for (const tick of ticks) {
            expect(tick).toBeGreaterThanOrEqual(low - width * 1e-3)
            expect(tick).toBeLessThanOrEqual(low + width * 1.001)
          }
        }
      )
    )
  })

  it('of categories are the categories', () => {
    const scale: AxisScale = { kind: 'category', labels: ['gpt2', 'llama'] }
    expect(ticksOf(domainOf([0, 1], scale), scale, values)).toEqual([
      { position: 0, label: 'gpt2' },
      { position: 1, label: 'llama' }
    ])
  })
})

describe('ticks of time', () => {
  it('are round in seconds, minutes, hours and days', () => {
    expect(ticksOf([0, 3600], linearScale, times).map(({ label }) => label)).toEqual([
      '0 s',
      '10 min',
      '20 min',
      '30 min',
      '40 min',
      '50 min',
      '1 h'
    ])
    expect(ticksOf([0, 5], log, times).map(({ label }) => label)).toEqual([
      '1 s',
      '10 s',
      '1 min',
      '10 min',
      '1 h',
      '10 h',
      '1 d'
    ])
  })
})

it('writes counts, values and times short', () => {
  expect([0, 999, 1000, 2500, 300_000, 1_000_000, 3e15].map(shortCount)).toEqual([
    '0',
    '999',
    '1k',
    '2.5k',
    '300k',
    '1M',
    '3e15'
  ])
  expect([-0.2, 15, 1e-5, 123456].map(shortValue)).toEqual(['-0.2', '15', '1e-5', '1.23456e5'])
  expect([0.25, 59, 90, 7200, 172_800].map(shortTime)).toEqual([
    '0.25 s',
    '59 s',
    '1.5 min',
    '2 h',
    '2 d'
  ])
})
