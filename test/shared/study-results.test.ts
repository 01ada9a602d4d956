import { describe, expect, it } from 'vitest'
import type { RunRow } from '@shared/contract'
import { milestonesOf } from '@shared/milestones'
import { aggregate } from '@shared/statistics/aggregate'
import { compareGroups, holm } from '@shared/statistics/group-comparison'
import {
  cellResults,
  delayText,
  groupResults,
  stepText,
  type CellName,
  type CellResult
} from '@shared/study-results'

/** Evaluations every 100 steps up to `last`; each curve jumps to 1 at its step, or never. */
function milestones(memorised: number, generalised: number | null, last: number) {
  const curve = (at: number | null): [number, number][] =>
    Array.from({ length: last / 100 + 1 }, (_, i) => [
      100 * i,
      at !== null && 100 * i >= at ? 1 : 0.1
    ])
  return milestonesOf([
    { split: 'train', role: 'train', points: curve(memorised) },
    { split: 'test', role: 'test', points: curve(generalised) }
  ])
}

const run = (hash: string, over: Partial<RunRow>): RunRow =>
  ({
    ...{ id: `run ${hash}`, configHash: hash, study: { id: 's', cell: hash }, trashed: false },
    ...{ state: 'finished', step: 2000, steps: 2000, createdAt: 1, milestones: null },
    ...over
  }) as RunRow
const cell = (hash: string | null, labels: Record<string, string>): CellName => ({
  ...{ key: Object.values(labels).join(', '), labels, hash },
  issues: hash === null ? [{ path: 'a', message: 'is refused' }] : []
})
const cells = [
  cell('a', { decay: '0', seed: '1' }),
  cell('b', { decay: '0', seed: '2' }),
  cell('c', { decay: '1', seed: '1' }),
  cell('d', { decay: '1', seed: '2' }),
  cell(null, { decay: '9', seed: '1' })
]
const results = (runs: RunRow[]): CellResult[] => cellResults({ cells, split: 'test' }, 's', runs)

describe('results of cells', () => {
  const found = results([
    run('a', { milestones: milestones(200, null, 2000) }),
    run('b', { milestones: milestones(300, 1500, 2000), state: 'running', step: 1900 }),
    run('c', { milestones: milestones(200, 800, 2000) }),
    run('d', { milestones: milestones(200, 700, 1000), state: 'failed' }),
    run('a', { id: 'of another study', study: { id: 't', cell: 'a' } }),
    run('b', { id: 'in the trash', trashed: true })
  ])

  it('are those of the study alone, censored where the event has not come', () => {
    expect(found.map(({ state }) => state)).toEqual([
      ...['finished', 'running', 'finished', 'failed', 'refused']
    ])
    expect(found.map(({ lifetime }) => lifetime)).toEqual([
      { step: 2000, event: false },
      { step: 1500, event: true },
      { step: 800, event: true },
      null,
      null
    ])
    expect(found.map(({ generalisation }) => stepText(generalisation))).toEqual([
      ...['> 2,000', '1,500', '800', '700', '']
    ])
    expect(found.map(({ delay }) => delayText(delay))).toEqual([
      '> 1,800',
      '1,200',
      '600',
      '500',
      ''
    ])
  })

  it('of a cell with several runs are those of the one that says most', () => {
    const state = (runs: RunRow[]): unknown => results(runs)[0]!.run?.id
    const cut = run('a', { id: 'cut', state: 'interrupted', step: 900 })
    const again = run('a', { id: 'again', state: 'running', step: 10, createdAt: 2 })
    const done = run('a', { id: 'done', createdAt: 0 })
    expect(state([cut])).toBe('cut')
    expect(state([cut, again])).toBe('again')
    expect(state([cut, done, again])).toBe('done')
  })

  it('are grouped in the order of the plan, failures counted and left out of the curves', () => {
    const groups = groupResults(found, ['decay'])
    expect(groups.map(({ key, runs, events, failures }) => [key, runs, events, failures])).toEqual([
      ['0', 2, 1, 0],
      ['1', 1, 1, 1],
      ['9', 0, 0, 0]
    ])
    const { groups: curves, pairs, test } = compareGroups(groups)
    expect(curves.map(({ key }) => key)).toEqual(['0', '1'])
    expect(test!.df).toBe(1)
    expect(pairs).toHaveLength(1)
    expect(pairs[0]!.adjustedP).toBe(pairs[0]!.test!.p)
  })

  it('without axes are one group', () => {
    expect(groupResults(found, []).map(({ key }) => key)).toEqual(['all runs'])
    expect(aggregate(found.map(({ delay }) => delay?.steps ?? null))).toMatchObject({ n: 3 })
  })
})

describe("Holm's correction", () => {
  it('multiplies the k-th smallest by what is left, and never falls', () => {
    // The example of Holm's step-down over four tests, by hand.
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02])
    expect(holm([0.6, null, 0.9])).toEqual([1, null, 1])
  })
})
