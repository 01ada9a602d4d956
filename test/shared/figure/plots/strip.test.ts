import { describe, expect, it } from 'vitest'
import type { Box, Dot, Figure } from '@shared/figure/figure'
import { spread, stripFigure } from '@shared/figure/plots/strip'
import { createRng } from '@shared/rng'
import { boxSummary } from '@shared/statistics/quartiles'
import { beyond, category, number, quantity, rowsOf } from '../../../support/plot-rows'

const [family, delay] = [quantity('family'), quantity('delay', { scale: 'log', event: true })]
const layersOf = (figure: Figure): { dots: Dot[]; boxes: Box[] } => ({
  dots: figure.panels[0]!.layers.flatMap((l) => (l.kind === 'dots' ? l.dots : [])),
  boxes: figure.panels[0]!.layers.flatMap((l) => (l.kind === 'boxes' ? l.boxes : []))
})
const draw = (values: Parameters<typeof rowsOf>[0]): Figure =>
  stripFigure(rowsOf(values), { x: family, y: delay, color: null })

describe('a strip plot', () => {
  it('shows every run beside its category, and how many there are', () => {
    const figure = draw(
      ['b', 'a', 'b', 'b'].map((text, i) => ({ family: category(text), delay: number(10 ** i) }))
    )
    const { dots, boxes } = layersOf(figure)
    expect(figure.panels[0]!.x.scale).toEqual({ kind: 'category', labels: ['a (n 1)', 'b (n 3)'] })
    expect(dots.map(({ x, y }) => [Math.round(x), y])).toEqual([
      [1, 1],
      [1, 100],
      [1, 1000],
      [0, 10]
    ])
    expect(boxes).toEqual([])
  })

  it('boxes the quartiles from five runs on', () => {
    const rng = createRng(1, 'strip')
    const values = Array.from({ length: 20 }, () => 100 * rng.uniform())
    const figure = draw(values.map((v) => ({ family: category('a'), delay: number(v) })))
    expect(layersOf(figure).boxes).toMatchObject([{ ...boxSummary(values)!, x: 0, n: 20 }])
    expect(figure.panels[0]!.notes.join()).toContain('R type 7')
    expect(figure.caption).toContain('R type 7')
  })

  it('has no box where a lower bound is among the values, and says so', () => {
    const figure = draw(
      [1, 2, 3, 4, 5].map((v) => ({
        family: category('a'),
        delay: v === 5 ? beyond(v) : number(v)
      }))
    )
    expect(layersOf(figure).boxes).toEqual([])
    expect(layersOf(figure).dots.filter(({ hollow }) => hollow)).toHaveLength(1)
    expect(figure.panels[0]!.notes.join()).toContain('no box where a run is censored')
  })

  it('orders numbers as categories by size', () => {
    const figure = draw([100, 20, 3].map((v) => ({ family: number(v), delay: number(1) })))
    expect(figure.panels[0]!.x.ticks.map(({ label }) => label)).toEqual([
      '3 (n 1)',
      '20 (n 1)',
      '100 (n 1)'
    ])
  })
})

describe('dots of one height', () => {
  it('stand beside one another, none upon another, none beyond its category', () => {
    const rng = createRng(5, 'spread')
    for (const n of [1, 2, 7, 60]) {
      const values = Array.from({ length: n }, () => 0.5 + 1e-4 * rng.uniform())
      const offsets = spread(values, { kind: 'linear' }, [0, 1])
      expect(new Set(offsets.map((o) => o.toFixed(9))).size).toBe(n)
      expect(Math.max(...offsets.map(Math.abs))).toBeLessThanOrEqual(0.36 + 1e-9)
      expect(Math.abs(offsets.reduce((a, b) => a + b, 0))).toBeLessThanOrEqual(0.36 + 1e-9)
    }
  })

  it('stay in the middle where heights are far apart', () => {
    expect(spread([1, 10, 100], { kind: 'log', zero: null }, [0, 2])).toEqual([0, 0, 0])
  })
})
