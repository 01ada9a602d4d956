import { describe, expect, test } from 'vitest'
import { DatasetSummary } from '@shared/contract'
import type { Dataset } from '../../../src/main/datasets/dataset'
import { buildDataset, summarize } from '../../../src/main/datasets/index'
import { comparisonConfig, tiny } from '../../support/comparison'
import { referenceComparison } from '../../support/reference/comparison'

const seed = 42
const firstComparison = 60 // after the atomic facts of `tiny`
const T = 6
const K = 2

/** Summarizes the small data set after a change to its rows. */
function summarizeChanged(change: (dataset: Dataset) => void): DatasetSummary {
  const dataset = buildDataset(tiny, seed)
  change(dataset)
  return summarize(dataset, tiny)
}

const violations = ({ leaks }: DatasetSummary, check: RegExp): number =>
  leaks.find((leak) => check.test(leak.check))!.violations

/** Copies row `from` of one split over row `to` of the training set. */
function copyIntoTrain(dataset: Dataset, split: string, from: number, to: number): void {
  const source = dataset.splits[split]!
  const { train } = dataset
  train.tokens.set(source.tokens.subarray(from * T, (from + 1) * T), to * T)
  train.positions.set(source.positions.subarray(from * K, (from + 1) * K), to * K)
  train.labels.set(source.labels.subarray(from * K, (from + 1) * K), to * K)
}

describe('a sound data set', () => {
  const summary = summarize(buildDataset(tiny, seed), tiny)
  const reference = referenceComparison(tiny, seed)

  test('is what the contract says', () => {
    expect(DatasetSummary.parse(summary)).toEqual(summary)
    expect(summary).toMatchObject({
      hash: reference.hash,
      vocabularySize: 44,
      contextLength: 6,
      trainExamples: 156
    })
  })

  test('lists every number of facts', () => {
    expect(Object.fromEntries(summary.counts.map(({ name, count }) => [name, count]))).toEqual({
      id_atomic: 48,
      ood_atomic: 12,
      train_inferred: 96,
      train: 156,
      id_pairs: 720,
      train_pool: reference.trainPool.length,
      iid_pool: reference.iidPool.length,
      ood_pool: 36,
      mixed_pairs: 384 // 3 attributes x 16 x 4 x 2 orders
    })
  })

  test('gives the classes of each split of comparisons', () => {
    for (const { name, probes, classes } of summary.splits) {
      const rows = reference.splits[name]!
      expect(probes).toBe(rows.length)
      if (!name.includes('inferred')) {
        expect(classes).toBeUndefined()
        continue
      }
      const share = (label: number): number =>
        rows.filter((row) => row.targets[0]!.endsWith(`_${label}>`)).length / rows.length
      expect(classes).toEqual({ '<': share(0), '=': share(1), '>': share(2) })
    }
  })

  test('shows rows as they are fed, without padding and with the last target', () => {
    const shown = summary.examples.filter(({ split }) => split === 'id_atomic')
    const row = reference.splits['id_atomic']![0]!
    expect(shown).toHaveLength(3)
    expect(shown[0]).toEqual({
      split: 'id_atomic',
      tokens: [...row.tokens.slice(0, 3), '</a>'],
      targets: [2, 3]
    })
    const comparison = summary.examples.find(({ split }) => split === 'test_inferred_ood')!
    expect(comparison.tokens).toEqual([
      ...reference.splits['test_inferred_ood']![0]!.tokens,
      '</a>'
    ])
    expect(comparison.targets).toEqual([5, 6])
  })

  test('without the end token shows the answer last', () => {
    const config = { ...tiny, endTarget: false }
    const { examples } = summarize(buildDataset(config, seed), config)
    expect(examples.find(({ split }) => split === 'train_inferred')!.targets).toEqual([5])
    expect(examples.find(({ split }) => split === 'ood_atomic')!.tokens).toHaveLength(3)
  })

  test('has no leak, at the full study too', () => {
    expect(summary.leaks.every(({ violations }) => violations === 0)).toBe(true)
    const full = comparisonConfig()
    const { leaks } = summarize(buildDataset(full, 1), full)
    expect(leaks).toHaveLength(6)
    expect(leaks.every(({ violations }) => violations === 0)).toBe(true)
  })
})

