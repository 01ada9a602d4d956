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

/** Whether two entities may be compared by attribute `a`; symmetric. */
export type Usable = (a: number, e1: number, e2: number) => boolean

/** The unordered ID pairs, each kept for training or held out for the IID test. */
export interface SplitPairs {
  /** Rising ID entities of each attribute. */
  idEntities: readonly Int32Array[]
  /** One bit per unordered pair, set where it is held out. */
  heldOut: Uint8Array
  /** One bit per unordered pair, set where it is never used; null where all are. */
  unused: Uint8Array | null
  /** Unordered pairs kept for training, and held out. */
  trainPairs: number
  testPairs: number
}

/** Tosses one coin per unordered usable ID pair, in numbering order: `testShare` of them are held out. */
export function splitIdPairs(
  idEntities: readonly Int32Array[],
  testShare: number,
  rng: Rng,
  usable?: Usable
): SplitPairs {
  const pairs = idEntities.reduce((sum, { length: n }) => sum + (n * (n - 1)) / 2, 0)
  const unused = usable ? markUnused(idEntities, pairs, usable) : null
  const heldOut = new Uint8Array(Math.ceil(pairs / 8))
  const threshold = Math.round(testShare * 4294967296)
  let testPairs = 0
  let trainPairs = 0
  for (let pair = 0; pair < pairs; pair++) {
    if (unused && (unused[pair >>> 3]! >>> (pair & 7)) & 1) continue
    if (rng.uint32() < threshold) {
      heldOut[pair >>> 3]! |= 1 << (pair & 7)
      testPairs++
    } else {
      trainPairs++
    }
  }
  return { idEntities, heldOut, unused, trainPairs, testPairs }
}

function markUnused(idEntities: readonly Int32Array[], pairs: number, usable: Usable): Uint8Array {
  const unused = new Uint8Array(Math.ceil(pairs / 8))
  let pair = 0
  idEntities.forEach((ids, a) => {
    for (let i = 0; i < ids.length; i++) {
      for (let j = i + 1; j < ids.length; j++, pair++) {
        if (!usable(a, ids[i]!, ids[j]!)) unused[pair >>> 3]! |= 1 << (pair & 7)
      }
    }
  })
  return unused
}

/**
 * The ID facts numbered `wanted` (rising) among the facts of one side: facts 2r and 2r + 1 are the two orders of
 * that side's r-th pair.
 */
export function selectIdFacts(
  { idEntities, heldOut, unused }: SplitPairs,
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
        if (unused && (unused[pair >>> 3]! >>> (pair & 7)) & 1) continue
        if (wanted[at] === next) setFact(facts, at++, a, ids[i]!, ids[j]!)
        if (wanted[at] === next + 1) setFact(facts, at++, a, ids[j]!, ids[i]!)
        next += 2
      }
    }
  }
  return facts
}

/** How many ordered pairs of two different usable entities there are over all attributes' lists. */
export function countOrderedFacts(lists: readonly Int32Array[], usable?: Usable): number {
  if (!usable) return lists.reduce((sum, { length: n }) => sum + n * (n - 1), 0)
  let count = 0
  lists.forEach((list, a) => {
    for (const first of list) {
      for (const second of list) if (first !== second && usable(a, first, second)) count++
    }
  })
  return count
}

/**
 * The facts numbered `wanted` (rising) among all ordered pairs of two different usable entities of each
 * attribute's list, in lexicographic order of (attribute, first, second).
 */
export function selectOrderedFacts(
  lists: readonly Int32Array[],
  wanted: Int32Array,
  usable?: Usable
): PairFacts {
  const facts = emptyFacts(wanted.length)
  let next = 0
  let at = 0
  lists.forEach((list, a) => {
    for (let i = 0; i < list.length && at < wanted.length; i++) {
      for (let j = 0; j < list.length; j++) {
        if (i === j || (usable && !usable(a, list[i]!, list[j]!))) continue
        if (wanted[at] === next++) setFact(facts, at++, a, list[i]!, list[j]!)
      }
    }
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
