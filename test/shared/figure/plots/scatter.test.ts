import { describe, expect, it } from 'vitest'
import type { DotLayer, Figure } from '@shared/figure/figure'
import { figureRows } from '@shared/figure/figure-rows'
import { dotShapes } from '@shared/figure/mark-shapes'
import { colorIn } from '@shared/figure/palette'
import { placesIn } from '@shared/figure/shapes'
import { scatterFigure } from '@shared/figure/plots/scatter'
import { positionOf } from '@shared/figure/scale'
import { createRng } from '@shared/rng'
import { beyond, category, number, quantity, rowsOf } from '../../../support/plot-rows'

const [lr, ood] = [quantity('lr', { scale: 'log' }), quantity('ood', { fraction: true })]
const dotsOf = (figure: Figure): DotLayer[] =>
  figure.panels[0]!.layers.filter((layer) => layer.kind === 'dots')

describe('a scatter plot', () => {
  it('has a dot per run at its values, within both axes', () => {
    const rng = createRng(3, 'scatter')
    const rows = rowsOf(
      Array.from({ length: 200 }, () => ({
        lr: number(10 ** (-4 * rng.uniform())),
        ood: number(rng.uniform())
      }))
    )
    const figure = scatterFigure(rows, { x: lr, y: ood, color: null })
    const [layer, ...more] = dotsOf(figure)
    expect(more).toEqual([])
    const { x, y } = figure.panels[0]!
    expect(x.scale.kind).toBe('log')
    expect(layer!.dots.map(({ id }) => id)).toEqual(rows.map(({ id }) => id))
    for (const [i, dot] of layer!.dots.entries()) {
      expect(number(dot.x)).toEqual(rows[i]!.values['lr'])
      expect(number(dot.y)).toEqual(rows[i]!.values['ood'])
      for (const [axis, value] of [
        [x, dot.x],
        [y, dot.y]
      ] as const) {
        const at = positionOf(value, axis.scale)!
        expect(at).toBeGreaterThanOrEqual(axis.domain[0])
        expect(at).toBeLessThanOrEqual(axis.domain[1])
      }
    }
  })

  it('draws runs at one place around it, keeps their values, and says so', () => {
    const rows = rowsOf([
      ...Array.from({ length: 5 }, () => ({ lr: number(0.1), ood: number(0.5) })),
      { lr: number(0.01), ood: number(0.9) }
    ])
    const draw = () => scatterFigure(rows, { x: lr, y: ood, color: null })
    const [layer] = dotsOf(draw())
    expect(draw()).toEqual(draw())
    expect(layer!.dots.map(({ x, y }) => [x, y]).slice(0, 5)).toEqual(
      Array.from({ length: 5 }, () => [0.1, 0.5])
    )
    expect(layer!.dots.map(({ aside }) => aside !== undefined)).toEqual([
      ...[false, true, true, true, true, false]
    ])
    // Every one of them can be seen and pointed at.
    const plot = { left: 0, right: 400, top: 0, bottom: 300 }
    const shapes = dotShapes(layer!, placesIn(draw().panels[0]!, plot))
    const places = shapes.map((shape) => (shape.kind === 'marker' ? [shape.x, shape.y] : []))
    places.forEach(([x, y], i) =>
      places.slice(i + 1).forEach(([x2, y2]) => {
        expect(Math.hypot(x! - x2!, y! - y2!)).toBeGreaterThan(4)
      })
    )
    expect(draw().panels[0]!.notes).toContain('4 runs drawn beside the place that they share')
    expect(draw().caption).toContain('Of them 4 runs drawn beside the place that they share.')
    expect(figureRows(draw()).rows.length).toBe(6)
  })

  it('draws what is only known to lie beyond as hollow triangles, and says so', () => {
    const rows = rowsOf([
      { lr: number(1), ood: number(0.5) },
      { lr: number(2), ood: beyond(0.9) }
    ])
    const figure = scatterFigure(rows, { x: lr, y: ood, color: null })
    expect(dotsOf(figure).map(({ marker, dots }) => [marker, dots.map((d) => d.hollow)])).toEqual([
      ['circle', [undefined]],
      ['triangle', [true]]
    ])
    expect(figure.panels[0]!.notes.join()).toContain('1 hollow')
    expect(figure.caption).toContain('Hollow triangles (1)')
  })

  it('counts the runs that it cannot place', () => {
    const rows = rowsOf([
      { lr: number(1), ood: number(0.5) },
      { lr: number(1), ood: null },
      { lr: null, ood: number(1) }
    ])
    const { panels, caption } = scatterFigure(rows, { x: lr, y: ood, color: null })
    expect(panels[0]!.notes).toEqual(['1 run', '1 run of 3 without lr', '1 run of 3 without ood'])
    expect(caption).toContain('Left out')
  })

  it('keeps zero on a logarithmic axis, on a place of its own', () => {
    const rows = rowsOf([0, 0.1, 1].map((v) => ({ lr: number(v), ood: number(1) })))
    const { x } = scatterFigure(rows, { x: lr, y: ood, color: null }).panels[0]!
    expect(x.ticks.map(({ label }) => label)).toContain('0')
    expect(x.label).toContain('0 set apart')
  })

  it('names what a run is when it is pointed at', () => {
    const rows = rowsOf([{ lr: number(0.1), ood: beyond(0.5), family: category('GPT-2') }])
    const figure = scatterFigure(rows, { x: lr, y: ood, color: quantity('family') })
    expect(dotsOf(figure)[0]!.dots[0]!.title).toBe('run 0\nlr: 0.1\nood: > 0.5\nfamily: GPT-2')
  })

  it('draws nothing, and does not fail, without runs', () => {
    const { panels } = scatterFigure([], { x: lr, y: ood, color: null })
    expect(panels[0]!.layers).toEqual([])
    expect(panels[0]!.notes).toEqual(['0 runs'])
  })
})

