import { describe, expect, it } from 'vitest'
import { heatMapFigure } from '@shared/figure/plots/heat-map'
import { parallelFigure } from '@shared/figure/plots/parallel'
import { scatterFigure } from '@shared/figure/plots/scatter'
import { createRng } from '@shared/rng'
import { distanceTo, idsWithin, markAt, plotMarks } from '../../src/renderer/src/charts/plot-marks'
import { beyond, number, quantity, rowsOf } from '../support/plot-rows'

const plot = { left: 50, right: 450, top: 10, bottom: 210 }
const [x, y] = [quantity('x'), quantity('y', { fraction: true })]
const rng = createRng(4, 'marks')
const rows = rowsOf(
  Array.from({ length: 60 }, () => ({ x: number(rng.uniform()), y: number(rng.uniform()) }))
)
const scatter = scatterFigure(rows, { x, y, color: null }).panels[0]!

describe('the marks of a plot', () => {
  it('are all of its dots, within the plot, from left to right', () => {
    const marks = plotMarks(scatter, plot)
    expect(marks.flatMap(({ ids }) => ids).toSorted()).toEqual(rows.map(({ id }) => id).toSorted())
    for (const mark of marks) {
      expect(mark.x >= plot.left && mark.x <= plot.right).toBe(true)
      expect(mark.y >= plot.top && mark.y <= plot.bottom).toBe(true)
    }
    marks.slice(1).forEach((mark, i) => expect(mark.x).toBeGreaterThanOrEqual(marks[i]!.x))
  })

  it('are pointed at where they are nearest, and not from afar', () => {
    const marks = plotMarks(scatter, plot)
    for (let round = 0; round < 100; round++) {
      const [px, py] = [50 + 400 * rng.uniform(), 10 + 200 * rng.uniform()]
      const found = markAt(marks, px, py, 14)
      const nearest = Math.min(...marks.map((mark) => Math.hypot(mark.x - px, mark.y - py)))
      if (nearest >= 14) expect(found).toBeNull()
      else expect(distanceTo(found!, px, py)).toBe(nearest)
    }
  })

  it('are held by a rectangle, whichever corner it began at', () => {
    const marks = plotMarks(scatter, plot)
    const inside = marks.filter((mark) => mark.x >= 100 && mark.x <= 300 && mark.y <= 120)
    const wanted = inside.flatMap(({ ids }) => ids)
    expect(idsWithin(marks, [100, 0], [300, 120])).toEqual(wanted)
    expect(idsWithin(marks, [300, 120], [100, 0])).toEqual(wanted)
  })

  it('are cells with all of their runs', () => {
    const pairs = rowsOf([1, 1, 2].map((v) => ({ x: number(v), y: number(1), v: number(v) })))
    const spec = { x, y, value: quantity('v'), statistic: 'median' as const }
    const marks = plotMarks(heatMapFigure(pairs, spec).panels[0]!, plot)
    expect(marks.map(({ ids }) => ids)).toEqual([['r0', 'r1'], ['r2']])
    // Two columns of 200 px.
    expect(markAt(marks, 60, 100, 14)!.ids).toEqual(['r0', 'r1'])
    expect(markAt(marks, 440, 20, 14)!.ids).toEqual(['r2'])
  })

  it('are lines by their whole length, those that are let through alone', () => {
    const lines = rowsOf([
      { x: number(0), y: number(0) },
      { x: number(1), y: beyond(1) },
      { x: number(0.5), y: number(0.5) }
    ])
    const brushes = [{ axis: 'x', low: 0, high: 0.7 }]
    const { panels } = parallelFigure(lines, { axes: [x, y], color: null, brushes })
    const marks = plotMarks(panels[0]!, plot)
    expect(marks.map(({ ids }) => ids[0]).toSorted()).toEqual(['r0', 'r2'])
    const line = marks.find(({ ids }) => ids[0] === 'r2')!
    if (line.shape.kind !== 'line') throw new Error('not a line')
    const [from, to] = line.shape.paths[0]!
    const middle = [(from![0] + to![0]) / 2, (from![1] + to![1]) / 2] as const
    expect(distanceTo(line, ...middle)).toBeCloseTo(0, 9)
    expect(markAt(marks, ...middle, 14)).toBe(line)
  })
})
