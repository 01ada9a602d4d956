import { describe, expect, it } from 'vitest'
import type { CellLayer } from '@shared/figure/figure'
import { drawFigure } from '@shared/figure/drawing/draw-figure'
import { FigureSettings } from '@shared/figure/drawing/settings'
import { writeSvg } from '@shared/figure/svg'
import {
  InspectQuery,
  labelled,
  longTable,
  sliceOf,
  type InspectQueryInput,
  type InspectResult
} from '@shared/inspect'
import { exportInspection, exportNames } from '@shared/inspect-export'
import { inspectFigure, layersOf } from '@shared/inspect-figures'
import { readSafetensors } from '../../src/main/trainer/safetensors'

const probes = { from: 'split', split: 'test' } as const

function answer(
  query: InspectQueryInput,
  arrays: InspectResult['arrays'],
  over: Partial<InspectResult> = {}
): InspectResult {
  return {
    ...{ version: 1, query: InspectQuery.parse(query), step: 10, checkpoint: 'c', against: null },
    ...{ probes: null, values: {}, rows: [], notes: [], arrays },
    ...over
  }
}

const lens = answer(
  { job: 'logit-lens', probes },
  {
    mrr: labelled(
      { target: ['v1', 'answer'], layer: [0, 1], position: ['a', 'b', 'c'] },
      [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0, 0, 0, 1, 1, 1]
    )
  }
)
const cellsOf = (result: InspectResult, panel = 0, minus?: InspectResult): CellLayer =>
  inspectFigure(result, { minus: minus ?? null }).panels[panel]!.layers[0] as CellLayer

describe('labelled arrays', () => {
  it('must have a value for every place', () => {
    expect(() => labelled({ a: [1, 2] }, [1])).toThrow(/1 values for 2 places/)
  })

  it('give the part of a label, and a long table', () => {
    const { mrr } = lens.arrays
    const part = sliceOf(mrr!, { layer: '1' })
    expect(part).toEqual({
      dims: ['target', 'position'],
      coords: [
        ['v1', 'answer'],
        ['a', 'b', 'c']
      ],
      values: [0.4, 0.5, 0.6, 1, 1, 1]
    })
    expect(sliceOf(mrr!, { target: 'answer', position: 'b' }).values).toEqual([0, 1])
    expect(() => sliceOf(mrr!, { layer: '7' })).toThrow(/layer has no 7/)
    const { head, rows } = longTable(part)
    expect(head).toEqual(['target', 'position', 'value'])
    expect(rows[4]).toEqual(['answer', 'b', 1])
  })
})

