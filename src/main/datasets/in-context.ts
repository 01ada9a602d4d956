/**
 * Comparison in weights and in context: the task of comparison.ts, where a share of the training comparisons has
 * its two atomic facts before the question, in an order that a coin decides. Facts in context are those of the
 * knowledge base, or have values drawn anew for every question. Test pairs are asked both ways: the same facts
 * with and without their context.
 *
 * The order of draws: `knowledge`, then those of comparison-facts.ts, then
 * - `context`: which training comparisons are in context, `sample(comparisons, round(contextShare x comparisons))`.
 * - `context/train`, `context/SPLIT`: for each row `int(2)`, 1 where the second entity's fact stands first; with
 *   fresh values then `int(values)` for the first and for the second entity.
 * - `probes/train_inferred` and `probes/train_context` draw from the training comparisons of their form.
 */
import { comparisonCounts } from '@shared/comparison-counts'
import type { InContextConfig } from '@shared/config'
import { createRng } from '@shared/rng'
import { allEntities, comparisonContent, drawKnowledge, questionOf } from './comparison'
import type { Knowledge } from './comparison'
import { drawFacts } from './comparison-facts'
import { takeFacts, type PairFacts } from './comparison-pairs'
import { comparisonRows, comparisonVocabulary, writeInContext } from './comparison-rows'
import { concatRows, contentHash, emptyExamples, takeRows } from './dataset'
import type { Dataset, DatasetShape, Examples } from './dataset'

/** @throws {UserError} where the seed's own draw cannot meet the settings, as `drawFacts` does. */
export function buildInContext(config: InContextConfig, seed: number): Dataset {
  const rows = comparisonRows(config, true)
  const knowledge = drawKnowledge(config, seed)
  const facts = drawFacts(config, allEntities(config), seed)
  const { idAtomic, oodAtomic, inferred, comparisons, pools } = facts

  // Which training comparisons have their facts before them
  const contextCount = Math.round(config.contextShare * inferred.count)
  const inContext = createRng(seed, 'context').sample(inferred.count, contextCount)
  const isInContext = new Set(inContext)
  const inWeights = Int32Array.from({ length: inferred.count }, (_, i) => i).filter(
    (i) => !isInContext.has(i)
  )
  const weightFacts = takeFacts(inferred, inWeights)
  const probesOf = (name: string, count: number): Int32Array =>
    createRng(seed, `probes/${name}`).sample(count, Math.min(config.probes, count))
  const plain = comparisonContent(rows, knowledge, {
    ...facts,
    inferred: weightFacts,
    comparisons: {
      ...comparisons,
      train_inferred: takeFacts(weightFacts, probesOf('train_inferred', weightFacts.count))
    }
  })
  const ask = (name: string, asked: PairFacts): Examples =>
    writeContexts(config, asked, knowledge, seed, name)
  const contextTrain = ask('train', takeFacts(inferred, inContext))

  // Forms that are not trained are not asked either
  const { train_inferred, ...tests } = plain.splits
  const inWeightSplits =
    weightFacts.count > 0 ? { train_inferred: train_inferred!, ...tests } : tests
  const inContextSplits = {
    train_context: takeRows(rows, contextTrain, probesOf('train_context', contextCount)),
    test_context_iid: ask('test_context_iid', comparisons.test_inferred_iid),
    test_context_ood: ask('test_context_ood', comparisons.test_inferred_ood)
  }
  const atomicRows = config.atomicFacts ? idAtomic.count + oodAtomic.count : 0
  const kept = Int32Array.from(
    { length: atomicRows + weightFacts.count },
    (_, i) => i + (idAtomic.count + oodAtomic.count - atomicRows)
  )
  const content = {
    ...plain,
    kind: 'in-context',
    vocabulary: comparisonVocabulary(config),
    train: concatRows(takeRows(rows, plain.train, kept), contextTrain),
    trainParts: [
      ...plain.trainParts.filter(({ name }) => config.atomicFacts || !name.endsWith('atomic')),
      { name: 'train_context', count: contextCount }
    ],
    splits: {
      ...(config.atomicFacts && inWeightSplits),
      ...(contextCount > 0 && inContextSplits)
    },
    pools: {
      ...pools,
      train_inferred: weightFacts.count,
      train_context: contextCount,
      test_context_iid: comparisons.test_inferred_iid.count,
      test_context_ood: comparisons.test_inferred_ood.count
    },
    seed
  }
  return { ...content, hash: contentHash(content) }
}

/** Sizes from the settings alone. */
export function shapeOfInContext(config: InContextConfig): DatasetShape {
  const { contextLength, answers, vocabularySize } = comparisonRows(config, true)
  const { idAtomic, oodAtomic, trainInferred } = comparisonCounts(config)
  const atomics = config.atomicFacts ? idAtomic + oodAtomic : 0
  return { vocabularySize, contextLength, answers, trainExamples: atomics + trainInferred }
}

/** Questions with their facts before them, drawn from the stream `context/NAME`. */
function writeContexts(
  config: InContextConfig,
  facts: PairFacts,
  knowledge: Knowledge,
  seed: number,
  name: string
): Examples {
  const rows = comparisonRows(config, true)
  const rng = createRng(seed, `context/${name}`)
  const into = emptyExamples(facts.count, rows.contextLength, rows.answers)
  for (let i = 0; i < facts.count; i++) {
    const question = questionOf(facts, i, knowledge)
    const { a, e1, e2 } = question
    const swapped = rng.int(2) === 1
    const valueOf = (e: number): number =>
      config.contextValues === 'fresh'
        ? rng.int(config.values)
        : knowledge.values[a * knowledge.entities + e]!
    const [v1, v2] = [valueOf(e1), valueOf(e2)]
    const order = Math.sign(v1 - v2) + 1
    writeInContext(rows, into, i, { ...question, order }, [v1, v2], swapped)
  }
  return into
}
