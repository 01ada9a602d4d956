import { describe, expect, it } from 'vitest'
import { groupValue, orderOfGroup } from '@shared/group-values'
import { fieldOfName, type FieldValue } from '@shared/run-fields'
import { onShelf, orderOf, sortBy } from '@shared/run-order'
import { runRow } from '../support/run-rows'

const sorted = (name: string, values: readonly FieldValue[], descending = false): FieldValue[] =>
  sortBy(
    values.map((value, i) => ({ value, i })),
    ({ value }) => orderOf(fieldOfName(name)!, value),
    descending,
    ({ i }) => i
  ).map(({ value }) => value)

const at = (value: number, censored = false): FieldValue => ({
  ...{ value, low: value, high: value, censored }
})

describe('the order of runs', () => {
  it('puts numbers as numbers, and what has no value last in both directions', () => {
    expect(sorted('ood', [0.9, undefined, 0.2, null])).toEqual([0.2, 0.9, null, undefined])
    expect(sorted('ood', [undefined, 0.2, 0.9], true)).toEqual([0.9, 0.2, undefined])
  })

  it('puts names as people count, equals by newest first', () => {
    expect(sorted('name', ['seed 10', 'seed 2', 'Seed 1'])).toEqual(['Seed 1', 'seed 2', 'seed 10'])
  })

  it('puts what is only known to be above right after what is', () => {
    const values = [at(2000, true), at(3000), at(2000), at(500)]
    expect(sorted('memorised', values)).toEqual([at(500), at(2000), at(2000, true), at(3000)])
  })

  it('puts states in the order in which they want attention', () => {
    expect(sorted('state', ['finished', 'failed', 'running'])).toEqual([
      'running',
      'failed',
      'finished'
    ])
  })

  it('does not change the list it was given', () => {
    const list = [3, 1, 2]
    expect(
      sortBy(
        list,
        (x) => x,
        false,
        () => 0
      )
    ).toEqual([1, 2, 3])
    expect(list).toEqual([3, 1, 2])
  })

  it('keeps archived and trashed runs on their own shelves', () => {
    const on = (over: object, shelf: 'current' | 'archived' | 'trash'): boolean =>
      onShelf(runRow('a', {}, over), shelf)
    expect(on({}, 'current')).toBe(true)
    expect(on({ archived: true }, 'current')).toBe(false)
    expect(on({ archived: true, trashed: true }, 'archived')).toBe(false)
    expect(on({ archived: true, trashed: true }, 'trash')).toBe(true)
  })
})

describe('the seeds of a config', () => {
  const ood = fieldOfName('ood')!
  const memorised = fieldOfName('memorised')!

  it('say their mean and spread, over those that have a number', () => {
    // Mean and sample standard deviation of 0.8, 0.9, 1.0 are 0.9 and 0.1.
    const value = groupValue(ood, [0.8, 0.9, 1, null])
    expect(value).toMatchObject({ kind: 'mean', n: 3 })
    expect(value.kind === 'mean' && value.mean).toBeCloseTo(0.9, 12)
    expect(value.kind === 'mean' && value.std).toBeCloseTo(0.1, 12)
  })

  it('never average over events that have not come', () => {
    const value = groupValue(memorised, [at(500), at(700), at(4000, true)])
    expect(value).toEqual({ kind: 'censored', n: 3, reached: 2, beyond: 4000 })
    expect(orderOfGroup(memorised, value)).toBeGreaterThan(4000)
    expect(groupValue(memorised, [at(500), at(700)])).toMatchObject({ kind: 'mean', mean: 600 })
  })

  it('say what they agree in, and how many ways they differ', () => {
    const state = fieldOfName('state')!
    expect(groupValue(state, ['finished', 'finished'])).toEqual({ kind: 'same', value: 'finished' })
    expect(groupValue(state, ['finished', 'failed'])).toEqual({ kind: 'mixed', different: 2 })
    expect(groupValue(ood, [undefined, undefined])).toEqual({ kind: 'same', value: undefined })
  })
})
