/** The user's own facts as a comparison task, from a table in memory: no file is read here. */
import type { FactsConfig } from '@shared/config'
import { orderOf, probesOf, referenceDraws, type Fact } from './comparison'
import { answered, hashRows, padded, range, type Row } from './rows'

/** One row of the file; an empty value is missing. */
export interface FactRow {
  entity: string
  attribute: string
  value: string
}

export interface ReferenceFacts {
  vocabulary: string[]
  train: Row[]
  splits: Record<string, Row[]>
  hash: string
  /** Whether the seed's draw meets the settings. */
  enough: boolean
}

export function referenceFacts(
  config: FactsConfig,
  rows: readonly FactRow[],
  sha256: string,
  seed: number
): ReferenceFacts {
  const whole = rows.filter(({ value }) => value !== '')
  const entities = [...new Set(whole.map(({ entity }) => entity))].sort()
  const attributes = [...new Set(whole.map(({ attribute }) => attribute))].sort()
  const texts = new Map(
    whole.map(({ entity, attribute, value }) => [`${attribute}/${entity}`, value])
  )
  const textOf = (a: number, e: number): string | undefined =>
    texts.get(`${attributes[a]}/${entities[e]}`)
  const known = attributes.map((_, a) =>
    range(entities.length).filter((e) => textOf(a, e) !== undefined)
  )

  // Each value as a place in a rising list of texts
  const listed = config.levels.split('<').map((text) => text.trim())
  const numbers = [...new Set(whole.map(({ value }) => Number(value)))].sort((x, y) => x - y)
  const levels =
    config.order === 'listed'
      ? listed
      : config.bins === null
        ? numbers.map(String)
        : range(config.bins).map((bin) => `bin_${bin}`)
  const levelOf = (a: number, e: number): number => {
    const text = textOf(a, e)!
    if (config.order === 'listed') return listed.indexOf(text)
    if (config.bins === null) return numbers.indexOf(Number(text))
    const others = known[a]!.map((other) => Number(textOf(a, other)))
    const smaller = others.filter((other) => other < Number(text)).length
    return Math.floor((config.bins * smaller) / others.length)
  }

  const isUsable = ({ attribute: a, first, second }: Fact): boolean =>
    config.ties === 'equal class' || levelOf(a, first) !== levelOf(a, second)
  const draws = referenceDraws(known, config, seed, isUsable)
  const { idFacts, oodFacts, trainPool, iidPool, oodPool, inferred } = draws

  const end = config.endTarget ? '</a>' : undefined
  const T = config.endTarget ? 6 : 5
  const atomic = ([a, e]: readonly [number, number]): Row =>
    padded(
      answered(
        [`<e_${entities[e]}>`, `<attr_${attributes[a]}>`],
        `<v_${levels[levelOf(a, e)]}>`,
        end
      ),
      T
    )
  const comparison = ({ attribute: a, first, second }: Fact): Row => {
    const label = orderOf(levelOf(a, first), levelOf(a, second))
    const prompt = [
      `<attr_${attributes[a]}>`,
      '<q>',
      `<e_${entities[first]}>`,
      '<mask>',
      `<e_${entities[second]}>`
    ]
    return answered(prompt, `<label_${attributes[a]}_${label}>`, end)
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
  const vocabulary = [
    ...entities.map((name) => `<e_${name}>`),
    ...attributes.map((name) => `<attr_${name}>`),
    ...levels.map((text) => `<v_${text}>`),
    ...['<mask>', '<sep>', '<a>', '</a>', '<q>', '</q>'],
    ...attributes.flatMap((name) => [0, 1, 2].map((label) => `<label_${name}_${label}>`)),
    '<pad>'
  ]
  const wanted = Math.round(config.phi * idFacts.length)
  const enough =
    oodPool.length > 0 && iidPool.length > 0 && wanted >= 1 && wanted <= trainPool.length
  const hash = enough ? hashRows('facts', vocabulary, train, splits, sha256) : ''
  return { vocabulary, train, splits, hash, enough }
}
