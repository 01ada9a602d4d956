/**
 * How many facts a comparison data set holds, from its settings alone: what the schema's checks, the form's
 * live counts and the generator's tests share. Wang et al. 2024, section 4; reference `comparison.ipynb`.
 */
interface Sizes {
  entities: number
  attributes: number
  phi: number
  idShare: number
  testShare: number
}

export interface ComparisonCounts {
  /** Entities that are ID for one attribute: round(idShare x entities). */
  idEntities: number
  oodEntities: number
  /** (entity, attribute) facts over all attributes. */
  idAtomic: number
  oodAtomic: number
  /** Ordered ID pairs over all attributes. */
  idPairs: number
  /** Expected ordered ID pairs left for training once the IID test pairs are held out. */
  trainPool: number
  /** Ordered pairs of two OOD entities. */
  oodPairs: number
  /** Comparisons in the training set: round(phi x idAtomic). */
  trainInferred: number
}

export function comparisonCounts(config: Sizes): ComparisonCounts {
  const { entities, attributes } = config
  const idEntities = Math.round(config.idShare * entities)
  const oodEntities = entities - idEntities
  const idAtomic = attributes * idEntities
  const idPairs = attributes * orderedPairs(idEntities)
  return {
    idEntities,
    oodEntities,
    idAtomic,
    oodAtomic: attributes * oodEntities,
    idPairs,
    trainPool: Math.round(idPairs * (1 - config.testShare)),
    oodPairs: attributes * orderedPairs(oodEntities),
    trainInferred: Math.round(config.phi * idAtomic)
  }
}

const orderedPairs = (n: number): number => (n < 2 ? 0 : n * (n - 1))

/**
 * The largest phi, rounded down to one decimal, for which `pool` ordered facts suffice. Where that is 0, as many
 * decimals as it takes to keep it positive; undefined for an empty pool.
 */
export function nearestPhi(pool: number, idAtomic: number): number | undefined {
  if (pool < 1) return undefined
  for (let scale = 10; ; scale *= 10) {
    const phi = Math.floor((scale * pool) / idAtomic) / scale
    if (phi > 0) return phi
  }
}

/** The largest phi that the expected pool can supply; a seed's own pool differs by its coins. */
export function maxPhi(config: Sizes): number | undefined {
  const { trainPool, idAtomic } = comparisonCounts(config)
  return nearestPhi(trainPool, idAtomic)
}

/** Ordered pairs of different entities over all attributes: beyond this a data set takes minutes and gigabytes. */
export const maxPairs = 1_000_000_000

/** Comparisons in the training set: beyond this the rows alone take a gigabyte. */
export const maxTrainInferred = 10_000_000

/** The most entities that keep within {@link maxPairs}: the root of entities x (entities - 1) x attributes. */
export function maxEntities(attributes: number): number {
  return Math.floor((1 + Math.sqrt(1 + (4 * maxPairs) / attributes)) / 2)
}

/**
 * Accuracies of a comparison to read curves against: with the right label set but no knowledge of the values
 * (always the likeliest label), and with exactly one of the two values known. Values are i.i.d. uniform.
 */
export function comparisonChance(values: number): { prior: number; oneValue: number } {
  const prior = Math.max(1 / values, (1 - 1 / values) / 2)
  let right = 0
  for (let known = 0; known < values; known++) {
    // Of the other value's possibilities: `known` are smaller, 1 is equal, the rest larger.
    right += Math.max(known, 1, values - 1 - known) / values
  }
  return { prior, oneValue: right / values }
}

/**
 * The entity-attribute trade-off: [entities, attributes] whose product is `facts`, so that the number of atomic facts
 * stays when one is moved against the other. Of all there are, those nearest to 10, 20, 50, 100, ... entities.
 */
export function tradeOffs(facts: number): [entities: number, attributes: number][] {
  const possible: number[] = []
  for (let entities = 4; entities <= Math.min(facts, 20_000); entities++) {
    const attributes = facts / entities
    if (!Number.isInteger(attributes) || attributes > 2000) continue
    if (attributes * entities * (entities - 1) <= maxPairs) possible.push(entities)
  }
  const round = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000]
  const distance = (entities: number, wanted: number): number =>
    Math.abs(Math.log(entities / wanted))
  const nearest = round.flatMap((wanted) =>
    [...possible].sort((x, y) => distance(x, wanted) - distance(y, wanted)).slice(0, 1)
  )
  return [...new Set(nearest)].sort((x, y) => x - y).map((E) => [E, facts / E])
}
