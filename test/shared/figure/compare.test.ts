import { describe, expect, it } from 'vitest'
import type { RunRow } from '@shared/contract'
import type { CurveAnswer, CurvesAnswer } from '@shared/curves'
import { comparisonFigure, comparisonQuery } from '@shared/figure/compare/figure'
import { compareGroups } from '@shared/figure/compare/groups'
import { panelMetrics, panelsOf, panelTitle, possiblePanels } from '@shared/figure/compare/panels'
import { valuesAt } from '@shared/figure/compare/values'
import type { BandLayer, LineLayer } from '@shared/figure/figure'
import { runStyle } from '@shared/figure/run-styles'
import { linearScale } from '@shared/figure/scale'
import { CurvesView, Grouping } from '@shared/view'
import { risenAt, runRow } from '../../support/run-rows'

const run = (id: string, seed: number, nLayer = 2, shade = seed - 1): RunRow =>
  runRow(
    id,
    { dataset: { kind: 'comparison', values: 10 }, model: { family: 'gpt2', nLayer }, seed },
    {
      ...{ name: `L${nLayer}, seed ${seed}`, seedless: `layers ${nLayer}`, color: nLayer, shade },
      last: { 'accuracy/test_inferred_ood': 1, batchLoss: 2 }
    }
  )
const runs = [run('a', 1), run('b', 2), run('c', 1, 8)]
const grouping = Grouping.parse({})

describe('groups of runs', () => {
  it('are the runs themselves, each in the style that it has everywhere', () => {
    const groups = compareGroups(runs, null)
    expect(groups.map(({ key }) => key)).toEqual(['a', 'b', 'c'])
    expect(groups.map(({ style }) => style)).toEqual(runs.map(runStyle))
    // Whatever else is drawn.
    expect(compareGroups([runs[1]!], null)[0]!.style).toEqual(groups[1]!.style)
  })

  it('are seeds of one config, called by what the runs’ names have in common', () => {
    const groups = compareGroups(runs, grouping)
    expect(groups.map(({ label, runs }) => [label, runs.length])).toEqual([
      ['L2', 2],
      ['L8', 1]
    ])
  })

  it('are told apart by the settings asked for', () => {
    const groups = compareGroups(runs, { ...grouping, by: ['model.nLayer'] })
    expect(groups.map(({ label }) => label)).toEqual(['Layers 2', 'Layers 8'])
    const both = compareGroups(runs, { ...grouping, by: ['model.nLayer', 'seed'] })
    expect(both.map(({ label, runs: of }) => [label, of.length])).toEqual([
      ['Layers 2, Seed 1', 1],
      ['Layers 2, Seed 2', 1],
      ['Layers 8, Seed 1', 1]
    ])
    // Groups of one config would have one colour.
    expect(new Set(both.map(({ style }) => style.color)).size).toBe(3)
  })
})

describe('panels', () => {
  it('are those of the view, else the usual ones of which a run has something', () => {
    const usual = panelsOf(CurvesView.parse({}), runs).map(panelTitle)
    expect(usual).toEqual(['OOD accuracy', 'Batch loss'])
    const own = CurvesView.parse({ panels: [{ metric: 'lr' }] })
    expect(panelsOf(own, runs).map(panelTitle)).toEqual(['Learning rate'])
    expect(possiblePanels(runs).map(panelTitle)).toEqual(['OOD accuracy', 'Batch loss'])
  })

  it('can be of any metric, a part of the weights or a layer too', () => {
    const last = { weightNorm: 1, 'weightNorm/mlp': 1, 'logit-lens/mrr/v1/layer-2': 0.5 }
    const panels = possiblePanels([runRow('a', {}, { last })])
    expect(panels.flatMap((panel) => panelMetrics(panel).map(({ name }) => name))).toEqual(
      Object.keys(last)
    )
  })
})

const curve = (over: Partial<CurveAnswer>): CurveAnswer => ({
  ...{ metric: 0, group: 'layers 2', run: null, role: 'centre', total: 300 },
  ...{ x: [0, 10, 20], y: [0.1, 0.2, 0.3], low: [null, 0.1, 0.2], high: [null, 0.3, 0.4] },
  ...{ n: [1, 2, 2], smooth: null },
  ...over
})
const answer: CurvesAnswer = {
  extent: { range: [0, 20], least: 10 },
  leftOut: [],
  events: [],
  curves: [
    curve({ run: 'a', role: 'member', low: null, high: null, n: null }),
    curve({}),
    curve({ group: 'layers 8', y: [0.5, 0.6, 0.2], low: null, high: null, n: [1, 1, 1] }),
    curve({ metric: 1, group: 'layers 8', low: null, high: null, n: [1, 1, 1] })
  ]
}
const view = CurvesView.parse({
  group: {},
  panels: [{ metric: 'accuracy', splits: ['ood'] }, { metric: 'batchLoss' }]
})
const figure = (over: object = {}) =>
  comparisonFigure({
    ...{ view, panels: view.panels, groups: compareGroups(runs, grouping), answer },
    ...{ size: { width: 400, height: 240, columns: 2 } },
    ...over
  })

