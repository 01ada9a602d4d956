/**
 * The comparison task of Wang, Yue, Su and Sun 2024 (arXiv 2405.15071, section 4; reference code
 * GrokkedTransformer, `comparison.ipynb`). Every entity has a value for every attribute; a comparison asks which
 * of two entities has the smaller value. For each attribute by itself some entities are in-distribution (ID):
 * those are compared in training. The others (OOD) are seen in training as atomic facts only, and pairs of one
 * ID and one OOD entity are never used.
 *
 * The order of draws, which fixes the data set of a seed:
 * - `knowledge`: the value of each (attribute, entity), attribute by attribute, `int(values)`.
 * - `split`: each attribute's ID entities, `sample(entities, idEntities)`; then one word per unordered ID pair.
 * - `train`: `sample` of the training comparisons among the ordered facts of the pairs that are not held out.
 * - `probes/SPLIT`: a `sample` of that split's facts; all of them where there are fewer than `probes`. With a
 *   stream for each, data sets that differ in phi alone share all probes but those of train_inferred.
 */
import { comparisonCounts, nearestPhi } from '@shared/comparison-counts'
import type { ComparisonConfig } from '@shared/config'
import { UserError } from '@shared/errors'
import { createRng, type Rng } from '@shared/rng'
import { selectIdFacts, selectOrderedFacts, splitIdPairs, takeFacts } from './comparison-pairs'
import type { PairFacts, SplitPairs } from './comparison-pairs'
import {
  comparisonRows,
  comparisonVocabulary,
  writeAtomic,
  writeComparison
} from './comparison-rows'
import type { ComparisonRows } from './comparison-rows'
import {
  contentHash,
  emptyExamples,
  type Dataset,
  type DatasetShape,
  type Examples
} from './dataset'

/** The value of each (attribute, entity): `values[a * entities + e]`. */
interface Knowledge {
  entities: number
  values: Int32Array
}

/** Atomic facts (attribute, entity) as columns. */
interface AtomicFacts {
  count: number
  attribute: Int32Array
  entity: Int32Array
}

/**
 * Draws the data set of a seed.
 * @throws {UserError} `dataset.phi` where this seed's held-out pairs leave too few for the ratio asked for;
 *   `dataset.testShare` where no pair was held out.
 */
export function buildComparison(config: ComparisonConfig, seed: number): Dataset {
  const rows = comparisonRows(config)
  const knowledge = drawKnowledge(config, createRng(seed, 'knowledge'))

  // Which entities are ID, for each attribute by itself, and which of their pairs are held out
  const split = createRng(seed, 'split')
  const { id, ood } = splitEntities(config, split)
  const pairs = splitIdPairs(id, config.testShare, split)
  const { trainInferred, oodPairs } = comparisonCounts(config)
  checkPools(config, pairs)

  // Training set: both kinds of atomic facts, and comparisons of ID entities
  const idAtomic = listAtomic(id)
  const oodAtomic = listAtomic(ood)
  const wanted = createRng(seed, 'train').sample(2 * pairs.trainPairs, trainInferred)
  const inferred = selectIdFacts(pairs, 'train', wanted)
  const train = emptyExamples(
    idAtomic.count + oodAtomic.count + inferred.count,
    rows.contextLength,
    rows.answers
  )
  writeAtomics(rows, train, 0, idAtomic, knowledge)
  writeAtomics(rows, train, idAtomic.count, oodAtomic, knowledge)
  writeComparisons(rows, train, idAtomic.count + oodAtomic.count, inferred, knowledge)

  // Probes
  const pools = {
    train_inferred: inferred.count,
    test_inferred_iid: 2 * pairs.testPairs,
    test_inferred_ood: oodPairs,
    id_atomic: idAtomic.count,
    ood_atomic: oodAtomic.count
  }
  const draw = (name: keyof typeof pools): Int32Array =>
    createRng(seed, `probes/${name}`).sample(pools[name], Math.min(config.probes, pools[name]))
  const compare = (facts: PairFacts): Examples => {
    const examples = emptyExamples(facts.count, rows.contextLength, rows.answers)
    writeComparisons(rows, examples, 0, facts, knowledge)
    return examples
  }
  const recall = (facts: AtomicFacts, chosen: Int32Array): Examples => {
    const examples = emptyExamples(chosen.length, rows.contextLength, rows.answers)
    writeAtomics(rows, examples, 0, takeAtomic(facts, chosen), knowledge)
    return examples
  }
  const splits = {
    train_inferred: compare(takeFacts(inferred, draw('train_inferred'))),
    test_inferred_iid: compare(selectIdFacts(pairs, 'test', draw('test_inferred_iid'))),
    test_inferred_ood: compare(selectOrderedFacts(ood, draw('test_inferred_ood'))),
    id_atomic: recall(idAtomic, draw('id_atomic')),
    ood_atomic: recall(oodAtomic, draw('ood_atomic'))
  }

  const content = {
    kind: 'comparison',
    vocabulary: comparisonVocabulary(config),
    contextLength: rows.contextLength,
    answers: rows.answers,
    train,
    trainParts: [
      { name: 'id_atomic', count: idAtomic.count },
      { name: 'ood_atomic', count: oodAtomic.count },
      { name: 'train_inferred', count: inferred.count }
    ],
    splits,
    pools,
    seed
  }
  return { ...content, hash: contentHash(content) }
}

