import { describe, expect, it } from 'vitest'
import type { AxesLayer, Figure, LineLayer } from '@shared/figure/figure'
import { brushedIds, parallelFigure, parallelPlaces } from '@shared/figure/plots/parallel'
import { createRng } from '@shared/rng'
import { beyond, category, number, quantity, rowsOf } from '../../../support/plot-rows'

const axes = [
  quantity('lr', { scale: 'log' }),
  quantity('family'),
  quantity('ood', { fraction: true })
]
const linesOf = (figure: Figure): LineLayer[] =>
  figure.panels[0]!.layers.filter((layer) => layer.kind === 'line')
const rows = rowsOf([
  { lr: number(1e-4), family: category('GPT-2'), ood: number(0) },
  { lr: number(1e-3), family: category('Mamba'), ood: number(0.5) },
  { lr: number(1e-2), family: category('RWKV'), ood: null },
  { lr: number(1e-2), family: null, ood: null }
])

describe('parallel coordinates', () => {
  it('have a line per run through its value on each axis, from 0 to 1', () => {
    const figure = parallelFigure(rows, { axes, color: null, brushes: [] })
    const [first, second, third, ...more] = linesOf(figure)
    expect(more).toEqual([])
    for (const [x, y] of linesOf(figure).flatMap(({ points }) => points)) {
      expect(axes[x]).toBeDefined()
      if (y !== null) expect(y >= 0 && y <= 1).toBe(true)
    }
    // Equal distances on a logarithmic axis for equal factors.
    const [a, b, c] = [first, second, third].map((line) => line!.points[0]![1]!)
    expect(b! - a!).toBeCloseTo(c! - b!, 12)
    expect(third!.points[2]![1]).toBeNull()
  })

  it('put ticks where the values lie', () => {
    const figure = parallelFigure(rows, { axes, color: null, brushes: [] })
    const layer = figure.panels[0]!.layers.find((l): l is AxesLayer => l.kind === 'axes')!
    expect(layer.axes.map(({ x, label }) => [x, label])).toEqual([
      [0, 'lr (log)'],
      [1, 'family'],
      [2, 'ood']
    ])
    const tick = layer.axes[1]!.ticks.find(({ label }) => label === 'Mamba')!
    expect(tick.position).toBeCloseTo(linesOf(figure)[1]!.points[1]![1]!, 12)
    expect(figure.panels[0]!.notes.join()).toContain('1 run with fewer than two values')
  })

  it('dim what the brushes do not let through, and draw it lowest', () => {
    const brushes = [{ axis: 'ood', low: 0.3, high: 1 }]
    const figure = parallelFigure(rows, { axes, color: null, brushes })
    expect(linesOf(figure).map(({ of, faint }) => [of, faint ?? false])).toEqual([
      ['r0', true],
      ['r2', true],
      ['r1', false]
    ])
    expect(figure.panels[0]!.notes).toContain('1 of 3 runs let through')
  })

  it('mark lower bounds', () => {
    const censored = rowsOf([
      { lr: number(1), ood: beyond(0.7) },
      { lr: number(2), ood: number(1) }
    ])
    const figure = parallelFigure(censored, {
      axes: [axes[0]!, axes[2]!],
      color: null,
      brushes: []
    })
    expect(figure.panels[0]!.layers.at(-1)).toMatchObject({
      kind: 'dots',
      dots: [{ id: 'r0', x: 1 }]
    })
  })
})

describe('brushes', () => {
  it('let through exactly the runs within all of them', () => {
    const rng = createRng(9, 'brushes')
    const many = rowsOf(
      Array.from({ length: 200 }, () => ({
        lr: number(10 ** (-4 * rng.uniform())),
        ood: rng.uniform() < 0.1 ? null : number(rng.uniform())
      }))
    )
    const places = parallelPlaces(many, [axes[0]!, axes[2]!])
    for (let round = 0; round < 40; round++) {
      const [low, high] = [rng.uniform(), rng.uniform()].sort() as [number, number]
      const brushes = [
        { axis: 'lr', low, high },
        { axis: 'ood', low: 0, high: 0.6 }
      ]
      const wanted = many.filter(({ id }) => {
        const [a, b] = places.heights.get(id)!
        return a! >= low && a! <= high && b !== null && b! <= 0.6
      })
      expect([...brushedIds(places, brushes)].toSorted()).toEqual(
        wanted.map(({ id }) => id).toSorted()
      )
    }
    expect(brushedIds(places, []).size).toBe(200)
    expect(brushedIds(places, [{ axis: 'gone', low: 0, high: 0 }]).size).toBe(200)
  })
})
