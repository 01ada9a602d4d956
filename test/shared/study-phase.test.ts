import { describe, expect, it } from 'vitest'
import { parseStudy } from '@shared/study-input'
import { edgeCells, phaseCells, type PhaseCell } from '@shared/study-phase'
import { planStudy, type StudyPlan } from '@shared/study-plan'
import { withFurtherSeeds } from '@shared/study-refine'
import type { CellResult } from '@shared/study-results'

const study = parseStudy({
  ...{ name: 'edge', title: 'Edge', base: {} },
  axes: [
    { kind: 'values', path: 'dataset.entities', values: [100, 200, 400, 800] },
    { kind: 'seeds', seeds: [1, 2] }
  ]
})
const plan: StudyPlan = planStudy(study, {
  preset: () => undefined,
  hash: (config) => JSON.stringify(config)
})

/** Steps of generalisation by entities and seed; null: not by step 1000. */
function results(steps: Record<string, (number | null)[]>): CellResult[] {
  return plan.cells.map((cell) => {
    const seeds = steps[cell.labels['entities']!]
    const step = seeds?.[Number(cell.labels['seed']) - 1]
    const lifetime = step === undefined ? null : { step: step ?? 1000, event: step !== null }
    return {
      ...{ cell, state: 'finished', run: null, memorisation: null, generalisation: null },
      ...{ delay: null, plateau: null, rise: null, lifetime }
    } as CellResult
  })
}
const entities = plan.axes[0]!
const shown = (cells: PhaseCell[]): unknown[] =>
  cells.map(({ x, value, censored, runs }) => [x, value, censored, runs])

describe('a phase diagram', () => {
  const found = results({ 100: [null, null], 200: [null, 900], 400: [500, 700], 800: [300] })

  it('has a cell per pair of points with its runs, and bounds where a median is not reached', () => {
    expect(shown(phaseCells(found, entities, null, 'generalised'))).toEqual([
      ['100', 0, false, 2],
      ['200', 0.5, false, 2],
      ['400', 1, false, 2],
      ['800', 1, false, 1]
    ])
    expect(shown(phaseCells(found, entities, null, 'median'))).toEqual([
      ['100', 1000, true, 2],
      ['200', 900, false, 2],
      ['400', 500, false, 2],
      ['800', 300, false, 1]
    ])
  })

  it('has its edge where neighbours or seeds disagree, fewest runs first', () => {
    const cells = phaseCells(found, entities, null, 'generalised')
    expect(edgeCells(cells, 4).map(({ x }) => x)).toEqual(['100', '200'])
    const clear = phaseCells(results({ 100: [null], 200: [5, 6] }), entities, null, 'generalised')
    expect(edgeCells(clear, 4).map(({ x }) => x)).toEqual(['100', '200'])
    const flat = phaseCells(results({ 100: [3], 200: [5] }), entities, null, 'generalised')
    expect(edgeCells(flat, 4)).toEqual([])
  })
})

describe('refining', () => {
  const edge = edgeCells(
    phaseCells(results({ 100: [null, null], 200: [5, 6] }), entities, null, 'generalised'),
    4
  )

  it('adds a seed to the cells at the edge and to no others, within the budget', () => {
    const host = { preset: () => undefined, hash: (config: unknown) => JSON.stringify(config) }
    const refined = withFurtherSeeds({ study, axes: plan.axes }, edge, 10)!
    expect(refined.keys).toEqual(['entities 100, seed 3', 'entities 200, seed 3'])
    const again = planStudy(parseStudy(refined.study), host)
    expect(again.cells).toHaveLength(10)
    expect(again.cells.slice(8).map(({ key }) => key)).toEqual(refined.keys)
    expect(again.cells[9]!.config).toMatchObject({ seed: 3, dataset: { entities: 200 } })
    expect(withFurtherSeeds({ study, axes: plan.axes }, edge, 1)!.keys).toHaveLength(1)
  })

  it('adds nothing without an edge or a budget', () => {
    expect(withFurtherSeeds({ study, axes: plan.axes }, [], 10)).toBeNull()
    expect(withFurtherSeeds({ study, axes: plan.axes }, edge, 0)).toBeNull()
  })
})