/** Sizes from the settings alone. */
export function shapeOfComparison(config: ComparisonConfig): DatasetShape {
  const { contextLength, answers, vocabularySize } = comparisonRows(config)
  const { idAtomic, oodAtomic, trainInferred } = comparisonCounts(config)
  return {
    vocabularySize,
    contextLength,
    answers,
    trainExamples: idAtomic + oodAtomic + trainInferred
  }
}

function drawKnowledge({ entities, attributes, values }: ComparisonConfig, rng: Rng): Knowledge {
  const drawn = new Int32Array(attributes * entities)
  for (let i = 0; i < drawn.length; i++) drawn[i] = rng.int(values)
  return { entities, values: drawn }
}

function splitEntities(
  config: ComparisonConfig,
  rng: Rng
): { id: readonly Int32Array[]; ood: readonly Int32Array[] } {
  const { idEntities } = comparisonCounts(config)
  const everyone = Int32Array.from({ length: config.entities }, (_, e) => e)
  const id = Array.from({ length: config.attributes }, () =>
    rng.sample(config.entities, idEntities)
  )
  const ood = id.map((chosen) => {
    const isId = new Set(chosen)
    return everyone.filter((e) => !isId.has(e))
  })
  return { id, ood }
}

/** The schema checks expected numbers; small data sets can draw fewer. */
function checkPools(config: ComparisonConfig, { trainPairs, testPairs }: SplitPairs): void {
  const { idAtomic, trainInferred } = comparisonCounts(config)
  if (testPairs === 0) {
    throw new UserError(
      'dataset.testShare',
      `dataset.testShare: ${config.testShare} held out none of the ${trainPairs} ID pairs with this seed.`,
      'Raise dataset.testShare or dataset.entities, or take another seed.',
      [
        {
          path: 'dataset.testShare',
          message: `${config.testShare} held out no pair with this seed`
        }
      ]
    )
  }
  const pool = 2 * trainPairs
  if (trainInferred <= pool) return
  const nearest = nearestPhi(pool, idAtomic)
  const message = `${config.phi} needs ${trainInferred} training comparisons, but this seed leaves ${pool}`
  if (nearest === undefined) {
    throw new UserError('dataset.phi', `dataset.phi: ${message}.`, 'Lower dataset.testShare.', [
      { path: 'dataset.phi', message }
    ])
  }
  throw new UserError(
    'dataset.phi',
    `dataset.phi: ${message}; the nearest is ${nearest}.`,
    `Set dataset.phi to ${nearest} or less, or take another seed.`,
    [{ path: 'dataset.phi', message: `${message}; the nearest is ${nearest}`, nearest }]
  )
}

function listAtomic(lists: readonly Int32Array[]): AtomicFacts {
  const count = lists.reduce((sum, list) => sum + list.length, 0)
  const facts = { count, attribute: new Int32Array(count), entity: new Int32Array(count) }
  let at = 0
  lists.forEach((list, a) => {
    facts.attribute.fill(a, at, at + list.length)
    facts.entity.set(list, at)
    at += list.length
  })
  return facts
}

function takeAtomic(facts: AtomicFacts, indices: Int32Array): AtomicFacts {
  return {
    count: indices.length,
    attribute: indices.map((i) => facts.attribute[i]!),
    entity: indices.map((i) => facts.entity[i]!)
  }
}

function writeAtomics(
  rows: ComparisonRows,
  into: Examples,
  start: number,
  { count, attribute, entity }: AtomicFacts,
  { entities, values }: Knowledge
): void {
  for (let i = 0; i < count; i++) {
    const a = attribute[i]!
    const e = entity[i]!
    writeAtomic(rows, into, start + i, e, a, values[a * entities + e]!)
  }
}

function writeComparisons(
  rows: ComparisonRows,
  into: Examples,
  start: number,
  { count, attribute, first, second }: PairFacts,
  { entities, values }: Knowledge
): void {
  for (let i = 0; i < count; i++) {
    const a = attribute[i]!
    const v1 = values[a * entities + first[i]!]!
    const v2 = values[a * entities + second[i]!]!
    writeComparison(rows, into, start + i, a, first[i]!, second[i]!, Math.sign(v1 - v2) + 1)
  }
}
