import { expect, test } from 'vitest'
import type { Axis, CellLayer, Figure, Panel } from '@shared/figure/figure'
import { alignFrames } from '@shared/figure/film-frames'

const axis = (low: number, high: number): Axis => ({
  ...{ label: 'x', scale: { kind: 'linear' }, domain: [low, high] },
  ticks: [{ position: high, label: String(high) }]
})
const categories: Axis = {
  ...{ label: 'c', scale: { kind: 'category', labels: ['a'] }, domain: [-0.5, 0.5], ticks: [] }
}
const cells = (low: number, high: number): CellLayer => ({
  ...{
    kind: 'cells',
    key: 'cells',
    label: 'v',
    cells: [],
    range: [low, high],
    ramp: 'sequential',
    quantity: 'v'
  }
})
const panel = (key: string, x: Axis, range: [number, number]): Panel => ({
  ...{ key, title: key, notes: [], x, y: categories, layers: [cells(...range)] }
})
const figure = (...panels: Panel[]): Figure => ({
  title: 't',
  panels,
  columns: 1,
  legend: [],
  caption: ''
})

test('one colour and one place mean the same in all frames, panel by panel', () => {
  const [first, second] = alignFrames([
    figure(panel('a', axis(0, 1), [0, 5]), panel('b', axis(0, 1), [0, 1])),
    figure(panel('a', axis(-2, 3), [-1, 2]), panel('b', axis(0, 1), [0, 1]))
  ])
  for (const { panels } of [first!, second!]) {
    expect(panels[0]!.x).toMatchObject({ domain: [-2, 3], ticks: [{ label: '3' }] })
    expect(panels[0]!.y).toBe(categories)
    expect((panels[0]!.layers[0] as CellLayer).range).toEqual([-1, 5])
    expect((panels[1]!.layers[0] as CellLayer).range).toEqual([0, 1])
  }
})
