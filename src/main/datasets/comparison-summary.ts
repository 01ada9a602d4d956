/**
 * What a built comparison data set holds, read back from its rows: the checks here know nothing of how the rows
 * came about, so they would notice a generator that leaks.
 */
import { comparisonCounts } from '@shared/comparison-counts'
import type { ComparisonConfig } from '@shared/config'
import type { DatasetSummary } from '@shared/contract'
import { classes, comparisonRows, type ComparisonRows } from './comparison-rows'
import { decodeRow, type Dataset, type Examples } from './dataset'

const splitLabels: Record<string, string> = {
  train_inferred: 'Train comparisons',
  test_inferred_iid: 'IID test comparisons',
  test_inferred_ood: 'OOD test comparisons',
  id_atomic: 'ID atomic facts',
  ood_atomic: 'OOD atomic facts'
}

export function summarizeComparison(dataset: Dataset, config: ComparisonConfig): DatasetSummary {
  const rows = comparisonRows(config)
  return {
    kind: dataset.kind,
    hash: dataset.hash,
    vocabularySize: dataset.vocabulary.size,
    contextLength: dataset.contextLength,
    trainExamples: dataset.train.count,
    counts: countFacts(dataset, config),
    splits: Object.entries(dataset.splits).map(([name, examples]) => ({
      name,
      label: splitLabels[name]!,
      probes: examples.count,
      ...(name.includes('inferred') && { classes: classShares(rows, examples) })
    })),
    chance: chanceLevels(config.values),
    leaks: findLeaks(dataset, config),
    // From the beginning, the middle and the end: rows are sorted by attribute
    examples: Object.entries(dataset.splits).flatMap(([split, examples]) =>
      [0, 0.5, 1]
        .map((share) => Math.round(share * (examples.count - 1)))
        .filter((row, i, rows) => row !== rows[i - 1])
        .map((row) => showRow(dataset, split, examples, row))
    )
  }
}

function countFacts(dataset: Dataset, config: ComparisonConfig): DatasetSummary['counts'] {
  const expected = comparisonCounts(config)
  const part = Object.fromEntries(dataset.trainParts.map(({ name, count }) => [name, count]))
  const { entities, attributes } = config
  const heldOut = dataset.pools['test_inferred_iid']!
  return [
    { name: 'id_atomic', label: 'ID atomic facts, in training', count: part['id_atomic']! },
    { name: 'ood_atomic', label: 'OOD atomic facts, in training', count: part['ood_atomic']! },
    { name: 'train_inferred', label: 'Comparisons in training', count: part['train_inferred']! },
    { name: 'train', label: 'Training examples', count: dataset.train.count },
    { name: 'id_pairs', label: 'Ordered ID pairs', count: expected.idPairs },
    {
      name: 'train_pool',
      label: 'Ordered ID pairs open to training',
      count: expected.idPairs - heldOut
    },
    { name: 'iid_pool', label: 'Ordered ID pairs held out, IID test', count: heldOut },
    {
      name: 'ood_pool',
      label: 'Ordered OOD pairs, OOD test',
      count: dataset.pools['test_inferred_ood']!
    },
    {
      name: 'mixed_pairs',
      label: 'Ordered ID-OOD pairs, never used',
      count: attributes * entities * (entities - 1) - expected.idPairs - expected.oodPairs
    }
  ]
}

/**
 * Accuracy of a guesser who knows the attribute's labels but no value, and of one who knows one of the two
 * values, for V equally likely values. Given the value v, the best guess is right with probability
 * max(v, 1, V - 1 - v) / V; the prior is the likeliest of <, =, >.
 */
export function chanceLevels(V: number): { prior: number; oneValue: number } {
  let sum = 0
  for (let v = 0; v < V; v++) sum += Math.max(v, 1, V - 1 - v) / V
  return { prior: Math.max(1 / V, (1 - 1 / V) / 2), oneValue: sum / V }
}

/** A comparison read back from a row's tokens. */
interface ReadComparison {
  a: number
  e1: number
  e2: number
  order: number
}

