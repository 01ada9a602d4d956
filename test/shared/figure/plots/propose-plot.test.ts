import { describe, expect, it } from 'vitest'
import type { RunConfigInput } from '@shared/config'
import type { RunRow } from '@shared/contract'
import { proposePlot, type PlotChoice } from '@shared/figure/plots/propose-plot'
import { View, type PlotsView } from '@shared/view'
import { risenAt, runRow } from '../../../support/run-rows'

const usual = View.parse({}).plots
const steps = [0, 100, 200, 300, 400, 500, 600]
const run = (input: RunConfigInput, i: number, ood: number | null = 300): RunRow =>
  runRow(`r${i}`, input, { milestones: risenAt(steps, { train: 100, iid: 200, ood }) })
const propose = (inputs: readonly RunConfigInput[], view: Partial<PlotsView> = {}): PlotChoice =>
  proposePlot(
    inputs.map((input, i) => run(input, i)),
    { ...usual, ...view }
  )
const entities = (n: number): RunConfigInput => ({ dataset: { kind: 'comparison', entities: n } })

describe('the proposed plot', () => {
  it('is the spread of seeds where nothing else differs', () => {
    expect(propose([{ seed: 1 }, { seed: 2 }])).toMatchObject({
      kind: 'strip',
      y: { id: 'event:generalised' }
    })
  })

  it('is a strip over few values of one setting, a scatter plot over many numbers', () => {
    const few = propose([entities(100), entities(200), { ...entities(200), seed: 1 }])
    expect(few).toMatchObject({ kind: 'strip', x: { id: 'config:dataset.entities' } })
    const many = propose([50, 100, 200, 400, 800].map(entities))
    expect(many).toMatchObject({ kind: 'scatter', x: { id: 'config:dataset.entities' } })
    const families = propose([
      { model: { family: 'gpt2', tieHead: false } },
      { model: { family: 'llama' } }
    ])
    expect(families).toMatchObject({ kind: 'strip', x: { id: 'config:model.family' } })
  })

  it('is a heat map over two settings that form a grid, else a scatter plot with one as colour', () => {
    const of = (n: number, decay: number): RunConfigInput => ({
      ...entities(n),
      optimizer: { weightDecay: decay }
    })
    const grid = [of(100, 0.1), of(100, 1), of(200, 0.1), of(200, 1)]
    expect(propose(grid)).toMatchObject({
      kind: 'heat',
      x: { id: 'config:dataset.entities' },
      y: { id: 'config:optimizer.weightDecay' },
      color: { id: 'event:generalised' }
    })
    const path = [of(100, 0.1), of(200, 0.2), of(300, 0.3), of(400, 0.4)]
    expect(propose(path)).toMatchObject({
      kind: 'scatter',
      color: { id: 'config:optimizer.weightDecay' }
    })
  })

  it('is parallel coordinates over more settings, with results as the last axes', () => {
    const { kind, axes } = propose([
      {},
      { ...entities(100), batchSize: 64, optimizer: { weightDecay: 1 } }
    ])
    expect(kind).toBe('parallel')
    expect(axes.map(({ id }) => id)).toEqual([
      'config:dataset.entities',
      'config:optimizer.weightDecay',
      'config:batchSize',
      'metric:accuracy/@ood',
      'event:generalised'
    ])
  })

  it('shows accuracy as long as no run has generalised', () => {
    const runs = [run(entities(100), 0, null), run(entities(200), 1, null)]
    expect(proposePlot(runs, usual).y).toEqual({ id: 'metric:accuracy/@ood' })
  })

  it('keeps whatever was chosen', () => {
    const chosen = {
      kind: 'scatter' as const,
      x: { id: 'parameters' },
      color: { id: 'metric:batchLoss', at: 'best' as const }
    }
    expect(propose([entities(100), entities(200)], chosen)).toMatchObject(chosen)
  })

  it('never sets a setting against itself in a heat map', () => {
    const runs = [
      { model: { family: 'gpt2' as const, tieHead: false } },
      { model: { family: 'llama' as const }, ...entities(100) }
    ]
    for (const id of ['config:dataset.entities', 'config:model.family', 'config:seed']) {
      const found = propose(runs, { kind: 'heat', x: { id } })
      expect(found.y.id).not.toBe(found.x.id)
    }
  })

  it('has an answer for every kind, and without runs', () => {
    for (const kind of ['scatter', 'strip', 'heat', 'parallel'] as const) {
      const found = propose([entities(100), entities(200)], { kind })
      expect(found.kind).toBe(kind)
      if (kind === 'heat') expect(found.color).toEqual({ id: 'event:generalised' })
      expect(found.axes.length).toBeGreaterThan(1)
    }
    expect(proposePlot([], usual).kind).toBe('strip')
  })
})
