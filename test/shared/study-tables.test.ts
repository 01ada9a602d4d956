/** Tables of a study as files hold the words of the page. */
import { describe, expect, it } from 'vitest'
import { compareGroups } from '@shared/statistics/group-comparison'
import { groupResults, type CellResult } from '@shared/study-results'
import { cellTable, groupRows, groupTable, pairTable } from '@shared/study-tables'

const result = (family: string, seed: number, step: number, event: boolean): CellResult => ({
  cell: {
    ...{ key: `${family} ${seed}`, labels: { family, seed: String(seed) }, hash: 'h', issues: [] }
  },
  ...{ state: 'finished', run: null, memorisation: null, plateau: null, rise: null, delay: null },
  generalisation: event
    ? { state: 'reached', step, after: step - 100 }
    : { state: 'censored', at: step },
  lifetime: { step, event }
})
const results = [
  ...[1, 2, 3, 4].map((seed) => result('gpt2', seed, 1000 * seed, true)),
  ...[1, 2, 3, 4].map((seed) => result('mamba', seed, 20_000, false))
]
const groups = groupResults(results, ['family'])
const statistics = compareGroups(groups)

describe('tables of a study', () => {
  it('have a row per group, and bounds where a median is not reached', () => {
    const table = groupTable(groupRows(groups, statistics), statistics)
    expect(table.rows.map((row) => row.slice(0, 5))).toEqual([
      ['gpt2', 4, 4, 0, '2,000'],
      ['mamba', 4, 0, 0, '> 20,000']
    ])
    expect(table.caption).toContain('Log-rank test over all groups')
  })

  it('have a row per pair', () => {
    const { columns, rows } = pairTable(statistics)
    expect(rows).toHaveLength(1)
    expect(rows[0]).toHaveLength(columns.length)
    expect(rows[0]![0]).toBe('mamba against gpt2')
    // All four of one group before any of the other: the p value is small.
    expect(Number(rows[0]![1])).toBeLessThan(0.05)
  })

  it('have a row per selected cell', () => {
    const table = cellTable(results.slice(3, 5), 'Architectures')
    expect(table.rows.map(([cell, state, , , generalised]) => [cell, state, generalised])).toEqual([
      ['gpt2 4', 'finished', '4,000'],
      ['mamba 1', 'finished', '> 20,000']
    ])
    expect(table.caption).toContain('Architectures: 2 cells')
  })
})