function readComparison(
  { contextLength: T, answers: K, attribute, label }: ComparisonRows,
  { tokens, labels }: Examples,
  i: number
): ReadComparison {
  const a = tokens[i * T]! - attribute(0)
  return { a, e1: tokens[i * T + 2]!, e2: tokens[i * T + 4]!, order: labels[i * K]! - label(a, 0) }
}

function classShares(rows: ComparisonRows, examples: Examples): Record<string, number> {
  const counts = [0, 0, 0]
  for (let i = 0; i < examples.count; i++) counts[readComparison(rows, examples, i).order]!++
  return Object.fromEntries(classes.map((name, i) => [name, counts[i]! / examples.count]))
}

function findLeaks(dataset: Dataset, config: ComparisonConfig): DatasetSummary['leaks'] {
  const rows = comparisonRows(config)
  const { entities: E } = config
  const { train, splits } = dataset
  const [idAtomic, oodAtomic] = dataset.trainParts
  const firstComparison = idAtomic!.count + oodAtomic!.count

  // What the training set's atomic facts say: each (attribute, entity)'s value, and whether it is ID
  const values = new Int32Array(config.attributes * E).fill(-1)
  const isId = new Uint8Array(values.length)
  for (let i = 0; i < firstComparison; i++) {
    const at = i * rows.contextLength
    const fact = (train.tokens[at + 1]! - rows.attribute(0)) * E + train.tokens[at]!
    values[fact] = train.labels[i * rows.answers]! - rows.value(0)
    isId[fact] = i < idAtomic!.count ? 1 : 0
  }

  const probePairs = new Set<number>()
  const pairKey = ({ a, e1, e2 }: ReadComparison): number =>
    (a * E + Math.min(e1, e2)) * E + Math.max(e1, e2)
  const factKey = ({ a, e1, e2 }: ReadComparison): number => (a * E + e1) * E + e2
  const idCount = ({ a, e1, e2 }: ReadComparison): number => isId[a * E + e1]! + isId[a * E + e2]!
  const found = { heldOut: 0, duplicates: 0, oodInTrain: 0, mixed: 0, wrongLabel: 0 }
  const look = (examples: Examples, from: number, each: (fact: ReadComparison) => void): void => {
    for (let i = from; i < examples.count; i++) {
      const fact = readComparison(rows, examples, i)
      const { a, e1, e2, order } = fact
      if (Math.sign(values[a * E + e1]! - values[a * E + e2]!) + 1 !== order) found.wrongLabel++
      each(fact)
    }
  }

  for (const name of ['test_inferred_iid', 'test_inferred_ood']) {
    look(splits[name]!, 0, (fact) => {
      probePairs.add(pairKey(fact))
      if (idCount(fact) !== (name === 'test_inferred_iid' ? 2 : 0)) found.mixed++
    })
  }
  look(splits['train_inferred']!, 0, (fact) => {
    if (idCount(fact) !== 2) found.mixed++
  })
  const trained = new Float64Array(train.count - firstComparison)
  let at = 0
  look(train, firstComparison, (fact) => {
    trained[at++] = factKey(fact)
    if (probePairs.has(pairKey(fact))) found.heldOut++
    if (idCount(fact) < 2) found.oodInTrain++
    if (idCount(fact) === 1) found.mixed++
  })
  trained.sort()
  for (let i = 1; i < trained.length; i++) if (trained[i] === trained[i - 1]) found.duplicates++

  return [
    { check: 'Test pairs seen in training, in either order', violations: found.heldOut },
    { check: 'Training comparisons with an OOD entity', violations: found.oodInTrain },
    { check: 'Pairs of one ID and one OOD entity, or in the wrong split', violations: found.mixed },
    { check: 'Training comparisons that occur twice', violations: found.duplicates },
    { check: 'Comparisons that contradict the atomic facts', violations: found.wrongLabel },
    { check: 'Tokens or targets outside the vocabulary', violations: countOutside(dataset) }
  ]
}

function countOutside({ train, splits, vocabulary }: Dataset): number {
  let outside = 0
  for (const { tokens, labels } of [train, ...Object.values(splits)]) {
    for (const id of tokens) if (id < 0 || id >= vocabulary.size) outside++
    for (const id of labels) if (id < 0 || id >= vocabulary.size) outside++
  }
  return outside
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
