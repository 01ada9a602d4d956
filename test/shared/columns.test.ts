import { describe, expect, it } from 'vitest'
import {
  columnBands,
  columnKey,
  columnOfKey,
  columnsOf,
  differingSettings,
  usualColumns
} from '@shared/columns'
import { fieldOfColumn, fieldOfName, runFields } from '@shared/run-fields'
import { View } from '@shared/view'
import { runRow } from '../support/run-rows'

const keys = (input: object, differing: string[] = []): string[] =>
  columnsOf(View.parse(input), differing).map(({ key }) => key)

describe('columns', () => {
  it('are the usual ones until others are chosen, pinned ones first', () => {
    expect(keys({})).toEqual(usualColumns.map(columnKey))
    const columns = [{ id: 'state' }, { id: 'metric:accuracy/@ood', at: 'best', pinned: true }]
    expect(keys({ columns })).toEqual(['metric:accuracy/@ood@best', 'state'])
  })

  it('leave out what names nothing in this version', () => {
    expect(keys({ columns: [{ id: 'state' }, { id: 'config:model.hologram' }] })).toEqual(['state'])
  })

  it('have keys from which they come back', () => {
    for (const column of [
      { id: 'name' },
      { id: 'metric:accuracy/@ood' },
      { id: 'metric:accuracy/@ood', at: 'memorisation' as const },
      { id: 'metric:gradNorm', at: 12_000 }
    ]) {
      expect(columnOfKey(columnKey(column))).toEqual(column)
    }
  })

  it('show the settings in which runs differ, and no others, apart from metrics', () => {
    const runs = [
      runRow('a', { model: { family: 'gpt2', nLayer: 2 }, seed: 1 }),
      runRow('b', { model: { family: 'gpt2', nLayer: 4 }, seed: 2 })
    ]
    const paths = runFields.filter(({ id }) => id.startsWith('config:')).map(({ name }) => name)
    const differing = differingSettings(runs, paths)
    expect(differing).toEqual(['model.nLayer', 'seed'])
    const columns = [
      { id: 'name' },
      { id: 'config:model.dModel' },
      { id: 'metric:batchLoss' },
      { id: 'config:seed', width: 50 },
      { id: 'created' }
    ]
    expect(keys({ columns, onlyDifferences: true }, differing)).toEqual([
      'name',
      'config:model.nLayer',
      'config:seed',
      'metric:batchLoss',
      'created'
    ])
    // A run that has no such setting differs from one that has it.
    const mamba = runRow('m', { model: { family: 'mamba' }, seed: 1 })
    expect(differingSettings([runs[0]!, mamba], paths)).toContain('model.nHead')
  })
})

describe('fields', () => {
  it('have ids and names of their own, and are found by both', () => {
    for (const of of ['id', 'name'] as const) {
      expect(new Set(runFields.map((field) => field[of])).size).toBe(runFields.length)
    }
    for (const field of runFields) {
      expect(fieldOfColumn(field.id)).toBe(field)
      expect(fieldOfName(field.name)).toBe(field)
    }
    expect(fieldOfName('phi')?.name).toBe('dataset.phi')
    expect(fieldOfName('every')).toBeUndefined()
  })

  it('read what plays the same part in different data', () => {
    const ood = fieldOfName('ood')!
    const comparison = runRow('c', {}, { last: { 'accuracy/test_inferred_ood': 0.2 } })
    const modular = runRow(
      'm',
      { dataset: { kind: 'modular' } },
      { last: { 'accuracy/test': 0.7, 'accuracy/train': 1 } }
    )
    const inContext = runRow(
      'i',
      { dataset: { kind: 'in-context', contextShare: 1, atomicFacts: false } },
      { last: { 'accuracy/test_context_ood': null, 'accuracy/test_context_iid': 0.6 } }
    )
    expect([comparison, modular, inContext].map((run) => ood.of(run, 0))).toEqual([0.2, 0.7, null])
    const iid = fieldOfName('iid')!
    expect([modular, inContext].map((run) => iid.of(run, 0))).toEqual([undefined, 0.6])
  })

  it('measure a run from its start to its end, or until now', () => {
    const duration = fieldOfName('duration')!
    const of = (over: object): unknown => duration.of(runRow('a', {}, over), 50)
    expect(of({ startedAt: null, endedAt: null })).toBeUndefined()
    expect(of({ startedAt: 10, endedAt: null })).toBe(40)
    expect(of({ startedAt: 10, endedAt: 30 })).toBe(20)
  })
})

describe('bands of columns', () => {
  it('set the settings that differ apart from what runs are and came to', () => {
    const view = View.parse({ onlyDifferences: true })
    const bands = columnBands(columnsOf(view, ['model.nLayer', 'optimizer.lr']))
    expect(bands.map(({ kind, columns }) => [kind, columns.length])).toEqual([
      ['run', 1],
      ['run', 1],
      ['setting', 2],
      ['result', 5],
      ['run', 4]
    ])
    // The name is pinned, and its band stays in sight with it.
    expect(bands[0]!.columns.map(({ key }) => key)).toEqual(['name'])
    expect(columnBands([])).toEqual([])
  })
})
