/**
 * The comparison task of Wang, Yue, Su and Sun 2024 (arXiv 2405.15071, section 4; reference code
 * GrokkedTransformer, `comparison.ipynb`). Every entity has a value for every attribute; a comparison asks which
 * of two entities has the smaller value. For each attribute by itself some entities are in-distribution (ID):
 * those are compared in training. The others (OOD) are seen in training as atomic facts only, and pairs of one
 * ID and one OOD entity are never used.
 *
 * The order of draws, which fixes the data set of a seed:
 * - `knowledge`: the value of each (attribute, entity), attribute by attribute, `int(values)`.
 * - then those of comparison-facts.ts.
 */
import { comparisonCounts } from '@shared/comparison-counts'
import type { ComparisonConfig } from '@shared/config'
import { createRng } from '@shared/rng'
import { drawFacts, type AtomicFacts, type ComparisonFacts } from './comparison-facts'
import type { PairFacts } from './comparison-pairs'
import {
  comparisonAnswerGroups,
  comparisonRows,
  comparisonVocabulary,
  writeAtomic,
  writeComparison
} from './comparison-rows'
import type { ComparisonRows, Question } from './comparison-rows'
import {
  contentHash,
  emptyExamples,
  type Dataset,
  type DatasetShape,
  type Examples
} from './dataset'

/** The value of each (attribute, entity), `values[a * entities + e]`, as a place in the order of values. */
export interface Knowledge {
  entities: number
  values: Int32Array
}

/**
 * Draws the data set of a seed.
 * @throws {UserError} where the seed's own draw cannot meet the settings, as `drawFacts` does.
 */
export function buildComparison(config: ComparisonConfig, seed: number): Dataset {
  const knowledge = drawKnowledge(config, seed)
  const facts = drawFacts(config, allEntities(config), seed)
  const content = {
    kind: 'comparison',
    vocabulary: comparisonVocabulary(config),
    ...comparisonContent(comparisonRows(config), knowledge, facts),
    seed
  }
  return { ...content, hash: contentHash(content) }
}

/** Facts as rows: training set, probes and pools. */
export function comparisonContent(
  rows: ComparisonRows,
  knowledge: Knowledge,
  { idAtomic, oodAtomic, inferred, comparisons, atomics, pools }: ComparisonFacts
): Omit<Dataset, 'kind' | 'vocabulary' | 'seed' | 'hash'> {
  const { contextLength, answers } = rows
  const train = emptyExamples(
    idAtomic.count + oodAtomic.count + inferred.count,
    contextLength,
    answers
  )
  writeAtomics(rows, train, 0, idAtomic, knowledge)
  writeAtomics(rows, train, idAtomic.count, oodAtomic, knowledge)
  writeComparisons(rows, train, idAtomic.count + oodAtomic.count, inferred, knowledge)

  const compare = (facts: PairFacts): Examples => {
    const examples = emptyExamples(facts.count, contextLength, answers)
    writeComparisons(rows, examples, 0, facts, knowledge)
    return examples
  }
  const recall = (facts: AtomicFacts): Examples => {
    const examples = emptyExamples(facts.count, contextLength, answers)
    writeAtomics(rows, examples, 0, facts, knowledge)
    return examples
  }
  return {
    contextLength,
    answers,
    train,
    trainParts: [
      { name: 'id_atomic', count: idAtomic.count },
      { name: 'ood_atomic', count: oodAtomic.count },
      { name: 'train_inferred', count: inferred.count }
    ],
    splits: {
      train_inferred: compare(comparisons.train_inferred),
      test_inferred_iid: compare(comparisons.test_inferred_iid),
      test_inferred_ood: compare(comparisons.test_inferred_ood),
      id_atomic: recall(atomics.id_atomic),
      ood_atomic: recall(atomics.ood_atomic)
    },
    pools,
    answerGroups: comparisonAnswerGroups(rows)
  }
}

/** Sizes from the settings alone. */
export function shapeOfComparison(config: ComparisonConfig): DatasetShape {
  const { contextLength, answers, vocabularySize } = comparisonRows(config)
  const { idAtomic, oodAtomic, trainInferred } = comparisonCounts(config)
  return {
    vocabularySize,
    contextLength,
    answers,
    trainExamples: idAtomic + oodAtomic + trainInferred
  }
}

/** Draws the value of each (attribute, entity). */
export function drawKnowledge(
  { entities, attributes, values }: Pick<ComparisonConfig, 'entities' | 'attributes' | 'values'>,
  seed: number
): Knowledge {
  const rng = createRng(seed, 'knowledge')
  const drawn = new Int32Array(attributes * entities)
  for (let i = 0; i < drawn.length; i++) drawn[i] = rng.int(values)
  return { entities, values: drawn }
}

/** Every entity has a value for every attribute. */
export function allEntities({
  entities,
  attributes
}: Pick<ComparisonConfig, 'entities' | 'attributes'>): Int32Array[] {
  const everyone = Int32Array.from({ length: entities }, (_, e) => e)
  return Array.from({ length: attributes }, () => everyone)
}

export function writeAtomics(
  rows: ComparisonRows,
  into: Examples,
  start: number,
  { count, attribute, entity }: AtomicFacts,
  { entities, values }: Knowledge
): void {
  for (let i = 0; i < count; i++) {
    const a = attribute[i]!
    const e = entity[i]!
    writeAtomic(rows, into, start + i, e, a, values[a * entities + e]!)
  }
}

export function writeComparisons(
  rows: ComparisonRows,
  into: Examples,
  start: number,
  facts: PairFacts,
  knowledge: Knowledge
): void {
  for (let i = 0; i < facts.count; i++) {
    writeComparison(rows, into, start + i, questionOf(facts, i, knowledge))
  }
}

/** Fact `i` as a question, answered from what is known. */
export function questionOf(
  { attribute, first, second }: PairFacts,
  i: number,
  { entities, values }: Knowledge
): Question {
  const [a, e1, e2] = [attribute[i]!, first[i]!, second[i]!]
  const order = Math.sign(values[a * entities + e1]! - values[a * entities + e2]!) + 1
  return { a, e1, e2, order }
}
