/**
 * Pairs of entities by number, so that millions of them are never objects. Unordered ID pairs are numbered
 * attribute by attribute, within an attribute (i, j) with i < j in lexicographic order of the attribute's rising
 * ID entities. Each unordered pair gives two facts: lower entity first, then higher entity first.
 */
import type { Rng } from '@shared/rng'

/** Facts (attribute, first entity, second entity) as columns. */
export interface PairFacts {
  count: number
  attribute: Int32Array
  first: Int32Array
  second: Int32Array
}

/** The unordered ID pairs, each kept for training or held out for the IID test. */
export interface SplitPairs {
  /** Rising ID entities of each attribute. */
  idEntities: readonly Int32Array[]
  /** One bit per unordered pair, set where it is held out. */
  heldOut: Uint8Array
  /** Unordered pairs kept for training, and held out. */
  trainPairs: number
  testPairs: number
}

/** Tosses one coin per unordered ID pair, in numbering order: `testShare` of them are held out. */
export function splitIdPairs(
  idEntities: readonly Int32Array[],
  testShare: number,
  rng: Rng
): SplitPairs {
  const pairs = idEntities.reduce((sum, { length: n }) => sum + (n * (n - 1)) / 2, 0)
  const heldOut = new Uint8Array(Math.ceil(pairs / 8))
  const threshold = Math.round(testShare * 4294967296)
  let testPairs = 0
  for (let pair = 0; pair < pairs; pair++) {
    if (rng.uint32() < threshold) {
      heldOut[pair >>> 3]! |= 1 << (pair & 7)
      testPairs++
    }
  }
  return { idEntities, heldOut, trainPairs: pairs - testPairs, testPairs }
}

/**
 * The ID facts numbered `wanted` (rising) among the facts of one side: facts 2r and 2r + 1 are the two orders of
 * that side's r-th pair.
 */
export function selectIdFacts(
  { idEntities, heldOut }: SplitPairs,
  side: 'train' | 'test',
  wanted: Int32Array
): PairFacts {
  const facts = emptyFacts(wanted.length)
  const bit = side === 'test' ? 1 : 0
  let pair = 0
  let next = 0 // number of the side's next fact
  let at = 0
  for (let a = 0; a < idEntities.length; a++) {
    const ids = idEntities[a]!
    for (let i = 0; i < ids.length && at < wanted.length; i++) {
      for (let j = i + 1; j < ids.length; j++, pair++) {
        if (((heldOut[pair >>> 3]! >>> (pair & 7)) & 1) !== bit) continue
        if (wanted[at] === next) setFact(facts, at++, a, ids[i]!, ids[j]!)
        if (wanted[at] === next + 1) setFact(facts, at++, a, ids[j]!, ids[i]!)
        next += 2
      }
    }
  }
  return facts
}

/**
 * The facts numbered `wanted` among all ordered pairs of two different entities of each attribute's list,
 * in lexicographic order of (attribute, first, second).
 */
export function selectOrderedFacts(lists: readonly Int32Array[], wanted: Int32Array): PairFacts {
  const facts = emptyFacts(wanted.length)
  const size = lists[0]!.length
  const perAttribute = size * (size - 1)
  wanted.forEach((number, at) => {
    const a = Math.floor(number / perAttribute)
    const within = number % perAttribute
    const i = Math.floor(within / (size - 1))
    const j = within % (size - 1)
    setFact(facts, at, a, lists[a]![i]!, lists[a]![j < i ? j : j + 1]!)
  })
  return facts
}

/** The facts at these indices. */
export function takeFacts(facts: PairFacts, indices: Int32Array): PairFacts {
  return {
    count: indices.length,
    attribute: indices.map((i) => facts.attribute[i]!),
    first: indices.map((i) => facts.first[i]!),
    second: indices.map((i) => facts.second[i]!)
  }
}

function emptyFacts(count: number): PairFacts {
  return {
    count,
    attribute: new Int32Array(count),
    first: new Int32Array(count),
    second: new Int32Array(count)
  }
}

function setFact(facts: PairFacts, at: number, a: number, first: number, second: number): void {
  facts.attribute[at] = a
  facts.first[at] = first
  facts.second[at] = second
}
