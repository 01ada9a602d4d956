import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RunConfig } from '@shared/config'
import type { UserError } from '@shared/errors'
import type { StudyInput } from '@shared/study'
import { planAxes } from '@shared/study-axes'
import { parseStudy } from '@shared/study-input'
import { planStudy, type PlanHost, type StudyPlan } from '@shared/study-plan'

const host: PlanHost = {
  preset: (name) => (name === 'mini' ? { dataset: { entities: 100, phi: 2 } } : undefined),
  hash: (config: RunConfig) => JSON.stringify(config)
}
const study = (axes: StudyInput['axes'], more: Partial<StudyInput> = {}): StudyInput => ({
  ...{ name: 'test', title: 'Test', base: 'mini', axes },
  ...more
})
const plan = (input: unknown): StudyPlan => planStudy(parseStudy(input), host)
const seeds = { kind: 'seeds' as const, seeds: [0, 1] }

function refusal(input: unknown): UserError {
  try {
    plan(input)
  } catch (error) {
    return error as UserError
  }
  throw new Error('was not refused')
}

describe('cells', () => {
  it('are all combinations, the first axis changing slowest', () => {
    const { cells, split } = plan(
      study([{ kind: 'values', path: 'model.nLayer', values: [2, 4] }, seeds])
    )
    expect(cells.map(({ key }) => key)).toEqual([
      'nLayer 2, seed 0',
      'nLayer 2, seed 1',
      'nLayer 4, seed 0',
      'nLayer 4, seed 1'
    ])
    expect(cells.map(({ config }) => [config!.model.nLayer, config!.seed])).toEqual([
      [2, 0],
      [2, 1],
      [4, 0],
      [4, 1]
    ])
    expect(cells[3]!.labels).toEqual({ nLayer: '4', seed: '1' })
    expect(split).toBe('test_inferred_ood')
  })

  it('without axes are the base itself, changed as the study says', () => {
    const { cells } = plan(study([], { set: { 'budget.steps': 77 } }))
    expect(cells).toHaveLength(1)
    expect(cells[0]!.config!.budget.steps).toBe(77)
    expect(cells[0]!.config!.dataset).toMatchObject({ entities: 100, phi: 2 })
  })

  it('may set several paths, and replace a whole group', () => {
    const { cells } = plan(
      study([
        {
          kind: 'settings',
          name: 'entities',
          points: [
            { label: '100', at: 100, set: { 'dataset.entities': 100, 'dataset.attributes': 40 } },
            { label: '200', at: 200, set: { 'dataset.entities': 200, 'dataset.attributes': 20 } }
          ]
        },
        {
          kind: 'settings',
          name: 'family',
          points: [
            { label: 'GPT-2', set: { model: { family: 'gpt2', nLayer: 2 } } },
            { label: 'Mamba', set: { model: { family: 'mamba', nLayer: 3 } } }
          ]
        }
      ])
    )
    expect(cells.map(({ key }) => key)).toEqual([
      'entities 100, GPT-2',
      'entities 100, Mamba',
      'entities 200, GPT-2',
      'entities 200, Mamba'
    ])
    expect(cells[3]!.config).toMatchObject({
      dataset: { entities: 200, attributes: 20 },
      model: { family: 'mamba', nLayer: 3 }
    })
  })

  it('that are not allowed say why and what would be, and cost the others nothing', () => {
    const { cells } = plan(study([{ kind: 'values', path: 'dataset.phi', values: [2, 900] }]))
    expect(cells[0]!.config).not.toBeNull()
    expect(cells[1]).toMatchObject({ config: null, hash: null })
    expect(cells[1]!.issues[0]).toMatchObject({ path: 'dataset.phi' })
    expect(cells[1]!.issues[0]!.nearest).toBeGreaterThan(2)
    expect(cells[1]!.issues[0]!.nearest).toBeLessThan(900)
    // The nearest setting is one that is allowed.
    const nearest = cells[1]!.issues[0]!.nearest
    const again = plan(study([{ kind: 'values', path: 'dataset.phi', values: [nearest] }]))
    expect(again.cells[0]!.config).not.toBeNull()
  })

  it('with one and the same config are run once', () => {
    const { cells } = plan(
      study([
        {
          kind: 'settings',
          name: 'depth',
          points: [
            { label: 'default', set: {} },
            { label: 'eight', set: { 'model.nLayer': 8 } }
          ]
        }
      ])
    )
    expect(cells.map(({ config }) => config !== null)).toEqual([true, false])
    expect(cells[1]!.issues[0]!.message).toBe('is the same config as the cell default')
  })

  it('keep their hash when axes grow or are added with the value that was there', () => {
    const small = plan(study([{ kind: 'values', path: 'model.nLayer', values: [2] }, seeds]))
    const large = plan(
      study([
        { kind: 'values', path: 'model.nLayer', values: [1, 2] },
        { kind: 'values', path: 'dataset.entities', values: [100, 200] },
        { ...seeds, seeds: [0, 1, 2] }
      ])
    )
    const known = new Set(large.cells.map(({ hash }) => hash))
    expect(small.cells.every(({ hash }) => known.has(hash))).toBe(true)
  })
})