describe('figures of answers', () => {
  it('have a panel per target, layers upwards, every value at its place', () => {
    const figure = inspectFigure(lens)
    expect(figure.panels.map(({ title }) => title)).toEqual(['MRR of v1', 'MRR of answer'])
    const { cells, range, ramp } = cellsOf(lens)
    expect([range, ramp]).toEqual([[0, 1], 'sequential'])
    expect(cells.find(({ x, y }) => x === 2 && y === 0)).toMatchObject({ value: 0.3, text: '0.30' })
    expect(cells.find(({ x, y }) => x === 0 && y === 1)).toMatchObject({ value: 0.4 })
    expect(figure.panels[0]!.y.ticks.map(({ label }) => label)).toEqual(['0', '1'])
  })

  it('of a change subtract, on one scale, and of other labels show nothing', () => {
    const before = answer(
      { job: 'logit-lens', probes },
      { mrr: { ...lens.arrays['mrr']!, values: lens.arrays['mrr']!.values.map(() => 0.5) } },
      { step: 4 }
    )
    const { cells, range, ramp } = cellsOf(lens, 0, before)
    expect([range, ramp]).toEqual([[-1, 1], 'diverging'])
    expect(cells[0]!.value).toBeCloseTo(-0.4, 12)
    const other = answer({ job: 'logit-lens', probes }, { mrr: labelled({ target: ['v1'] }, [1]) })
    expect(inspectFigure(lens, { minus: other }).panels).toEqual([])
  })

  it('of attention show one layer, the first query at the top', () => {
    const attention = answer(
      { job: 'attention', probes },
      {
        attention: labelled(
          { layer: [1, 2], head: [1], query: ['a', 'b'], key: ['a', 'b'] },
          [1, 0, 0.5, 0.5, 1, 0, 0.25, 0.75]
        )
      }
    )
    expect(layersOf(attention)).toEqual(['1', '2'])
    const figure = inspectFigure(attention, { layer: '2' })
    expect(figure.panels.map(({ title }) => title)).toEqual(['layer 2, head 1'])
    expect(figure.panels[0]!.y.ticks.map(({ label }) => label)).toEqual(['b', 'a'])
    const { cells } = figure.panels[0]!.layers[0] as CellLayer
    expect(cells.find(({ x, y }) => x === 1 && y === 0)?.value).toBe(0.75)
    expect(cells.find(({ x, y }) => x === 0 && y === 1)?.value).toBe(1)
  })

  it('of a trace say the interval of every cell', () => {
    const dims = { change: ['e1'], layer: [0, 1] }
    const traced = answer(
      { job: 'causal-trace', probes },
      {
        strength: labelled(dims, [0.5, 0]),
        low: labelled(dims, [0.4, 0]),
        high: labelled(dims, [0.6, 0.1])
      }
    )
    const { cells } = cellsOf(traced)
    expect(cells[0]!.title).toBe('change e1, layer 0: 0.50 (95 % interval 0.40 to 0.60)')
    expect(cells.map(({ x, y }) => [x, y])).toEqual([
      [0, 0],
      [0, 1]
    ])
  })

  it('of weights show what share of each parameter lies where, a line per block', () => {
    const weights = answer(
      { job: 'weights' },
      {
        histogram: labelled(
          { parameter: ['wte', 'h.0.w', 'h.1.w'], part: ['-0.5', '0.5'] },
          [1, 3, 10, 10, 0, 4]
        )
      }
    )
    const { panels, legend } = inspectFigure(weights)
    expect(panels.map(({ title }) => title)).toEqual(['wte', 'h.w'])
    expect(panels[1]!.layers).toMatchObject([
      {
        label: 'h.0.w',
        of: 'block 0',
        points: [
          [-0.5, 50],
          [0.5, 50]
        ]
      },
      {
        label: 'h.1.w',
        of: 'block 1',
        points: [
          [-0.5, 0],
          [0.5, 100]
        ]
      }
    ])
    expect(panels[0]!.layers).toMatchObject([
      {
        points: [
          [-0.5, 25],
          [0.5, 75]
        ]
      }
    ])
    expect(legend.map(({ label }) => label)).toEqual(['block 0', 'block 1'])
    // Two checkpoints have bins of other widths: a difference of their counts would mean nothing.
    expect(inspectFigure(weights, { minus: { ...weights, step: 4 } }).panels).toEqual([])
  })

  it('can be drawn on paper', () => {
    const svg = writeSvg(drawFigure(inspectFigure(lens), FigureSettings.parse({})))
    expect(svg).toContain('MRR of answer')
    expect(svg).toContain('0.30')
  })
})

describe('exported answers', () => {
  const [json] = exportInspection(lens, 'json')
  const text = (chunks: Uint8Array[]): string => Buffer.concat(chunks).toString('utf8')

  it('are whole as JSON, long as CSV', () => {
    expect(JSON.parse(new TextDecoder().decode(json))).toEqual(lens)
    const csv = text(exportInspection(lens, 'csv'))
    expect(csv.split('\n').slice(0, 2)).toEqual(['target,layer,position,value', 'v1,0,a,0.1'])
    expect(csv.trimEnd().split('\n')).toHaveLength(13)
  })

  it('keep names, shapes and labels as safetensors, null as NaN', () => {
    const holed = answer(
      { job: 'fourier' },
      { logits: { dims: ['frequency'], coords: [['1', '2']], values: [1.5, null] } }
    )
    const bytes = Buffer.concat(exportInspection(holed, 'safetensors'))
    const { tensors, metadata } = readSafetensors(bytes, 'export')
    expect(tensors.get('logits')).toEqual({ shape: [2], values: Float32Array.of(1.5, NaN) })
    expect(JSON.parse(metadata['logits']!)).toEqual({ dims: ['frequency'], coords: [['1', '2']] })
    expect(JSON.parse(metadata['grokscope']!)).toMatchObject({
      step: 10,
      query: { job: 'fourier' }
    })
  })

  it('of rows are tables; quotes and commas survive', () => {
    const rows = answer(
      { job: 'weights' },
      {},
      {
        rows: [
          { a: 'x, "y"', b: null },
          { a: 1, b: true }
        ]
      }
    )
    expect(exportNames(rows)).toEqual(['rows'])
    expect(text(exportInspection(rows, 'csv'))).toBe('a,b\n"x, ""y""",\n1,true\n')
  })

  it('ask which array where there are several, and refuse what is not there', () => {
    const two = { ...lens, arrays: { ...lens.arrays, other: lens.arrays['mrr']! } }
    expect(() => exportInspection(two, 'csv')).toThrow(/has several/)
    expect(() => exportInspection(two, 'csv', 'mmr')).toThrow(/no array "mmr"/)
    expect(() => exportInspection(two, 'xlsx')).toThrow(/no format/)
  })
})