describe('the figure of a comparison', () => {
  it('asks for what its panels draw, in their order', () => {
    const query = comparisonQuery(view, view.panels, compareGroups(runs, grouping), 333.4)
    expect(query.metrics).toEqual(['accuracy/@ood', 'batchLoss'])
    expect(query.groups.map(({ runs }) => runs)).toEqual([['a', 'b'], ['c']])
    expect(query.statistics).toEqual({ centre: 'mean', band: 'ci95', members: true })
  })

  it('draws members faint and lowest, then bands, then centres', () => {
    const [panel] = figure().panels
    const drawn = panel!.layers.filter(
      (layer): layer is LineLayer | BandLayer => layer.kind === 'line' || layer.kind === 'band'
    )
    expect(drawn.map(({ kind, label }) => [kind, label])).toEqual([
      ['line', 'L2, seed 1'],
      ['band', 'L2'],
      ['line', 'L2'],
      ['line', 'L8']
    ])
    expect(drawn[0]).toMatchObject({ faint: true, of: 'a' })
    // Where one member is alone there is no spread to show.
    expect(drawn[1]!.points.map(([x]) => x)).toEqual([10, 20])
  })

  it('says what is drawn: statistics, n, points, and what stands at chance', () => {
    const [panel, loss] = figure().panels
    expect(panel!.notes).toEqual(['mean, 95 % t interval', 'n = 1 to 2', 'showing 9 of 900 points'])
    expect(panel!.layers.some(({ kind }) => kind === 'rule')).toBe(true)
    expect(loss!.layers.some(({ kind }) => kind === 'rule')).toBe(false)
    expect(figure().caption).toContain("2 groups of 3 runs: the mean over each group's seeds")
    expect(figure().caption).toContain('L2, n = 2 (seeds 1, 2); L8, n = 1 (seed 1)')
    const by = { ...view, group: { ...grouping, by: ['model.nLayer', 'model.family'] } }
    expect(figure({ view: by }).caption).toContain('the runs that agree in Layers and Family')
  })

  it('leaves out hidden groups, and lets one stand out', () => {
    const hidden = figure({ groups: compareGroups(runs, grouping).slice(1) })
    const labels = hidden.panels[0]!.layers.flatMap((l) => (l.kind === 'line' ? [l.label] : []))
    expect(labels).toEqual(['L8'])
    const lit = figure({ lit: 'layers 8' }).panels[0]!.layers
    expect(lit.filter((l) => l.kind === 'line' && !l.faint)).toMatchObject([{ label: 'L8' }])
  })

  it('keeps its axis while it is zoomed', () => {
    const zoomed = figure({ view: { ...view, zoom: [10, 20] } }).panels[0]!.x
    expect(zoomed.scale).toEqual(figure().panels[0]!.x.scale)
    expect(zoomed.domain).toEqual([1, Math.log10(20)])
  })
})

it('values at the cursor are recorded ones, the highest first', () => {
  const at = (x: number | null) =>
    valuesAt(answer, 0, x, linearScale).map(({ group, value, n }) => [group, value, n])
  expect(at(11)).toEqual([
    ['layers 8', 0.6, 1],
    ['layers 2', 0.2, 2]
  ])
  expect(at(null)[0]).toEqual(['layers 2', 0.3, 2])
})

describe('milestones under the curves', () => {
  const steps = [100, 200, 300, 400, 500, 600, 700, 800]
  const risen = (id: string, ood: number | null): RunRow => ({
    ...run(id, 1),
    milestones: risenAt(steps, { train: 100, iid: 200, ood })
  })
  const marked = (of: RunRow[], x: CurvesView['x'], events: CurvesAnswer['events']) => {
    const spec = CurvesView.parse({ x, xMetric: x === 'metric' ? 'weightNorm' : undefined })
    const [panel] = comparisonFigure({
      ...{ view: spec, panels: [{ metric: 'accuracy', splits: ['ood'] }] },
      ...{ groups: compareGroups(of, null), answer: { ...answer, curves: [], events } },
      size: { width: 400, height: 240, columns: 1 }
    }).panels
    const layer = panel!.layers.find((one) => one.kind === 'events')
    return { notes: panel!.notes.slice(1), ...(layer?.kind === 'events' && layer.marks) }
  }

  it('lie where the answer places them, with delays in steps', () => {
    const { ticks, brackets, notes } = marked([risen('a', 500)], 'time', [
      { run: 'a', step: 100, x: 3 },
      { run: 'a', step: 500, x: 20 }
    ])
    expect(ticks!.map(({ x }) => x)).toEqual([20])
    expect(brackets).toMatchObject([{ from: 3, to: 20, label: '400 steps' }])
    expect(notes).toEqual([])
    const censored = marked([risen('a', null)], 'step', [{ run: 'a', step: 100, x: 100 }])
    expect(censored.ticks).toEqual([])
    expect(censored.brackets).toMatchObject([{ from: 100, to: null, label: 'more than 700' }])
  })

  it('that have no place on the axis are left out, and counted', () => {
    const two = marked([risen('a', 500), risen('b', 600)], 'metric', [
      { run: 'a', step: 100, x: 30 },
      { run: 'a', step: 500, x: null },
      { run: 'b', step: 600, x: null }
    ])
    expect([two.ticks, two.brackets]).toEqual([[], []])
    expect(two.notes).toEqual([
      '2 milestones without a mark: weightNorm not recorded at their steps'
    ])
    // Newer than what was read: drawn with the next answer, and nothing is said.
    expect(marked([risen('a', 500)], 'step', [])).toMatchObject({ ticks: [], notes: [] })
  })
})
