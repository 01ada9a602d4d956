/** What a built composition data set holds, read back from its rows. */
import { compositionCounts } from '@shared/composition-counts'
import type { CompositionConfig } from '@shared/config'
import type { DatasetSummary } from '@shared/contract'
import { compositionRows, type CompositionRows } from './composition'
import type { Dataset, Examples } from './dataset'
import { countDuplicates, countOutside, listSplits, summarizeSizes } from './summary-rows'

export function summarizeComposition(dataset: Dataset, config: CompositionConfig): DatasetSummary {
  const rows = compositionRows(config)
  const part = Object.fromEntries(dataset.trainParts.map(({ name, count }) => [name, count]))
  const { twoHops } = compositionCounts(config)
  const iidPool = dataset.pools['test_inferred_iid']!
  const oodPool = dataset.pools['test_inferred_ood']!
  const trainPool = countTrainPool(dataset, config) - iidPool
  return {
    ...summarizeSizes(dataset),
    counts: [
      { name: 'id_atomic', label: 'ID atomic facts, in training', count: part['id_atomic']! },
      { name: 'ood_atomic', label: 'OOD atomic facts, in training', count: part['ood_atomic']! },
      {
        name: 'train_inferred',
        label: 'Two-hop facts in training',
        count: part['train_inferred']!
      },
      { name: 'train', label: 'Training examples', count: dataset.train.count },
      { name: 'two_hops', label: 'Two-hop facts in all', count: twoHops },
      { name: 'train_pool', label: 'Of two ID hops, open to training', count: trainPool },
      { name: 'iid_pool', label: 'Of two ID hops, held out, IID test', count: iidPool },
      { name: 'ood_pool', label: 'Of two OOD hops, OOD test', count: oodPool },
      {
        name: 'mixed',
        label: 'Of one ID and one OOD hop, never used',
        count: twoHops - trainPool - iidPool - oodPool
      }
    ],
    splits: listSplits(dataset, 'composition'),
    chance: [{ label: 'guessing any entity', accuracy: 1 / config.entities }],
    leaks: findLeaks(dataset, rows, config),
    notes: []
  }
}

/** What the training set's atomic facts say. */
interface Facts {
  /** Tail by head and relation: `head * relations + relation`. */
  tail: Map<number, number>
  isId: Set<number>
}

function readFacts(
  { train, trainParts }: Dataset,
  { contextLength: T, answers: K, relation }: CompositionRows,
  relations: number
): Facts {
  const tail = new Map<number, number>()
  const isId = new Set<number>()
  const [id, ood] = [trainParts[0]!.count, trainParts[1]!.count]
  for (let i = 0; i < id + ood; i++) {
    const fact = train.tokens[i * T]! * relations + train.tokens[i * T + 1]! - relation(0)
    tail.set(fact, train.labels[i * K]!)
    if (i < id) isId.add(fact)
  }
  return { tail, isId }
}

/** Two-hop facts of two ID hops, counted by their bridges: ID facts that arrive times ID facts that leave. */
function countTrainPool(dataset: Dataset, config: CompositionConfig): number {
  const { tail, isId } = readFacts(dataset, compositionRows(config), config.relations)
  const [arriving, leaving] = [new Int32Array(config.entities), new Int32Array(config.entities)]
  for (const fact of isId) {
    leaving[Math.floor(fact / config.relations)]!++
    arriving[tail.get(fact)!]!++
  }
  return arriving.reduce((sum, count, e) => sum + count * leaving[e]!, 0)
}

function findLeaks(
  dataset: Dataset,
  rows: CompositionRows,
  { relations: R }: CompositionConfig
): DatasetSummary['leaks'] {
  const { contextLength: T, answers: K, relation } = rows
  const { train, splits, trainParts } = dataset
  const firstInferred = trainParts[0]!.count + trainParts[1]!.count
  const { tail, isId } = readFacts(dataset, rows, R)
  const found = { seen: 0, oodInTrain: 0, mixed: 0, wrong: 0 }

  /** Calls with a key of the row and how many of its hops are ID. */
  const look = (
    { count, tokens, labels }: Examples,
    from: number,
    each: (key: number, idHops: number) => void
  ): void => {
    for (let i = from; i < count; i++) {
      const [r1, r2] = [tokens[i * T + 1]! - relation(0), tokens[i * T + 2]! - relation(0)]
      const first = tokens[i * T]! * R + r1
      const second = (tail.get(first) ?? -1) * R + r2
      if (tail.get(second) !== labels[i * K]) found.wrong++
      each(first * R + r2, Number(isId.has(first)) + Number(isId.has(second)))
    }
  }

  const tested = new Set<number>()
  for (const [name, idHops] of [
    ['test_inferred_iid', 2],
    ['test_inferred_ood', 0],
    ['train_inferred', 2]
  ] as const) {
    look(splits[name]!, 0, (key, ids) => {
      if (name !== 'train_inferred') tested.add(key)
      if (ids !== idHops) found.mixed++
    })
  }
  const trained = new Float64Array(train.count - firstInferred)
  let at = 0
  look(train, firstInferred, (key, ids) => {
    trained[at++] = key
    if (tested.has(key)) found.seen++
    if (ids < 2) found.oodInTrain++
    if (ids === 1) found.mixed++
  })
  return [
    { check: 'Test two-hop facts seen in training', violations: found.seen },
    { check: 'Training two-hop facts with an OOD hop', violations: found.oodInTrain },
    {
      check: 'Two-hop facts of one ID and one OOD hop, or in the wrong split',
      violations: found.mixed
    },
    { check: 'Training two-hop facts that occur twice', violations: countDuplicates(trained) },
    { check: 'Two-hop facts that contradict the atomic facts', violations: found.wrong },
    { check: 'Tokens or targets outside the vocabulary', violations: countOutside(dataset) }
  ]
}
