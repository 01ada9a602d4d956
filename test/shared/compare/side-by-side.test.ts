import { describe, expect, it } from 'vitest'
import { findGround } from '@shared/compare/ground-findings'
import {
  compareSections,
  compareTable,
  compareText,
  type CompareSection
} from '@shared/compare/side-by-side'
import type { RunRow } from '@shared/contract'
import { risenAt, runRow } from '../../support/run-rows'

const steps = [0, 100, 200, 300, 400, 500, 600, 700, 800]
const run = (id: string, decay: number, ood: number | null, seed = 42): RunRow =>
  runRow(
    id,
    { seed, optimizer: { weightDecay: decay } },
    { milestones: risenAt(steps, { train: 100, iid: 200, ood }) }
  )
const sections = (
  runs: readonly RunRow[],
  baseline: string | null = null,
  library = runs
): CompareSection[] =>
  compareSections(runs, library, findGround(runs, new Set(['optimizer.weightDecay'])), baseline)
const rowOf = (all: readonly CompareSection[], key: string) =>
  all.flatMap(({ rows }) => rows).find((row) => row.key === key)!

describe('runs side by side', () => {
  const [a, b] = [run('a', 0.1, 600), run('b', 1, 300)]

  it('say what they are, where their settings part, and what they came to', () => {
    const found = sections([a, b])
    expect(found.map(({ key }) => key)).toEqual(['event', 'delay', 'plateau', 'settings', 'run'])
    expect(rowOf(found, 'optimizer.weightDecay')).toMatchObject({
      role: 'question',
      cells: [{ text: '0.1' }, { text: '1' }]
    })
    expect(rowOf(found, 'generalised/test_inferred_ood').cells).toEqual([
      { text: '600', note: 'after 500' },
      { text: '300', note: 'after 200', best: true }
    ])
    for (const { rows } of found) for (const { cells } of rows) expect(cells).toHaveLength(2)
  })

  it('give a censored run a lower bound, and never the mark of the best', () => {
    const found = sections([a, run('c', 3, null)])
    expect(rowOf(found, 'generalised/test_inferred_ood').cells).toEqual([
      { text: '600', note: 'after 500', best: true },
      { text: '> 800', note: 'not by the last evaluation' }
    ])
  })

  it('measure against the baseline, itself left out', () => {
    const cells = rowOf(sections([a, b], 'a'), 'generalised/test_inferred_ood').cells
    expect(cells[0]).not.toHaveProperty('seeds')
    expect(cells[1]).toMatchObject({ delta: '−300', seeds: 'one seed: no interval' })
  })

  it('look for the seeds of both configs in the whole library', () => {
    const library = [a, b, run('a2', 0.1, 500, 1), run('b2', 1, 400, 1), run('b3', 1, 300, 2)]
    const cells = rowOf(sections([a, b], 'a', library), 'generalised/test_inferred_ood').cells
    expect(cells[1]!.seeds).toMatch(/^seeds −217 \(−\d+ to .*\), n 3 and 2$/)
  })

  it('are copied as a table with everything that qualifies a value', () => {
    const text = compareText(['first', 'se\tcond'], sections([a, b], 'a'))
    const lines = text.split('\n')
    expect(lines[0]).toBe('\tfirst\tse cond')
    expect(lines).toContain(
      'Generalised, OOD\t600 (after 500)\t300 (after 200; best; −300 to the baseline; one seed: no interval)'
    )
    for (const line of lines.filter((l) => l.includes('\t')))
      expect(line.split('\t')).toHaveLength(3)
  })

  it('are a table for files, a column per run', () => {
    const found = sections([a, b])
    const { columns, rows } = compareTable(['first', 'second'], found, null)
    expect(columns.map(({ label }) => label)).toEqual(['', 'Property', 'first', 'second'])
    const { columns: twins } = compareTable(['mini, seed 1', 'mini, seed 1', 'φ 7.2'], [], null)
    // CSV and Parquet have no other place for the names of the runs.
    expect(twins.map(({ name }) => name)).toEqual([
      ...['section', 'property', 'mini_seed_1', 'mini_seed_1_2', 'φ_7.2']
    ])
    expect(rows).toHaveLength(found.reduce((sum, section) => sum + section.rows.length, 0))
    for (const row of rows) expect(row).toHaveLength(columns.length)
    expect(rows).toContainEqual(['Events (steps)', 'Memorised', '100 (after 0)', '100 (after 0)'])
  })
})
