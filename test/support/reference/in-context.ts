/** In-context comparison written a second time from the order of draws that src/main/datasets/in-context.ts documents. */
import type { InContextConfig } from '@shared/config'
import {
  comparisonTokens,
  orderOf,
  probesOf,
  referenceDraws,
  referenceValues,
  type Fact
} from './comparison'
import { answered, hashRows, padded, range, type Row } from './rows'
import { Sfc32 } from './sfc32'

export function referenceInContext(
  config: InContextConfig,
  seed: number
): {
  vocabulary: string[]
  train: Row[]
  splits: Record<string, Row[]>
  hash: string
  enough: boolean
} {
  const values = referenceValues(config, seed)
  const everyone = range(config.attributes).map(() => range(config.entities))
  const draws = referenceDraws(everyone, config, seed)
  const { idFacts, oodFacts, trainPool, iidPool, oodPool, inferred } = draws

  const chosen = new Sfc32(seed, 'context').sample(
    inferred.length,
    Math.round(config.contextShare * inferred.length)
  )
  const contextFacts = chosen.map((i) => inferred[i]!)
  const weightFacts = inferred.filter((_, i) => !chosen.includes(i))

  const end = config.endTarget ? '</a>' : undefined
  const T = config.endTarget ? 12 : 11
  const atomic = ([a, e]: readonly [number, number]): Row =>
    padded(answered([`<e_${e}>`, `<attr_${a}>`], `<${values[a]![e]}>`, end), T)
  const question = ({ attribute: a, first, second }: Fact): string[] => [
    `<attr_${a}>`,
    '<q>',
    `<e_${first}>`,
    '<mask>',
    `<e_${second}>`
  ]
  const plain = (fact: Fact): Row => {
    const row = values[fact.attribute]!
    const label = orderOf(row[fact.first]!, row[fact.second]!)
    return padded(answered(question(fact), `<attr_${fact.attribute}_${label}>`, end), T)
  }
  const inContext = (name: string, facts: Fact[]): Row[] => {
    const words = new Sfc32(seed, `context/${name}`)
    return facts.map((fact) => {
      const { attribute: a, first, second } = fact
      const isSwapped = words.below(2) === 1
      const isFresh = config.contextValues === 'fresh'
      const v1 = isFresh ? words.below(config.values) : values[a]![first]!
      const v2 = isFresh ? words.below(config.values) : values[a]![second]!
      const facts = [
        [`<e_${first}>`, `<attr_${a}>`, `<${v1}>`],
        [`<e_${second}>`, `<attr_${a}>`, `<${v2}>`]
      ]
      if (isSwapped) facts.reverse()
      const label = `<attr_${a}_${orderOf(v1, v2)}>`
      return answered([...facts.flat(), ...question(fact)], label, end)
    })
  }
  const some = <T>(name: string, pool: readonly T[]): T[] =>
    probesOf(name, pool, config.probes, seed)

  const contextTrain = inContext('train', contextFacts)
  const [iid, ood] = [some('test_inferred_iid', iidPool), some('test_inferred_ood', oodPool)]
  const atomics = config.atomicFacts ? [...idFacts.map(atomic), ...oodFacts.map(atomic)] : []
  const train = [...atomics, ...weightFacts.map(plain), ...contextTrain]
  const splits: Record<string, Row[]> = {}
  if (config.atomicFacts) {
    if (weightFacts.length > 0) {
      splits['train_inferred'] = some('train_inferred', weightFacts).map(plain)
    }
    splits['test_inferred_iid'] = iid.map(plain)
    splits['test_inferred_ood'] = ood.map(plain)
    splits['id_atomic'] = some('id_atomic', idFacts).map(atomic)
    splits['ood_atomic'] = some('ood_atomic', oodFacts).map(atomic)
  }
  if (contextTrain.length > 0) {
    splits['train_context'] = some('train_context', contextTrain)
    splits['test_context_iid'] = inContext('test_context_iid', iid)
    splits['test_context_ood'] = inContext('test_context_ood', ood)
  }
  const vocabulary = comparisonTokens(config)
  const enough = iidPool.length > 0 && Math.round(config.phi * idFacts.length) <= trainPool.length
  const hash = enough ? hashRows('in-context', vocabulary, train, splits) : ''
  return { vocabulary, train, splits, hash, enough }
}
