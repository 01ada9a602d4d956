/**
 * The draws that all kinds of comparison share (Wang et al. 2024, section 4): which entities are ID for each
 * attribute by itself, which pairs are compared in training, and which facts are probed. What the values are,
 * and how facts become rows, is each kind's own.
 *
 * The order of draws:
 * - `split`: each attribute's ID entities, `sample(known, round(idShare x known))`; then one word per unordered
 *   usable ID pair.
 * - `train`: `sample` of the training comparisons among the ordered facts of the pairs that are not held out.
 * - `probes/SPLIT`: a `sample` of that split's facts; all of them where there are fewer than `probes`. With a
 *   stream for each, data sets that differ in phi alone share all probes but those of train_inferred.
 */
import { nearestPhi } from '@shared/comparison-counts'
import { UserError } from '@shared/errors'
import { createRng, type Rng } from '@shared/rng'
import {
  countOrderedFacts,
  selectIdFacts,
  selectOrderedFacts,
  splitIdPairs,
  takeFacts
} from './comparison-pairs'
import type { PairFacts, SplitPairs, Usable } from './comparison-pairs'

/** Atomic facts (attribute, entity) as columns. */
export interface AtomicFacts {
  count: number
  attribute: Int32Array
  entity: Int32Array
}

export interface ComparisonFacts {
  idAtomic: AtomicFacts
  oodAtomic: AtomicFacts
  /** Comparisons in training. */
  inferred: PairFacts
  /** The facts that each split probes. */
  comparisons: Record<'train_inferred' | 'test_inferred_iid' | 'test_inferred_ood', PairFacts>
  atomics: Record<'id_atomic' | 'ood_atomic', AtomicFacts>
  /** How many facts each split was drawn from. */
  pools: Record<string, number>
  pairs: SplitPairs
  /** Rising OOD entities of each attribute. */
  ood: readonly Int32Array[]
}

interface Settings {
  phi: number
  idShare: number
  testShare: number
  probes: number
}

/**
 * @param known rising entities that have a value, of each attribute
 * @param usable leaves pairs out that are never to be compared; without it all are
 * @throws {UserError} `dataset.phi` where this seed's held-out pairs leave too few for the ratio asked for;
 *   `dataset.testShare` where no pair was held out; `dataset.idShare` where no two OOD entities can be compared.
 */
export function drawFacts(
  { phi, idShare, testShare, probes }: Settings,
  known: readonly Int32Array[],
  seed: number,
  usable?: Usable
): ComparisonFacts {
  // Which entities are ID, for each attribute by itself, and which of their pairs are held out
  const split = createRng(seed, 'split')
  const { id, ood } = splitEntities(known, idShare, split)
  const pairs = splitIdPairs(id, testShare, split, usable)
  const idAtomic = listAtomic(id)
  const oodAtomic = listAtomic(ood)
  const trainInferred = Math.round(phi * idAtomic.count)
  const oodPairs = countOrderedFacts(ood, usable)
  checkPools({ phi, idShare, testShare }, pairs, trainInferred, idAtomic.count, oodPairs)

  const wanted = createRng(seed, 'train').sample(2 * pairs.trainPairs, trainInferred)
  const inferred = selectIdFacts(pairs, 'train', wanted)

  const pools = {
    train_inferred: inferred.count,
    test_inferred_iid: 2 * pairs.testPairs,
    test_inferred_ood: oodPairs,
    id_atomic: idAtomic.count,
    ood_atomic: oodAtomic.count
  }
  const draw = (name: keyof typeof pools): Int32Array =>
    createRng(seed, `probes/${name}`).sample(pools[name], Math.min(probes, pools[name]))
  return {
    idAtomic,
    oodAtomic,
    inferred,
    comparisons: {
      train_inferred: takeFacts(inferred, draw('train_inferred')),
      test_inferred_iid: selectIdFacts(pairs, 'test', draw('test_inferred_iid')),
      test_inferred_ood: selectOrderedFacts(ood, draw('test_inferred_ood'), usable)
    },
    atomics: {
      id_atomic: takeAtomic(idAtomic, draw('id_atomic')),
      ood_atomic: takeAtomic(oodAtomic, draw('ood_atomic'))
    },
    pools,
    pairs,
    ood
  }
}

function splitEntities(
  known: readonly Int32Array[],
  idShare: number,
  rng: Rng
): { id: readonly Int32Array[]; ood: readonly Int32Array[] } {
  const id = known.map((entities) =>
    rng
      .sample(entities.length, Math.round(idShare * entities.length))
      .map((place) => entities[place]!)
  )
  const ood = known.map((entities, a) => {
    const isId = new Set(id[a]!)
    return entities.filter((e) => !isId.has(e))
  })
  return { id, ood }
}

/** The schema checks expected numbers; small data sets can draw fewer. */
function checkPools(
  { phi, idShare, testShare }: Omit<Settings, 'probes'>,
  { trainPairs, testPairs }: SplitPairs,
  trainInferred: number,
  idAtomic: number,
  oodPairs: number
): void {
  if (oodPairs === 0) {
    throw refusal(
      'dataset.idShare',
      `${idShare} leaves no two OOD entities that can be compared`,
      'Lower dataset.idShare, or take more facts.'
    )
  }
  if (testPairs === 0) {
    throw refusal(
      'dataset.testShare',
      `${testShare} held out none of the ${trainPairs} ID pairs with this seed`,
      'Raise dataset.testShare or take more entities or another seed.'
    )
  }
  const pool = 2 * trainPairs
  if (trainInferred < 1) {
    throw refusal('dataset.phi', `${phi} leaves no training comparison`, 'Raise dataset.phi.')
  }
  if (trainInferred <= pool) return
  const nearest = nearestPhi(pool, idAtomic)
  const problem = `${phi} needs ${trainInferred} training comparisons, but this seed leaves ${pool}`
  if (nearest === undefined) {
    throw refusal('dataset.phi', problem, 'Lower dataset.testShare.')
  }
  throw refusal(
    'dataset.phi',
    `${problem}; the nearest is ${nearest}`,
    `Set dataset.phi to ${nearest} or less, or take another seed.`,
    nearest
  )
}

/** A setting that cannot be met: `problem` begins with the value. */
export function refusal(path: string, problem: string, hint: string, nearest?: unknown): UserError {
  return new UserError(path, `${path}: ${problem}.`, hint, [
    { path, message: problem, ...(nearest !== undefined && { nearest }) }
  ])
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
