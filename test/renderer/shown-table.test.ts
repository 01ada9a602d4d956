/** The runs table as data: what is on the page, cell by cell, numbers as numbers where nothing is lost by it. */
import { describe, expect, it } from 'vitest'
import { columnsOf } from '@shared/columns'
import { groupValue } from '@shared/group-values'
import { View } from '@shared/view'
import { shownTable, type ShownRow } from '../../src/renderer/src/shown-table'
import { risenAt, runRow } from '../support/run-rows'

const now = Date.UTC(2026, 0, 2)
const columns = columnsOf(
  View.parse({
    columns: [
      ...[{ id: 'name' }, { id: 'state' }, { id: 'progress' }, { id: 'config:model.nLayer' }],
      ...[{ id: 'metric:accuracy/@ood' }, { id: 'event:generalised' }, { id: 'created' }]
    ]
  }),
  []
)
const steps = Array.from({ length: 20 }, (_, i) => 100 * (i + 1))
const run = (name: string, ood: number, at: number | null) =>
  runRow(
    name,
    { model: { family: 'gpt2', nLayer: 2 } },
    {
      ...{ createdAt: Date.UTC(2026, 0, 1), step: 2000, steps: 30_000 },
      last: { 'accuracy/test_inferred_ood': ood },
      milestones: risenAt(steps, { train: 100, iid: 100, ood: at })
    }
  )
const table = (rows: readonly ShownRow[], query = '', foldBy: readonly string[] = []) =>
  shownTable(
    {
      ...{ rows, columns, query, foldBy },
      value: ({ field }, of) => field.of(of, now),
      groupValue: ({ field }, of) =>
        groupValue(
          field,
          of.map((one) => field.of(one, now))
        ),
      step: (of) => of.step
    },
    now
  )
const single = (of: ReturnType<typeof run>, inGroup = false): ShownRow => ({
  ...{ kind: 'run', run: of, inGroup }
})

describe('the shown table', () => {
  const [a, b] = [run('mini, seed 1', 0.98765432, 1000), run('mini, seed 2', 0.5, null)]

  it('keeps rows and columns in their order, and numbers unrounded', () => {
    const { columns: heads, rows } = table([single(b), single(a)])
    expect(heads.map(({ label }) => label)).toEqual(columns.map(({ label }) => label))
    expect(heads.map(({ type }) => type)).toEqual([
      ...['text', 'text', 'text', 'number', 'number', 'text', 'text']
    ])
    expect(heads[4]).toMatchObject({ name: 'metric:accuracy/@ood', best: 'highest' })
    expect(rows).toEqual([
      ['mini, seed 2', 'finished', '2,000/30k', 2, 0.5, '> 2,000', '2026-01-01T00:00:00.000Z'],
      ['mini, seed 1', 'finished', '2,000/30k', 2, 0.98765432, '1,000', '2026-01-01T00:00:00.000Z']
    ])
  })

  it('has events as numbers where all were reached', () => {
    const { columns: heads, rows } = table([single(a)])
    expect([heads[5]!.type, rows[0]![5]]).toEqual(['number', 1000])
  })

  it('folds what is folded, counts each run once, and says how they were found', () => {
    const group: ShownRow = { kind: 'group', runs: [a, b], open: true }
    const { caption, rows } = table([group, single(a, true), single(b, true)], 'ood > .1')
    expect(rows).toHaveLength(3)
    expect(rows[0]![0]).toBe('mini (2 seeds)')
    // Mean and sample standard deviation of 0.98765432 and 0.5, by hand.
    expect(rows[0]![4]).toBe('0.744 ± 0.345')
    expect(rows[0]![5]).toBe('1 of 2 reached')
    expect(caption).toContain('2 runs found by ood > .1; seeds of one config in one row')
  })

  it('names groups by the settings that they agree in, and counts values that not all have', () => {
    const lacking = { ...run('mini, seed 3', 0.5, null), last: {} }
    const group: ShownRow = { kind: 'group', runs: [a, b, lacking], open: false }
    const { caption, rows } = table([group], '', ['model.nLayer', 'model.family'])
    expect(rows[0]![0]).toBe('Layers 2, Family GPT-2 (3 runs)')
    expect(rows[0]![4]).toBe('0.744 ± 0.345 (n 2)')
    expect(caption).toContain('runs that agree in Layers, Family in one row')
  })
})
