/**
 * How many facts a composition data set holds, as far as its settings say: which two-hop facts are in- or
 * out-of-distribution is drawn, so their numbers are expectations. Wang et al. 2024, section 3; reference
 * `composition.ipynb`.
 */
interface Sizes {
  entities: number
  degree: number
  oodShare: number
  testShare: number
  phi: number
}

export interface CompositionCounts {
  /** One-hop facts (head, relation, tail). */
  atomic: number
  idAtomic: number
  oodAtomic: number
  /** Two-hop facts (head, relation, relation, tail), whichever they are. */
  twoHops: number
  /** Expected two-hop facts of two ID hops that are open to training. */
  trainPool: number
  /** Expected two-hop facts of two OOD hops. */
  oodPool: number
  /** Two-hop facts in the training set: round(phi x idAtomic). */
  trainInferred: number
}

export function compositionCounts({
  entities,
  degree,
  oodShare,
  testShare,
  phi
}: Sizes): CompositionCounts {
  const atomic = entities * degree
  const oodAtomic = Math.round(oodShare * atomic)
  const idAtomic = atomic - oodAtomic
  const twoHops = atomic * degree
  const share = idAtomic / atomic
  return {
    atomic,
    idAtomic,
    oodAtomic,
    twoHops,
    trainPool: Math.round(twoHops * share * share * (1 - testShare)),
    oodPool: Math.round(twoHops * (1 - share) * (1 - share)),
    trainInferred: Math.round(phi * idAtomic)
  }
}

/** Two-hop facts of one data set: beyond this building it takes gigabytes. */
export const maxTwoHops = 50_000_000
