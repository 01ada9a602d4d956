/** What the summaries of all kinds say about rows, read back from the built data. */
import type { DatasetConfig } from '@shared/config'
import type { DatasetSummary } from '@shared/contract'
import { findSplit } from '@shared/splits'
import { decodeRow, type Dataset, type Examples } from './dataset'

/** Sizes and hash, as every summary begins. */
export function summarizeSizes(
  dataset: Dataset
): Pick<
  DatasetSummary,
  'kind' | 'hash' | 'vocabularySize' | 'contextLength' | 'answers' | 'trainExamples' | 'examples'
> {
  return {
    kind: dataset.kind,
    hash: dataset.hash,
    vocabularySize: dataset.vocabulary.size,
    contextLength: dataset.contextLength,
    answers: dataset.answers,
    trainExamples: dataset.train.count,
    examples: showExamples(dataset)
  }
}

/** Probes of each split, with the shares of its answer classes where `classesOf` gives some. */
export function listSplits(
  dataset: Dataset,
  kind: DatasetConfig['kind'],
  classesOf: (name: string, examples: Examples) => Record<string, number> | undefined = () =>
    undefined
): DatasetSummary['splits'] {
  return Object.entries(dataset.splits).map(([name, examples]) => {
    const classes = classesOf(name, examples)
    const label = findSplit(kind, name)!.label
    return { name, label, probes: examples.count, ...(classes && { classes }) }
  })
}

/** Of each split a row from the beginning, the middle and the end: rows are sorted. */
function showExamples(dataset: Dataset): DatasetSummary['examples'] {
  return Object.entries(dataset.splits).flatMap(([split, examples]) =>
    [0, 0.5, 1]
      .map((share) => Math.round(share * (examples.count - 1)))
      .filter((row, i, rows) => row !== rows[i - 1])
      .map((row) => showRow(dataset, split, examples, row))
  )
}

/** The row's input with the last target appended, without padding; `targets` are places in `tokens`. */
function showRow(
  dataset: Dataset,
  split: string,
  examples: Examples,
  i: number
): DatasetSummary['examples'][number] {
  const { tokens, positions, targets } = decodeRow(dataset, examples, i)
  const last = positions.at(-1)!
  return {
    split,
    tokens: [...tokens.slice(0, last + 1), targets.at(-1)!],
    targets: positions.map((p) => p + 1)
  }
}

/** Tokens and targets that are no ids of the vocabulary. */
export function countOutside({ vocabulary, train, splits }: Dataset): number {
  let outside = 0
  for (const { tokens, labels } of [train, ...Object.values(splits)]) {
    for (const id of tokens) if (id < 0 || id >= vocabulary.size) outside++
    for (const id of labels) if (id < 0 || id >= vocabulary.size) outside++
  }
  return outside
}

/** How many of these keys occurred before. Sorts `keys`. */
export function countDuplicates(keys: Float64Array): number {
  keys.sort()
  let duplicates = 0
  for (let i = 1; i < keys.length; i++) if (keys[i] === keys[i - 1]) duplicates++
  return duplicates
}
