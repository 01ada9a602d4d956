/** What tests of every kind of data set do. */
import { expect } from 'vitest'
import type { DatasetConfig } from '@shared/config'
import { DatasetSummary } from '@shared/contract'
import { UserError } from '@shared/errors'
import { splitsOf } from '@shared/splits'
import { decodeRow, type Dataset, type Examples } from '../../src/main/datasets/dataset'
import { buildDataset, datasetShape, summarize } from '../../src/main/datasets/index'
import type { Row } from './reference/rows'

export const rowsOf = (dataset: Dataset, examples: Examples): Row[] =>
  Array.from({ length: examples.count }, (_, i) => decodeRow(dataset, examples, i))

/** Builds, or gives undefined where the seed's own draw cannot meet the settings. */
export function tryBuild(config: DatasetConfig, seed: number): Dataset | undefined {
  try {
    return buildDataset(config, seed)
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

/** Every row, every split in order, vocabulary and hash are those of the reference. */
export function expectEqual(
  dataset: Dataset,
  reference: { vocabulary: string[]; train: Row[]; splits: Record<string, Row[]>; hash: string }
): void {
  expect(dataset.vocabulary.tokens).toEqual(reference.vocabulary)
  expect(rowsOf(dataset, dataset.train)).toEqual(reference.train)
  expect(Object.keys(dataset.splits)).toEqual(Object.keys(reference.splits))
  for (const [name, examples] of Object.entries(dataset.splits)) {
    expect(rowsOf(dataset, examples)).toEqual(reference.splits[name])
  }
  expect(dataset.hash).toBe(reference.hash)
}

/** What holds of every data set, whatever its kind; gives its summary. */
export function expectSound(dataset: Dataset, config: DatasetConfig): DatasetSummary {
  const { vocabulary, contextLength, answers, train } = dataset
  expect(datasetShape(config)).toEqual({
    vocabularySize: vocabulary.size,
    contextLength,
    answers,
    trainExamples: train.count
  })
  expect(new Set(vocabulary.tokens).size).toBe(vocabulary.size)
  expect(dataset.trainParts.reduce((sum, { count }) => sum + count, 0)).toBe(train.count)
  const known = splitsOf[config.kind].map(({ name }) => name)
  const names = Object.keys(dataset.splits)
  expect(names).toEqual(known.filter((name) => names.includes(name)))
  for (const [name, { count }] of Object.entries(dataset.splits)) {
    expect(count).toBeGreaterThan(0)
    expect(count).toBeLessThanOrEqual(dataset.pools[name]!)
  }
  const summary = summarize(dataset, config)
  expect(DatasetSummary.parse(summary)).toEqual(summary)
  expect(summary.leaks.filter(({ violations }) => violations > 0)).toEqual([])
  for (const { classes } of summary.splits) {
    if (!classes) continue
    expect(Object.values(classes).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12)
  }
  return summary
}

/** Violations of the checks whose names match, after a change to the built rows. */
export function violationsAfter(
  config: DatasetConfig,
  seed: number,
  change: (dataset: Dataset) => void,
  check: RegExp
): number {
  const dataset = buildDataset(config, seed)
  change(dataset)
  const found = summarize(dataset, config).leaks.filter((leak) => check.test(leak.check))
  expect(found).toHaveLength(1)
  return found[0]!.violations
}

/** Copies row `from` of a split over row `to` of the training set. */
export function copyIntoTrain(dataset: Dataset, split: string, from: number, to: number): void {
  const { contextLength: T, answers: K, train } = dataset
  const source = dataset.splits[split]!
  train.tokens.set(source.tokens.subarray(from * T, (from + 1) * T), to * T)
  train.positions.set(source.positions.subarray(from * K, (from + 1) * K), to * K)
  train.labels.set(source.labels.subarray(from * K, (from + 1) * K), to * K)
}

export const seeds = { min: 0, max: 4294967295 }