describe('a leak is found', () => {
  test('when a held-out pair is trained on', () => {
    const leaky = summarizeChanged((d) => copyIntoTrain(d, 'test_inferred_iid', 0, firstComparison))
    expect(violations(leaky, /Test pairs seen/)).toBe(1)
  })

  test('when its mirror is trained on', () => {
    const leaky = summarizeChanged((d) => {
      copyIntoTrain(d, 'test_inferred_iid', 0, firstComparison)
      const at = firstComparison * T
      const e1 = d.train.tokens[at + 2]!
      d.train.tokens[at + 2] = d.train.tokens[at + 4]!
      d.train.tokens[at + 4] = e1
    })
    expect(violations(leaky, /Test pairs seen/)).toBe(1)
  })

  test('when OOD entities are compared in training', () => {
    const leaky = summarizeChanged((d) => copyIntoTrain(d, 'test_inferred_ood', 0, firstComparison))
    expect(violations(leaky, /Training comparisons with an OOD entity/)).toBe(1)
    expect(violations(leaky, /Test pairs seen/)).toBe(1)
  })

  test('when an ID and an OOD entity are compared, in training or in a probe', () => {
    const mix = (d: Dataset, into: 'train' | 'test_inferred_ood', row: number): void => {
      const examples = into === 'train' ? d.train : d.splits[into]!
      const a = examples.tokens[row * T]!
      const oodRow = Array.from({ length: 12 }, (_, i) => 48 + i).find(
        (i) => d.train.tokens[i * T + 1] === a
      )!
      const idRow = Array.from({ length: 48 }, (_, i) => i).find(
        (i) => d.train.tokens[i * T + 1] === a
      )!
      examples.tokens[row * T + 2] = d.train.tokens[oodRow * T]!
      examples.tokens[row * T + 4] = d.train.tokens[idRow * T]!
    }
    expect(
      violations(
        summarizeChanged((d) => mix(d, 'train', firstComparison)),
        /one ID and one OOD/
      )
    ).toBe(1)
    expect(
      violations(
        summarizeChanged((d) => mix(d, 'test_inferred_ood', 0)),
        /one ID and one OOD/
      )
    ).toBe(1)
  })

  test('when an IID probe sits among the OOD probes', () => {
    const leaky = summarizeChanged((d) => {
      const { test_inferred_iid: iid, test_inferred_ood: ood } = d.splits
      ood!.tokens.set(iid!.tokens.subarray(0, T))
    })
    expect(violations(leaky, /in the wrong split/)).toBe(1)
  })

  test('when a comparison occurs twice', () => {
    const leaky = summarizeChanged(({ train }) => {
      const row = train.tokens.slice(firstComparison * T, (firstComparison + 1) * T)
      train.tokens.set(row, (firstComparison + 50) * T)
    })
    expect(violations(leaky, /occur twice/)).toBe(1)
  })

  test('when a label contradicts the values', () => {
    const leaky = summarizeChanged(({ train }) => {
      const at = firstComparison * K
      const first = train.labels[at]! - ((train.labels[at]! - 34) % 3) // label 0 of the attribute
      train.labels[at] = first + ((train.labels[at]! - first + 1) % 3)
    })
    expect(violations(leaky, /contradict/)).toBe(1)
  })

  test('when a token or a target is outside the vocabulary', () => {
    const leaky = summarizeChanged((d) => {
      d.train.tokens[3] = 44
      d.splits['ood_atomic']!.labels[0] = -1
    })
    expect(violations(leaky, /outside the vocabulary/)).toBe(2)
  })
})