describe('colours of dots', () => {
  const figureOf = (values: Parameters<typeof rowsOf>[0]): Figure =>
    scatterFigure(rowsOf(values.map((v) => ({ lr: number(1), ood: number(1), ...v }))), {
      x: lr,
      y: ood,
      color: quantity('by', { scale: 'log' })
    })
  const colorsOf = (figure: Figure): string[] =>
    dotsOf(figure).flatMap(({ dots }) => dots.map(({ color }) => color))

  it('are a hue per category, in order, with a legend', () => {
    const figure = figureOf(['b', 'a', 'b'].map((text) => ({ by: category(text) })))
    expect(colorsOf(figure)).toEqual(['--run-2', '--run-1', '--run-2'])
    expect(figure.legend.map(({ label }) => label)).toEqual(['by: a', 'by: b'])
  })

  it('are spread over the steps for few numbers, and binned for many', () => {
    expect(colorsOf(figureOf([1, 10, 100].map((v) => ({ by: number(v) }))))).toEqual([
      '--step-1',
      '--step-3',
      '--step-5'
    ])
    const many = figureOf([1, 2, 9, 12, 99, 120, 1e4, 1e5].map((v) => ({ by: number(v) })))
    // Five decades, one step each.
    expect(colorsOf(many)).toEqual([1, 1, 1, 2, 2, 3, 5, 5].map((step) => `--step-${step}`))
    expect(many.legend.map(({ label }) => label)).toEqual([
      'by: 1 to 9',
      'by: 12 to 99',
      'by: 120 to 120',
      'by: 10,000 to 100,000'
    ])
  })

  it('are in the palette, and grey without a value', () => {
    const figure = figureOf([
      { by: null },
      ...Array.from({ length: 12 }, (_, i) => ({ by: category(`k${i}`) }))
    ])
    for (const color of colorsOf(figure)) expect(colorIn('print', color)).toMatch(/^#/)
    expect(colorsOf(figure)[0]).toBe('--chart-guide')
    expect(figure.legend.at(-1)!.label).toBe('no by')
  })
})
