/**
 * The comparison data set written a second time from its description (Wang et al. 2024, section 4, and the order
 * of draws that src/main/datasets/comparison.ts documents): plain objects, every pair listed, nothing shared with
 * the generator, not even the random numbers.
 */
import type { ComparisonConfig } from '@shared/config'
import { answered, hashRows, padded, range, type Row } from './rows'
import { Sfc32 } from './sfc32'

export type { Row } from './rows'

export interface Fact {
  attribute: number
  first: number
  second: number
}

export interface ReferenceDataset {
  vocabulary: string[]
  train: Row[]
  splits: Record<string, Row[]>
  trainPool: Fact[]
  iidPool: Fact[]
  oodPool: Fact[]
  hash: string
}

/** What is drawn whatever the values are. */
export interface Draws {
  idFacts: (readonly [attribute: number, entity: number])[]
  oodFacts: (readonly [attribute: number, entity: number])[]
  trainPool: Fact[]
  iidPool: Fact[]
  oodPool: Fact[]
  /** Comparisons in training. */
  inferred: Fact[]
}

/** @param known entities with a value, of each attribute */
export function referenceDraws(
  known: number[][],
  settings: { phi: number; idShare: number; testShare: number },
  seed: number,
  isUsable: (fact: Fact) => boolean = () => true
): Draws {
  const draws = new Sfc32(seed, 'split')
  const id = known.map((entities) =>
    draws
      .sample(entities.length, Math.round(settings.idShare * entities.length))
      .map((place) => entities[place]!)
  )
  const ood = known.map((entities, a) => entities.filter((e) => !id[a]!.includes(e)))
  const trainPool: Fact[] = []
  const iidPool: Fact[] = []
  id.forEach((entities, attribute) => {
    for (const low of entities) {
      for (const high of entities.filter((e) => e > low)) {
        if (!isUsable({ attribute, first: low, second: high })) continue
        const isHeldOut = draws.next() / 2 ** 32 < settings.testShare
        const pool = isHeldOut ? iidPool : trainPool
        pool.push({ attribute, first: low, second: high })
        pool.push({ attribute, first: high, second: low })
      }
    }
  })
  const oodPool = ood.flatMap((entities, attribute) =>
    entities.flatMap((first) =>
      entities
        .filter((e) => e !== first)
        .map((second) => ({ attribute, first, second }))
        .filter(isUsable)
    )
  )
  const idFacts = id.flatMap((entities, a) => entities.map((e) => [a, e] as const))
  const oodFacts = ood.flatMap((entities, a) => entities.map((e) => [a, e] as const))
  const wanted = Math.round(settings.phi * idFacts.length)
  const inferred =
    wanted > trainPool.length
      ? []
      : new Sfc32(seed, 'train').sample(trainPool.length, wanted).map((i) => trainPool[i]!)
  return { idFacts, oodFacts, trainPool, iidPool, oodPool, inferred }
}

/** A sample of a split's facts, or all of them. */
export function probesOf<T>(name: string, pool: readonly T[], probes: number, seed: number): T[] {
  return new Sfc32(seed, `probes/${name}`)
    .sample(pool.length, Math.min(probes, pool.length))
    .map((i) => pool[i]!)
}

/** Value of each (attribute, entity). */
export function referenceValues(
  { entities, attributes, values }: { entities: number; attributes: number; values: number },
  seed: number
): number[][] {
  const draws = new Sfc32(seed, 'knowledge')
  return range(attributes).map(() => range(entities).map(() => draws.below(values)))
}

export const comparisonTokens = (sizes: {
  entities: number
  attributes: number
  values: number
}): string[] => [
  ...range(sizes.entities).map((e) => `<e_${e}>`),
  ...range(sizes.attributes).map((a) => `<attr_${a}>`),
  ...range(sizes.values).map((v) => `<${v}>`),
  ...['<mask>', '<sep>', '<a>', '</a>', '<q>', '</q>'],
  ...range(sizes.attributes).flatMap((a) => [`<attr_${a}_0>`, `<attr_${a}_1>`, `<attr_${a}_2>`]),
  '<pad>'
]

/** 0 for less, 1 for equal, 2 for greater. */
export const orderOf = (v1: number, v2: number): number => (v1 < v2 ? 0 : v1 === v2 ? 1 : 2)

export function referenceComparison(config: ComparisonConfig, seed: number): ReferenceDataset {
  const values = referenceValues(config, seed)
  const everyone = range(config.attributes).map(() => range(config.entities))
  const draws = referenceDraws(everyone, config, seed)
  const { idFacts, oodFacts, trainPool, iidPool, oodPool, inferred } = draws

  const end = config.endTarget ? '</a>' : undefined
  const T = config.endTarget ? 6 : 5
  const atomic = ([a, e]: readonly [number, number]): Row =>
    padded(answered([`<e_${e}>`, `<attr_${a}>`], `<${values[a]![e]}>`, end), T)
  const comparison = ({ attribute: a, first, second }: Fact): Row => {
    const label = orderOf(values[a]![first]!, values[a]![second]!)
    const prompt = [`<attr_${a}>`, '<q>', `<e_${first}>`, '<mask>', `<e_${second}>`]
    return answered(prompt, `<attr_${a}_${label}>`, end)
  }
  const some = <T>(name: string, pool: readonly T[]): T[] =>
    probesOf(name, pool, config.probes, seed)

  const train = [...idFacts.map(atomic), ...oodFacts.map(atomic), ...inferred.map(comparison)]
  const splits = {
    train_inferred: some('train_inferred', inferred).map(comparison),
    test_inferred_iid: some('test_inferred_iid', iidPool).map(comparison),
    test_inferred_ood: some('test_inferred_ood', oodPool).map(comparison),
    id_atomic: some('id_atomic', idFacts).map(atomic),
    ood_atomic: some('ood_atomic', oodFacts).map(atomic)
  }
  const vocabulary = comparisonTokens(config)
  const hash = hashRows('comparison', vocabulary, train, splits)
  return { vocabulary, train, splits, trainPool, iidPool, oodPool, hash }
}
