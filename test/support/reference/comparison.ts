/**
 * The comparison data set written a second time from its description (Wang et al. 2024, section 4, and the order
 * of draws that src/main/datasets/comparison.ts documents): plain objects, every pair listed, nothing shared with
 * the generator, not even the random numbers.
 */
import { createHash } from 'node:crypto'
import type { ComparisonConfig } from '@shared/config'
import { Sfc32 } from './sfc32'

export interface Row {
  tokens: string[]
  positions: number[]
  targets: string[]
}

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

export function referenceComparison(config: ComparisonConfig, seed: number): ReferenceDataset {
  const range = (n: number): number[] => [...Array(n).keys()]
  const entities = range(config.entities)
  const attributes = range(config.attributes)

  const knowledgeDraws = new Sfc32(seed, 'knowledge')
  const value = new Map<string, number>()
  for (const a of attributes) {
    for (const e of entities) value.set(`${a}/${e}`, knowledgeDraws.below(config.values))
  }

  const splitDraws = new Sfc32(seed, 'split')
  const idCount = Math.round(config.idShare * config.entities)
  const id = attributes.map(() => splitDraws.sample(config.entities, idCount))
  const ood = id.map((chosen) => entities.filter((e) => !chosen.includes(e)))
  const trainPool: Fact[] = []
  const iidPool: Fact[] = []
  for (const attribute of attributes) {
    for (const low of id[attribute]!) {
      for (const high of id[attribute]!.filter((e) => e > low)) {
        const isHeldOut = splitDraws.next() / 2 ** 32 < config.testShare
        const pool = isHeldOut ? iidPool : trainPool
        pool.push({ attribute, first: low, second: high })
        pool.push({ attribute, first: high, second: low })
      }
    }
  }
  const oodPool = attributes.flatMap((attribute) =>
    ood[attribute]!.flatMap((first) =>
      ood[attribute]!.filter((e) => e !== first).map((second) => ({ attribute, first, second }))
    )
  )

  const ending = (row: Row, answer: string): Row => {
    const at = row.tokens.length - 1
    return config.endTarget
      ? {
          tokens: [...row.tokens, answer],
          positions: [at, at + 1],
          targets: [answer, '</a>']
        }
      : { ...row, positions: [at], targets: [answer] }
  }
  const T = config.endTarget ? 6 : 5
  const atomic = ([a, e]: readonly [number, number]): Row => {
    const row = ending(
      { tokens: [`<e_${e}>`, `<attr_${a}>`], positions: [], targets: [] },
      `<${value.get(`${a}/${e}`)}>`
    )
    while (row.tokens.length < T) row.tokens.push('<pad>')
    return row
  }
  const comparison = ({ attribute: a, first, second }: Fact): Row => {
    const [v1, v2] = [value.get(`${a}/${first}`)!, value.get(`${a}/${second}`)!]
    const tokens = [`<attr_${a}>`, '<q>', `<e_${first}>`, '<mask>', `<e_${second}>`]
    const label = v1 < v2 ? 0 : v1 === v2 ? 1 : 2
    return ending({ tokens, positions: [], targets: [] }, `<attr_${a}_${label}>`)
  }

  const idFacts = attributes.flatMap((a) => id[a]!.map((e) => [a, e] as const))
  const oodFacts = attributes.flatMap((a) => ood[a]!.map((e) => [a, e] as const))
  const inferred = new Sfc32(seed, 'train')
    .sample(trainPool.length, Math.round(config.phi * idFacts.length))
    .map((i) => trainPool[i]!)
  const some = <T>(name: string, pool: readonly T[]): T[] =>
    new Sfc32(seed, `probes/${name}`)
      .sample(pool.length, Math.min(config.probes, pool.length))
      .map((i) => pool[i]!)

  const train = [...idFacts.map(atomic), ...oodFacts.map(atomic), ...inferred.map(comparison)]
  const splits = {
    train_inferred: some('train_inferred', inferred).map(comparison),
    test_inferred_iid: some('test_inferred_iid', iidPool).map(comparison),
    test_inferred_ood: some('test_inferred_ood', oodPool).map(comparison),
    id_atomic: some('id_atomic', idFacts).map(atomic),
    ood_atomic: some('ood_atomic', oodFacts).map(atomic)
  }
  const vocabulary = [
    ...entities.map((e) => `<e_${e}>`),
    ...attributes.map((a) => `<attr_${a}>`),
    ...range(config.values).map((v) => `<${v}>`),
    ...['<mask>', '<sep>', '<a>', '</a>', '<q>', '</q>'],
    ...attributes.flatMap((a) => [`<attr_${a}_0>`, `<attr_${a}_1>`, `<attr_${a}_2>`]),
    '<pad>'
  ]
  const hash = hashRows(vocabulary, T, config.endTarget ? 2 : 1, { train, ...splits })
  return { vocabulary, train, splits, trainPool, iidPool, oodPool, hash }
}

/** The bytes that `contentHash` documents, put together one integer at a time. */
function hashRows(vocabulary: string[], T: number, K: number, rows: Record<string, Row[]>): string {
  const ids = new Map(vocabulary.map((token, i) => [token, i]))
  const parts: Buffer[] = []
  const line = (text: string): void => void parts.push(Buffer.from(text + '\n', 'utf8'))
  const integer = (n: number): void => {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32LE(n)
    parts.push(bytes)
  }
  line('grokscope dataset 1')
  line('kind comparison')
  line(`shape ${T} ${K}`)
  line(`vocabulary ${vocabulary.length}`)
  vocabulary.forEach(line)
  for (const [name, examples] of Object.entries(rows)) {
    line(`examples ${name} ${examples.length}`)
    for (const row of examples) row.tokens.forEach((token) => integer(ids.get(token)!))
    for (const row of examples) row.positions.forEach(integer)
    for (const row of examples) row.targets.forEach((token) => integer(ids.get(token)!))
  }
  return createHash('sha256').update(Buffer.concat(parts)).digest('hex')
}
