import { describe, expect, it } from 'vitest'
import { curvePanel, isEmptyPanel, pointsNote } from '@shared/figure/curve-panel'
import type { Layer, LineLayer, Panel } from '@shared/figure/figure'
import { quantities } from '@shared/figure/quantities'
import { linearScale, type Point } from '@shared/figure/scale'
import { panelShapes, type Shape } from '@shared/figure/shapes'
import { plainStyle } from '@shared/figure/split-styles'

const plot = { left: 0, right: 100, top: 0, bottom: 100 }
const options = { medium: 'light', labelRoom: 0 } as const

const axis = { label: '', scale: linearScale, domain: [0, 10], ticks: [] } as const
const panel = (...layers: Layer[]): Panel => ({
  ...{ key: 'p', title: '', notes: [], x: axis, y: axis, layers }
})
const line = (points: readonly Point[], more: Partial<LineLayer> = {}): LineLayer => ({
  ...{ kind: 'line', key: 'l', label: '', style: plainStyle, points, total: points.length },
  ...more
})
const shapes = (...layers: Layer[]): Shape[] => panelShapes(panel(...layers), plot, options)
const paths = (list: readonly Shape[]): (readonly number[])[] =>
  list.flatMap((shape) => (shape.kind === 'line' ? shape.paths : []))

describe('a curve', () => {
  it('is a path in px, y downwards', () => {
    expect(
      paths(
        shapes(
          line([
            [0, 0],
            [5, 10]
          ])
        )
      )
    ).toEqual([[0, 100, 50, 0]])
  })

  it('is broken where a value is missing, and a value by itself is marked', () => {
    const many = Array.from({ length: 60 }, (_, i): Point => [5 + i / 30, 2])
    const drawn = shapes(line([[0, 1], [1, 1], [2, null], [3, 4], [4, null], ...many]))
    expect(paths(drawn)).toHaveLength(2)
    const markers = drawn.filter((shape) => shape.kind === 'marker')
    expect(markers).toMatchObject([{ x: 30, y: 60, hollow: true }])
  })

  it('holds its value until the next point where it is a step function', () => {
    const stepped = line(
      [
        [0, 10],
        [4, 5],
        [10, 5]
      ],
      { step: 'after' }
    )
    expect(paths(shapes(stepped))).toEqual([[0, 0, 40, 0, 40, 50, 100, 50, 100, 50]])
  })

  it('enters and leaves the plot at the right heights, and what lies beside it costs nothing', () => {
    const long = Array.from({ length: 1000 }, (_, i): Point => [i - 500, i - 500])
    const [path, ...more] = paths(shapes(line(long)))
    expect(more).toEqual([])
    // 0 to 10 in sight, one point beyond on either side.
    expect(path).toHaveLength(2 * 13)
    expect(path!.slice(0, 2)).toEqual([-10, 110])
    expect(path!.slice(-2)).toEqual([110, -10])
  })

  it('crosses the plot between two points that both lie beside it', () => {
    expect(
      paths(
        shapes(
          line([
            [-10, 5],
            [20, 5]
          ])
        )
      )
    ).toEqual([[-100, 50, 200, 50]])
    expect(
      paths(
        shapes(
          line([
            [-10, 5],
            [-5, 5]
          ])
        )
      )
    ).toEqual([])
  })

  it('marks each point where there are few, and none where there are many', () => {
    const marked = (n: number): number =>
      shapes(line(Array.from({ length: n }, (_, i): Point => [(10 * i) / n, 1]))).filter(
        ({ kind }) => kind === 'marker'
      ).length
    expect(marked(20)).toBe(20)
    expect(marked(200)).toBe(0)
  })
})

it('a band is one area there and back; on a log axis it ends at the edge where its low has no place', () => {
  const band: Layer = {
    ...{ kind: 'band', key: 'b', label: '', color: '--run-1' },
    points: [
      [0, 2, 4],
      [10, 3, 5]
    ]
  }
  expect(shapes(band)).toMatchObject([
    { kind: 'area', paths: [[0, 60, 100, 50, 100, 70, 0, 80]], color: '--run-1' }
  ])
  const log = { ...axis, scale: { kind: 'log', zero: null }, domain: [0, 1] } as const
  const onLog = {
    ...panel({
      ...band,
      points: [
        [0, -1, 10],
        [10, 1, 10]
      ]
    }),
    y: log
  }
  expect(panelShapes(onLog, plot, options)).toMatchObject([
    { paths: [[0, 0, 100, 0, 100, 100, 0, 100]] }
  ])
})

