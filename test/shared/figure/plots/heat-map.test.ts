import { describe, expect, it } from 'vitest'
import { drawFigure } from '@shared/figure/drawing/draw-figure'
import { FigureSettings } from '@shared/figure/drawing/settings'
import type { CellLayer, Figure } from '@shared/figure/figure'
import { FigureSchema } from '@shared/figure/figure-schema'
import { cellValue, heatMapFigure, type CellStatistic } from '@shared/figure/plots/heat-map'
import type { PlotRow } from '@shared/figure/plots/plot-data'
import { writeSvg } from '@shared/figure/svg'
import { createRng } from '@shared/rng'
import { beyond, number, quantity, rowsOf } from '../../../support/plot-rows'
import { named, parseXml } from '../../../support/xml'

const [x, y] = [quantity('entities', { scale: 'log' }), quantity('phi')]
const delay = quantity('delay', { scale: 'log', event: true })
const draw = (rows: readonly PlotRow[], statistic: CellStatistic): Figure =>
  heatMapFigure(rows, { x, y, value: delay, statistic })
const layerOf = (figure: Figure): CellLayer => figure.panels[0]!.layers[0] as CellLayer

describe('the value of a cell', () => {
  const of = (values: Parameters<typeof rowsOf>[0], statistic: CellStatistic) =>
    cellValue(rowsOf(values), delay, statistic)
  const delays = (...values: ReturnType<typeof number>[]) => values.map((v) => ({ delay: v }))

  it('is the median, mean or share of its runs', () => {
    const three = delays(number(10), number(30), number(20))
    expect(of(three, 'median')).toMatchObject({ value: 20, censored: false, n: 3, reached: 3 })
    expect(of(three, 'mean').value).toBe(20)
    expect(of(three, 'share').value).toBe(1)
    expect(of(delays(number(10), beyond(50)), 'share')).toMatchObject({ value: 0.5, n: 2 })
  })

  it('is an exact median as long as no censored run could change it', () => {
    expect(of(delays(number(10), number(20), beyond(50)), 'median')).toMatchObject({
      value: 20,
      censored: false
    })
    // Given up at 5: its true value may be 6 or 600.
    expect(of(delays(number(10), number(20), beyond(5)), 'median')).toMatchObject({
      value: 10,
      censored: true
    })
    expect(of(delays(number(10), beyond(50), beyond(60)), 'median')).toMatchObject({
      value: 50,
      censored: true
    })
  })

  it('is no mean where a run is censored, and nothing without runs', () => {
    expect(of(delays(number(10), beyond(50)), 'mean')).toMatchObject({
      value: null,
      censored: true
    })
    expect(of([{ delay: null }], 'median')).toMatchObject({ value: null, censored: false, n: 0 })
  })

  it('never claims more than is true, whatever the censored runs would have come to', () => {
    const rng = createRng(11, 'cells')
    for (let round = 0; round < 300; round++) {
      const truth = Array.from({ length: 1 + rng.int(7) }, () => 1 + 99 * rng.uniform())
      const limits = truth.map(() => 1 + 99 * rng.uniform())
      const seen = truth.map((value, i) =>
        value <= limits[i]! ? number(value) : beyond(limits[i]!)
      )
      const found = of(delays(...seen), 'median')
      const sorted = truth.toSorted((a, b) => a - b)
      const middle = (sorted[(truth.length - 1) >> 1]! + sorted[truth.length >> 1]!) / 2
      if (found.censored) expect(found.value!).toBeLessThanOrEqual(middle + 1e-9)
      else expect(found.value!).toBeCloseTo(middle, 9)
    }
  })
})

describe('a heat map', () => {
  const rows = rowsOf([
    { entities: number(100), phi: number(3.6), delay: number(1000) },
    { entities: number(100), phi: number(3.6), delay: number(3000) },
    { entities: number(1000), phi: number(3.6), delay: beyond(40_000) },
    { entities: number(1000), phi: number(12.6), delay: number(500) }
  ])

  it('has a cell per pair of values that runs have, with their number', () => {
    const figure = draw(rows, 'median')
    const layer = layerOf(figure)
    expect(layer.cells.map(({ x, y, text, ids }) => [x, y, text, ids!.length])).toEqual([
      [0, 0, '2k · 2', 2],
      [1, 0, '> 40k · 1', 1],
      [1, 1, '500 · 1', 1]
    ])
    // Over decades: the ramp goes by logarithms, and a censored cell takes its end.
    expect(layer.cells.map(({ value }) => value)).toEqual(
      [2000, 40_000, 500].map((v) => expect.closeTo(Math.log10(v), 12))
    )
    expect(layer.range).toEqual([Math.log10(500), Math.log10(40_000)])
    expect(layer.quantity).toContain('log₁₀')
  })

  it('shows shares of runs that reached the event, from 0 to 1', () => {
    const layer = layerOf(draw(rows, 'share'))
    expect(layer.cells.map(({ text, value }) => [text, value])).toEqual([
      ['2/2', 1],
      ['0/1', 0],
      ['1/1', 1]
    ])
    expect(layer.range).toEqual([0, 1])
  })

  it('counts failed runs, and marks a cell that has no others', () => {
    const failed = rowsOf([{ entities: number(100), phi: number(9), delay: null }], {
      failed: true
    })
    const figure = draw([...rows, ...failed], 'median')
    expect(layerOf(figure).cells.at(-1)).toMatchObject({ value: null, text: '×1' })
    expect(figure.panels[0]!.notes.join()).toContain('1 failed')
    expect(figure.caption).toContain('failed runs (1)')
  })

  it('holds each run in exactly one cell', () => {
    const rng = createRng(2, 'heat')
    const many = rowsOf(
      Array.from({ length: 300 }, () => ({
        entities: number([50, 100, 400][rng.int(3)]!),
        phi: number([3.6, 7.2][rng.int(2)]!),
        delay: number(1 + 1000 * rng.uniform())
      }))
    )
    const ids = layerOf(draw(many, 'mean')).cells.flatMap((cell) => cell.ids!)
    expect(ids.toSorted()).toEqual(many.map(({ id }) => id).toSorted())
  })

  it('writes the values of its colours beside them, not their logarithms, in a file too', () => {
    const decades = rowsOf([
      { entities: number(50), phi: number(3.6), delay: number(200) },
      { entities: number(100), phi: number(3.6), delay: number(40_000) }
    ])
    // As it comes over the wire to whoever writes the file.
    const sent = FigureSchema.parse(JSON.parse(JSON.stringify(draw(decades, 'median'))))
    expect(layerOf(sent).ends).toEqual(['200', '40k'])
    const svg = parseXml(writeSvg(drawFigure(sent, FigureSettings.parse({}))))
    const texts = named(svg, 'text').map(({ text }) => text)
    expect(texts).toEqual(expect.arrayContaining(['200', '40k', 'Median of delay']))
    expect(texts.join()).not.toContain('log₁₀')
    expect(texts).not.toContain('3.5')
  })
})
