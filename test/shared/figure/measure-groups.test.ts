import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isOfSplit, measureGroups, scaleOfValues } from '@shared/figure/measure-groups'

describe('groups of metrics', () => {
  it('hold every metric once, whatever it is called', () => {
    const word = fc.string({ minLength: 1, maxLength: 6 })
    const name = fc.array(word, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
    fc.assert(
      fc.property(fc.uniqueArray(name), (names) => {
        const groups = measureGroups(names)
        const held = groups.flatMap(({ metrics }) => metrics.map(({ name }) => name))
        expect(held.sort()).toEqual([...names].sort())
        expect(new Set(groups.map(({ key }) => key)).size).toBe(groups.length)
      })
    )
  })

  it('have a title even where a name has no words', () => {
    expect(measureGroups(['/ ', '/']).map(({ title }) => title)).toEqual([''])
  })

  it('are a measure over splits, a norm over parts, a number over layers', () => {
    const groups = measureGroups([
      ...['margin/test_inferred_ood', 'margin/train_inferred', 'weightNorm/mlp', 'weightNorm'],
      ...['logit-lens/mrr/v1/layer-10', 'logit-lens/mrr/v1/layer-9', 'updateRatio'],
      ...['excludedLoss', 'restrictedLoss']
    ])
    expect(
      groups.map(({ title, ofSplits, metrics }) => [
        ...[title, ofSplits],
        metrics.map(({ label }) => label)
      ])
    ).toEqual([
      ['Margin of the logits', true, ['test_inferred_ood', 'train_inferred']],
      ['Weight norm', false, ['all', 'mlp']],
      ['Logit lens mrr v1', false, ['layer 9', 'layer 10']],
      ['Update over weights', false, ['all']],
      ['Restricted and excluded loss', false, ['excluded loss', 'restricted loss']]
    ])
  })

  it('know a split by its last word alone', () => {
    expect(isOfSplit('margin/test')).toBe(true)
    expect(isOfSplit('test/margin')).toBe(false)
    expect(isOfSplit('logit-lens/mrr/v1/layer-1')).toBe(false)
  })
})

it('values more than ten times apart are drawn over decades, where all are positive', () => {
  const line = (...values: (number | null)[]) => values.map((value, x) => [x, value] as const)
  expect(scaleOfValues([line(1, 11)])).toBe('log')
  expect(scaleOfValues([line(1, null), line(11)])).toBe('log')
  expect(scaleOfValues([line(1, 9)])).toBe('linear')
  expect(scaleOfValues([line(0, 11)])).toBe('linear')
  expect(scaleOfValues([])).toBe('linear')
})