describe('axes', () => {
  const points = (axis: NonNullable<StudyInput['axes']>[number]): unknown[] =>
    planAxes(parseStudy(study([axis])))[0]!.points.map(({ set }) => Object.values(set)[0])

  it('range over both ends, on either scale', () => {
    const path = 'optimizer.lr'
    expect(points({ kind: 'range', path, from: 1e-4, to: 1e-2, count: 3, scale: 'log' })).toEqual([
      1e-4, 1e-3, 1e-2
    ])
    expect(points({ kind: 'range', path, from: 0, to: 1, count: 5 })).toEqual([
      0, 0.25, 0.5, 0.75, 1
    ])
    expect(
      points({ kind: 'range', path, from: 10, to: 1000, count: 4, scale: 'log', integer: true })
    ).toEqual([10, 46, 215, 1000])
  })

  it('draw within their bounds, the same for a seed, and longer ones begin as shorter ones', () => {
    fc.assert(
      fc.property(
        fc.record({ seed: fc.nat(), count: fc.integer({ min: 1, max: 30 }), more: fc.nat(20) }),
        ({ seed, count, more }) => {
          const axis = {
            ...{ kind: 'random' as const, name: 'draw', seed },
            draws: {
              'optimizer.lr': { from: 1e-5, to: 1e-2, scale: 'log' as const },
              'model.nLayer': { values: [1, 2, 3] }
            }
          }
          const at = (n: number) => planAxes(parseStudy(study([{ ...axis, count: n }])))[0]!.points
          const long = at(count + more)
          expect(long.slice(0, count)).toEqual(at(count))
          for (const { set } of long) {
            expect(set['optimizer.lr']).toBeGreaterThanOrEqual(1e-5)
            expect(set['optimizer.lr']).toBeLessThanOrEqual(1e-2)
            expect([1, 2, 3]).toContain(set['model.nLayer'])
          }
        }
      ),
      { numRuns: 50 }
    )
  })
})

describe('a study that cannot be', () => {
  it.each<[string, unknown, string]>([
    ['of no form', { name: 'Big Name', title: '', base: 1 }, 'name'],
    [
      'with a log range through 0',
      study([{ kind: 'range', path: 'a', from: 0, to: 1, count: 2, scale: 'log' }]),
      'axes.0.scale'
    ],
    ['with a seed twice', study([{ kind: 'seeds', seeds: [1, 1] }]), 'axes.0.seeds'],
    ['with two axes of one name', study([seeds, seeds]), 'axes.1.name'],
    [
      'with too many cells',
      study([
        { kind: 'range', path: 'a', from: 0, to: 1, count: 200 },
        { kind: 'range', path: 'b', from: 0, to: 1, count: 200 }
      ]),
      'axes'
    ],
    [
      'that claims something of a point it has not',
      study([seeds], { claims: [{ sentence: 'x', axis: 'seed', first: '0', second: '9' }] }),
      'claims.0.second'
    ],
    [
      'that compares a point with itself',
      study([{ ...seeds, seeds: [0, 1] }], {
        claims: [{ sentence: 'x', axis: 'seed', first: '1', second: '1' }]
      }),
      'claims.0.second'
    ],
    [
      'that holds the axis that it compares',
      study([{ ...seeds, seeds: [0, 1] }], {
        claims: [{ sentence: 'x', axis: 'seed', first: '0', second: '1', where: { seed: '0' } }]
      }),
      'claims.0.where.seed'
    ]
  ])('%s is refused with the field', (_, input, path) => {
    const error = refusal(input)
    expect(error).toMatchObject({ code: 'study.invalid' })
    expect(error.issues.map((issue) => issue.path)).toContain(path)
  })

  it('because its base is no preset says so', () => {
    expect(refusal(study([], { base: 'minni' }))).toMatchObject({ code: 'study.base' })
  })
})
