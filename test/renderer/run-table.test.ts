import { describe, expect, it } from 'vitest'
import type { RunRow } from '@shared/contract'
import { parseRunConfig } from '@shared/config-input'
import { RunState } from '@shared/contract'
import { runActions } from '../../src/renderer/src/run-actions'
import { runDuration } from '@shared/run-fields'
import { datasetWords, modelWords } from '@shared/run-words'
import { columnAccuracy, onShelf, sortRuns } from '../../src/renderer/src/run-table'

function run(over: Partial<RunRow>): RunRow {
  return {
    id: 'a',
    name: 'mini',
    state: 'finished',
    error: null,
    config: {
      dataset: { kind: 'comparison', entities: 1000, attributes: 20, phi: 12.6 },
      model: { family: 'gpt2', nLayer: 8, dModel: 768, nHead: 12 }
    },
    configHash: 'h',
    preset: null,
    study: null,
    origin: null,
    priority: 0,
    queuedAt: null,
    createdAt: 0,
    startedAt: null,
    endedAt: null,
    step: 0,
    steps: 100,
    stepsPerEpoch: null,
    parameterCount: null,
    cost: null,
    pace: null,
    parent: null,
    datasetHash: null,
    engine: null,
    last: {},
    milestones: null,
    lastCheckpoint: null,
    checkpoints: 0,
    archived: false,
    trashed: false,
    tags: [],
    note: '',
    seedless: 's',
    color: 0,
    ...over
  }
}

const names = (runs: RunRow[]): string[] => runs.map((r) => r.name)

describe('the runs table', () => {
  it('says model and data set in a few words', () => {
    expect(modelWords(run({}))).toBe('GPT-2 8L 768d 12h')
    expect(datasetWords(run({}))).toBe('comparison 1000×20 φ 12.6')
    const words = (dataset: object, model: object = {}): string[] => {
      const configured = run({ config: parseRunConfig({ dataset, model }) })
      return [datasetWords(configured), modelWords(configured)]
    }
    expect(
      words({ kind: 'modular', modulus: 59, trainFraction: 0.4 }, { family: 'transformer1' })
    ).toEqual(['x+y mod 59, 40 %', 'Transformer without LayerNorm 1L 128d 4h'])
    expect(words({ kind: 'modular', operation: 'xy in S5' }, { family: 'mamba' })).toEqual([
      'xy in S5, 30 %',
      'Mamba 8L 768d'
    ])
    expect(words({ kind: 'in-context', contextShare: 0.125 })[0]).toBe(
      'in-context 12.5 %, 1000×20 φ 12.6'
    )
    expect(words({ kind: 'composition' })[0]).toBe('composition 2000×20 φ 9')
    expect(words({ kind: 'facts', path: 'C:\\data\\lakes.csv' })[0]).toBe('lakes.csv φ 12.6')
  })

  it('shows in one column what plays the same part in different data', () => {
    const comparison = run({
      last: { 'accuracy/test_inferred_ood': 0.2, 'accuracy/train_inferred': null }
    })
    const modular = run({
      config: { dataset: { kind: 'modular' } },
      last: { 'accuracy/train': 1, 'accuracy/test': 0.7, 'accuracy/train_inferred': 0.1 }
    })
    const inContextOnly = run({
      config: { dataset: { kind: 'in-context' } },
      last: { 'accuracy/test_context_iid': 0.6 }
    })
    const shown = (r: RunRow): unknown[] =>
      (['train', 'iid', 'ood'] as const).map((column) => {
        const found = columnAccuracy(r, column)
        return found && [found.split.name, found.value]
      })
    expect(shown(comparison)).toEqual([['train_inferred', null], null, ['test_inferred_ood', 0.2]])
    expect(shown(modular)).toEqual([['train', 1], null, ['test', 0.7]])
    expect(shown(inContextOnly)).toEqual([null, ['test_context_iid', 0.6], null])
    expect(
      sortRuns([comparison, modular, inContextOnly], { key: 'ood', descending: true }, 0)
    ).toEqual([modular, comparison, inContextOnly])
  })

  it('sorts numbers as numbers and keeps runs without a value last in both directions', () => {
    const runs = [
      run({ name: 'none' }),
      run({ name: 'low', last: { 'accuracy/test_inferred_ood': 0.2 } }),
      run({ name: 'high', last: { 'accuracy/test_inferred_ood': 0.9 } })
    ]
    const sorted = (descending: boolean): string[] =>
      names(sortRuns(runs, { key: 'ood', descending }, 0))
    expect(sorted(true)).toEqual(['high', 'low', 'none'])
    expect(sorted(false)).toEqual(['low', 'high', 'none'])
  })

  it('sorts names as people count, equals by newest first', () => {
    const runs = [
      run({ name: 'seed 10', createdAt: 1 }),
      run({ name: 'seed 2', createdAt: 2 }),
      run({ name: 'seed 2', createdAt: 3 })
    ]
    const sorted = sortRuns(runs, { key: 'name', descending: false }, 0)
    expect(sorted.map((r) => [r.name, r.createdAt])).toEqual([
      ['seed 2', 3],
      ['seed 2', 2],
      ['seed 10', 1]
    ])
  })

  it('does not change the list it was given', () => {
    const runs = [run({ name: 'b' }), run({ name: 'a' })]
    sortRuns(runs, { key: 'name', descending: false }, 0)
    expect(names(runs)).toEqual(['b', 'a'])
  })

  it('keeps archived and trashed runs on their own shelves', () => {
    expect(onShelf(run({}), 'current')).toBe(true)
    expect(onShelf(run({ archived: true }), 'current')).toBe(false)
    expect(onShelf(run({ archived: true }), 'archived')).toBe(true)
    expect(onShelf(run({ archived: true, trashed: true }), 'archived')).toBe(false)
    expect(onShelf(run({ archived: true, trashed: true }), 'trash')).toBe(true)
  })

  it('measures a run from its start to its end, or until now', () => {
    expect(runDuration(run({}), 50)).toBeUndefined()
    expect(runDuration(run({ startedAt: 10 }), 50)).toBe(40)
    expect(runDuration(run({ startedAt: 10, endedAt: 30 }), 50)).toBe(20)
  })
})

describe('what may be done to a run', () => {
  it('never offers pause and resume at once, nor to delete a run that is at work', () => {
    for (const state of RunState.options) {
      const actions = runActions({ state, trashed: false })
      expect(actions.pause && actions.resume).toBe(false)
      expect(actions.trash).toBe(!actions.stop)
    }
  })

  it('resumes what was interrupted, but nothing from the trash', () => {
    expect(runActions({ state: 'interrupted', trashed: false }).resume).toBe(true)
    expect(runActions({ state: 'interrupted', trashed: true }).resume).toBe(false)
    expect(runActions({ state: 'finished', trashed: false }).resume).toBe(false)
  })
})
