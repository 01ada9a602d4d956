/**
 * The user's own facts as a comparison task: the rows of comparison.ts about entities, attributes and values of a
 * file. An entity need not have a value for every attribute; what is ID is drawn among those that have one. The
 * order of draws is that of comparison-facts.ts.
 *
 * Ids run entities, attributes, values, specials, labels, pad, as in comparison-rows.ts.
 */
import { resolve } from 'node:path'
import type { FactsConfig } from '@shared/config'
import { comparisonContent, type Knowledge } from './comparison'
import { drawFacts } from './comparison-facts'
import { comparisonRows, comparisonVocabulary, type ComparisonRows } from './comparison-rows'
import { contentHash, type Dataset, type DatasetShape, type Vocabulary } from './dataset'
import { readFacts, type FactsTable } from './facts-table'

/**
 * Builds the data set of the file as it is now.
 * @throws {UserError} where the file cannot be used (`readFacts`), or the seed's draw cannot meet the settings.
 */
export function buildFacts(config: FactsConfig, seed: number): Dataset {
  const table = readFacts(config)
  const knowledge = knowledgeOf(table)
  const { entities: E, values } = knowledge
  const usable =
    config.ties === 'drop'
      ? (a: number, e1: number, e2: number): boolean => values[a * E + e1] !== values[a * E + e2]
      : undefined
  const facts = drawFacts(config, knownEntities(table), seed, usable)
  const content = {
    kind: 'facts',
    source: table.sha256,
    vocabulary: factsVocabulary(table),
    ...comparisonContent(factsRows(config, table), knowledge, facts),
    seed
  }
  return { ...content, hash: contentHash(content) }
}

/** Sizes from the settings and the file. */
export function shapeOfFacts(config: FactsConfig): DatasetShape {
  const table = readFacts(config)
  const { contextLength, answers, vocabularySize } = factsRows(config, table)
  const known = knownEntities(table).map((list) => list.length)
  const facts = known.reduce((sum, n) => sum + n, 0)
  const idFacts = known.reduce((sum, n) => sum + Math.round(config.idShare * n), 0)
  return {
    vocabularySize,
    contextLength,
    answers,
    trainExamples: facts + Math.round(config.phi * idFacts)
  }
}

/**
 * The config with its file pinned: a path that holds from everywhere, and the file's SHA-256. A run made of it
 * refuses another content.
 * @param folder what a relative path starts from
 */
export function pinFacts(config: FactsConfig, folder: string): FactsConfig {
  const path = resolve(folder, config.path)
  return { ...config, path, sha256: readFacts({ ...config, path }).sha256 }
}

export const factsRows = (config: FactsConfig, table: FactsTable): ComparisonRows =>
  comparisonRows({ ...sizesOf(table), endTarget: config.endTarget })

const sizesOf = ({
  entities,
  attributes,
  levels
}: FactsTable): { entities: number; attributes: number; values: number } => ({
  entities: entities.length,
  attributes: attributes.length,
  values: levels.length
})

const knowledgeOf = ({ entities, values }: FactsTable): Knowledge => ({
  entities: entities.length,
  values
})

/** Rising entities that have a value, of each attribute. */
export function knownEntities({ entities, attributes, values }: FactsTable): Int32Array[] {
  const everyone = Int32Array.from(entities, (_, e) => e)
  return attributes.map((_, a) => everyone.filter((e) => values[a * entities.length + e]! >= 0))
}

/** The ids of comparisonVocabulary with the file's names; prefixes keep equal words of different roles apart. */
function factsVocabulary(table: FactsTable): Vocabulary {
  const { entities, attributes, levels } = table
  const plain = comparisonVocabulary(sizesOf(table)).tokens
  const named = [
    ...entities.map((name) => `<e_${name}>`),
    ...attributes.map((name) => `<attr_${name}>`),
    ...levels.map((value) => `<v_${value}>`)
  ]
  const firstLabel = plain.length - 1 - 3 * attributes.length
  const tokens = [
    ...named,
    ...plain.slice(named.length, firstLabel),
    ...attributes.flatMap((name) => [0, 1, 2].map((order) => `<label_${name}_${order}>`)),
    '<pad>'
  ]
  return { tokens, size: tokens.length }
}
