import { describe, expect, it } from 'vitest'
import type { RunRow } from '@shared/contract'
import { drawPlot, placedColumns, plotFields } from '@shared/figure/plots/plot-figure'
import { plotField, plotRows } from '@shared/figure/plots/plot-quantities'
import { proposePlot, type PlotChoice } from '@shared/figure/plots/propose-plot'
import { View, type PlotColumn } from '@shared/view'
import { risenAt, runRow } from '../../../support/run-rows'

const steps = [0, 100, 200, 300, 400, 500, 600]
const runs: RunRow[] = [
  ...[50, 100, 200, 400].map((entities, i) =>
    runRow(
      `r${i}`,
      { dataset: { kind: 'comparison', entities }, seed: i },
      {
        milestones: risenAt(steps, { train: 100, iid: 200, ood: i === 3 ? null : 200 + 100 * i }),
        last: { 'accuracy/test_inferred_ood': 0.25 * (i + 1) }
      }
    )
  ),
  runRow('failed', { dataset: { kind: 'comparison', entities: 50 } }, { state: 'failed' })
]
const choice = (over: Partial<PlotChoice>): PlotChoice => ({
  ...proposePlot(runs, View.parse({}).plots),
  ...over
})
const valuesOf = (column: PlotColumn, placed = {}) => {
  const field = plotField(column)!
  return plotRows(runs, [field], placed, 0).map(({ values }) => values[field.quantity.id])
}

describe('columns as quantities', () => {
  it('take labels, units and scales from the fields they name', () => {
    expect(plotField({ id: 'config:dataset.entities' })!.quantity).toMatchObject({
      label: 'Entities',
      scale: 'log'
    })
    expect(plotField({ id: 'config:model.nLayer' })!.quantity.scale).toBe('linear')
    expect(plotField({ id: 'event:delay' })!.quantity).toMatchObject({
      label: 'Delay, steps',
      scale: 'log',
      event: true
    })
    expect(plotField({ id: 'metric:accuracy/@ood', at: 'best' })!.quantity).toMatchObject({
      label: 'Accuracy, OOD / test at best',
      fraction: true,
      scale: 'linear'
    })
    expect(plotField({ id: 'config:no.such' })).toBeNull()
  })

  it('read settings, metrics and events, the last as lower bounds where they have not come', () => {
    expect(valuesOf({ id: 'config:dataset.entities' })[0]).toEqual({
      ...{ kind: 'number', value: 50, censored: false },
      text: '50'
    })
    expect(valuesOf({ id: 'config:model.family' })[0]).toEqual({ kind: 'category', text: 'GPT-2' })
    expect(
      valuesOf({ id: 'metric:accuracy/@ood' }).map((v) => v?.kind === 'number' && v.value)
    ).toEqual([0.25, 0.5, 0.75, 1, false])
    const events = valuesOf({ id: 'event:generalised' })
    expect(events[0]).toMatchObject({ value: 200, censored: false, text: '200 (after 100)' })
    expect(events[3]).toMatchObject({ value: 600, censored: true, text: '> 600' })
    expect(events[4]).toBeNull()
  })

  it('take values elsewhere on a curve from what the server answered', () => {
    const column = { id: 'metric:accuracy/@ood', at: 300 }
    expect(placedColumns(plotFields(choice({ kind: 'scatter', y: column })))).toEqual([column])
    const placed = { 'metric:accuracy/@ood at 300': new Map([['r1', 0.125]]) }
    expect(valuesOf(column, placed).map((v) => v?.kind === 'number' && v.value)).toEqual([
      false,
      0.125,
      false,
      false,
      false
    ])
  })

  it('take an empty setting for a value of its own', () => {
    expect(valuesOf({ id: 'config:model.dMlp' })[0]).toEqual({
      kind: 'category',
      text: 'empty'
    })
  })
})

describe('the figure of a choice', () => {
  it('is drawn for each kind of plot', () => {
    const heat = { y: { id: 'config:seed' }, color: { id: 'event:generalised' } }
    for (const [kind, over] of Object.entries({ scatter: {}, strip: {}, heat, parallel: {} })) {
      const drawn = drawPlot(runs, choice({ kind: kind as PlotChoice['kind'], ...over }), {}, 0)!
      expect(drawn.figure.panels[0]!.layers.length, kind).toBeGreaterThan(0)
      expect(drawn.rows, kind).toHaveLength(runs.length)
      expect(drawn.places !== null, kind).toBe(kind === 'parallel')
    }
  })

  it('goes by the scale that was asked for', () => {
    const scaleOf = (xScale: 'log' | 'linear' | null) =>
      drawPlot(
        runs,
        choice({ kind: 'scatter', x: { id: 'config:dataset.entities' }, xScale }),
        {},
        0
      )!.figure.panels[0]!.x.scale.kind
    expect([scaleOf(null), scaleOf('linear')]).toEqual(['log', 'linear'])
  })

  it('takes the median where a share makes no sense', () => {
    const drawn = drawPlot(
      runs,
      choice({
        kind: 'heat',
        y: { id: 'config:seed' },
        color: { id: 'metric:accuracy/@ood' },
        statistic: 'share'
      }),
      {},
      0
    )!
    expect(drawn.figure.title).toMatch(/^Median of/)
  })

  it('is none where an axis names nothing', () => {
    expect(drawPlot(runs, choice({ kind: 'scatter', x: { id: 'gone' } }), {}, 0)).toBeNull()
    expect(drawPlot(runs, choice({ kind: 'parallel', axes: [{ id: 'gone' }] }), {}, 0)).toBeNull()
  })
})