it('a rule has its line and, above everything, its label', () => {
  const drawn = shapes(
    { kind: 'rule', key: 'r', axis: 'y', at: 5, label: 'chance' },
    line([
      [0, 5],
      [10, 5]
    ])
  )
  expect(drawn[0]).toMatchObject({ kind: 'line', paths: [[0, 50.5, 100, 50.5]] })
  expect(drawn.at(-1)).toMatchObject({ kind: 'text', text: 'chance' })
  expect(shapes({ kind: 'rule', key: 'r', axis: 'y', at: 50, label: 'x' })).toEqual([])
})

it('labels stand at the ends of curves only if all of them fit', () => {
  const named = (n: number): Layer[] =>
    Array.from({ length: n }, (_, i) =>
      line(
        [
          [0, 1],
          [10, i]
        ],
        { endLabel: `run ${i}` }
      )
    )
  const texts = (n: number): number =>
    panelShapes(panel(...named(n)), plot, { medium: 'light', labelRoom: 90 }).filter(
      ({ kind }) => kind === 'text'
    ).length
  expect(texts(5)).toBe(5)
  expect(texts(12)).toBe(0)
})

it('milestones stand at the foot: a tick each, a bracket open where its end has not come', () => {
  const marks = {
    ticks: [
      { key: 'a', x: 2, color: '--run-1', title: '' },
      { key: 'b', x: 20, color: '--run-2', title: '' }
    ],
    brackets: [{ key: 'c', from: 2, to: null, color: '--run-1', label: 'OOD', title: '' }]
  }
  const drawn = shapes({ kind: 'events', key: 'e', label: '', marks })
  expect(paths(drawn)).toContainEqual([20, 100, 20, 90])
  expect(drawn.find(({ kind }) => kind === 'line')).toMatchObject({ dash: [4, 3] })
  expect(drawn.filter(({ kind }) => kind === 'area')).toHaveLength(1)
  expect(drawn).toContainEqual(expect.objectContaining({ kind: 'text', text: 'OOD' }))
})

it('cells are squares around whole numbers; one that was not measured is an empty frame', () => {
  const drawn = shapes({
    ...{ kind: 'cells', key: 'c', label: '', range: [0, 1], ramp: 'sequential', quantity: '' },
    cells: [
      { x: 1, y: 1, value: 1, title: '' },
      { x: 2, y: 1, value: null, title: '' }
    ]
  })
  expect(drawn).toMatchObject([
    { kind: 'rect', x: 5, y: 85, width: 10, height: 10, color: '#fee838' },
    { kind: 'rect', outline: 1 }
  ])
})

describe('a panel of curves', () => {
  const size = { width: 800, height: 300 }
  const x = { quantity: quantities.step, scale: linearScale, range: [0, 10] } as const
  const y = { label: 'loss', scale: 'log' } as const

  it('says what a log axis leaves out, and how many points are drawn', () => {
    const curve = line(
      [
        [0, 1],
        [5, 0],
        [9, 0.1]
      ],
      { total: 200_000 }
    )
    const made = curvePanel({
      key: 'k',
      title: 't',
      notes: [pointsNote([curve])],
      x,
      y,
      curves: [curve],
      size
    })
    expect(made.notes).toEqual(['showing 3 of 200,000 points', '1 value at or below 0 not drawn'])
    expect(made.y.label).toBe('loss (log)')
    expect(pointsNote([line([[0, 1]])])).toBe('all 1 point')
  })

  it('is empty without a point, whatever rules it has', () => {
    const rule: Layer = { kind: 'rule', key: 'r', axis: 'y', at: 0.5, label: 'chance' }
    const made = curvePanel({ key: 'k', title: 't', x, y, curves: [line([])], below: [rule], size })
    expect(isEmptyPanel(made)).toBe(true)
    expect(isEmptyPanel(panel(line([[0, 1]])))).toBe(false)
  })
})
