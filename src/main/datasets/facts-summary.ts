/** What a data set of the user's own facts holds, and what became of the file's rows. */
import type { FactsConfig } from '@shared/config'
import type { DatasetSummary } from '@shared/contract'
import { findComparisonLeaks, readQuestion } from './comparison-leaks'
import { classShares } from './comparison-summary'
import type { Dataset } from './dataset'
import { factsRows, knownEntities } from './facts'
import { readFacts, type FactsTable } from './facts-table'
import { listSplits, summarizeSizes } from './summary-rows'

export function summarizeFacts(dataset: Dataset, config: FactsConfig): DatasetSummary {
  const table = readFacts({ ...config, sha256: dataset.source ?? null })
  const rows = factsRows(config, table)
  const part = Object.fromEntries(dataset.trainParts.map(({ name, count }) => [name, count]))
  const { prior, oneValue, pairs, equal } = countOrders(table, config)
  const sizes = { entities: table.entities.length, attributes: table.attributes.length }
  return {
    ...summarizeSizes(dataset),
    counts: [
      { name: 'rows', label: 'Rows in the file', count: table.rows },
      { name: 'missing', label: 'Rows with a missing cell, left out', count: table.missing },
      { name: 'duplicates', label: 'Rows that repeat another, merged', count: table.duplicates },
      { name: 'entities', label: 'Entities', count: table.entities.length },
      { name: 'attributes', label: 'Attributes', count: table.attributes.length },
      { name: 'values', label: 'Values', count: table.levels.length },
      { name: 'id_atomic', label: 'ID atomic facts, in training', count: part['id_atomic']! },
      { name: 'ood_atomic', label: 'OOD atomic facts, in training', count: part['ood_atomic']! },
      {
        name: 'train_inferred',
        label: 'Comparisons in training',
        count: part['train_inferred']!
      },
      { name: 'train', label: 'Training examples', count: dataset.train.count },
      {
        name: 'iid_pool',
        label: 'Ordered ID pairs held out, IID test',
        count: dataset.pools['test_inferred_iid']!
      },
      {
        name: 'ood_pool',
        label: 'Ordered OOD pairs, OOD test',
        count: dataset.pools['test_inferred_ood']!
      },
      { name: 'pairs', label: 'Ordered pairs of known values', count: pairs },
      {
        name: 'ties',
        label: `Of these with equal values, ${config.ties === 'drop' ? 'never used' : 'answered ='}`,
        count: equal
      }
    ],
    splits: listSplits(dataset, 'facts', classShares(rows)),
    chance: [
      { label: 'knowing the labels', accuracy: prior },
      { label: 'knowing one value', accuracy: oneValue }
    ],
    leaks: [
      ...findComparisonLeaks(dataset, rows, sizes),
      ...(config.ties === 'drop'
        ? [{ check: 'Comparisons of equal values', violations: countTies(dataset, config, table) }]
        : [])
    ],
    notes: describeFile(table, config)
  }
}

/**
 * Of all ordered pairs that may be compared: how many, how many are of equal values, and how many a guesser gets
 * right who knows for each attribute the commonest answer, or the best answer to one of the two values.
 */
function countOrders(
  table: FactsTable,
  config: FactsConfig
): { prior: number; oneValue: number; pairs: number; equal: number } {
  const sum = { prior: 0, oneValue: 0, pairs: 0, equal: 0 }
  knownEntities(table).forEach((known, a) => {
    const counts = new Float64Array(table.levels.length)
    for (const e of known) counts[table.values[a * table.entities.length + e]!]!++
    const n = known.length
    const equal = counts.reduce((all, c) => all + c * (c - 1), 0)
    const answeredEqual = config.ties === 'drop' ? 0 : equal
    sum.pairs += n * (n - 1)
    sum.equal += equal
    sum.prior += Math.max(answeredEqual, (n * (n - 1) - equal) / 2)
    let smaller = 0
    for (const c of counts) {
      const same = config.ties === 'drop' ? 0 : c - 1
      sum.oneValue += c * Math.max(smaller, same, n - smaller - c)
      smaller += c
    }
  })
  const compared = sum.pairs - (config.ties === 'drop' ? sum.equal : 0)
  return { ...sum, prior: sum.prior / compared, oneValue: sum.oneValue / compared }
}

function countTies(dataset: Dataset, config: FactsConfig, table: FactsTable): number {
  const rows = factsRows(config, table)
  const atomic = dataset.trainParts[0]!.count + dataset.trainParts[1]!.count
  let ties = 0
  for (let i = atomic; i < dataset.train.count; i++) {
    if (readQuestion(rows, dataset.train, i).order === 1) ties++
  }
  for (const [name, examples] of Object.entries(dataset.splits)) {
    if (name.endsWith('atomic')) continue
    for (let i = 0; i < examples.count; i++) {
      if (readQuestion(rows, examples, i).order === 1) ties++
    }
  }
  return ties
}

function describeFile(table: FactsTable, config: FactsConfig): string[] {
  const known = knownEntities(table)
  const idOf = (n: number): number => Math.round(config.idShare * n)
  const barren = table.attributes.filter((_, a) => known[a]!.length - idOf(known[a]!.length) < 2)
  const some = (names: readonly string[]): string =>
    names.slice(0, 5).join(', ') + (names.length > 5 ? `, and ${names.length - 5} more` : '')
  return [
    `SHA-256 of the file: ${table.sha256}`,
    ...(table.binStarts ?? []).slice(0, 20).map((starts, a) => {
      const sizes = binSizes(table, known[a]!, a)
      const bins = sizes.map((size, bin) => (size === 0 ? 'empty' : `${size} from ${starts[bin]}`))
      return `Facts per bin of ${table.attributes[a]}: ${bins.join(', ')}`
    }),
    ...(barren.length > 0
      ? [`Too few facts for an OOD test, fewer than two OOD entities: ${some(barren)}`]
      : [])
  ]
}

function binSizes(table: FactsTable, known: Int32Array, a: number): number[] {
  const sizes = new Array<number>(table.levels.length).fill(0)
  for (const e of known) sizes[table.values[a * table.entities.length + e]!]!++
  return sizes
}
