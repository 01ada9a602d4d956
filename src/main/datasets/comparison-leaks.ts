/**
 * Checks of a built data set of comparisons, read back from its rows: they know nothing of how the rows came
 * about, so they would notice a generator that leaks. Rows with and without the facts before the question are
 * told apart by where <q> stands.
 */
import type { DatasetSummary } from '@shared/contract'
import { contextTokens, type ComparisonRows, type Question } from './comparison-rows'
import type { Dataset, Examples } from './dataset'
import { countDuplicates, countOutside } from './summary-rows'

/** A question read back from a row's tokens, with the facts before it by entity where there are some. */
interface ReadQuestion extends Question {
  context: ReadonlyMap<number, { a: number; value: number }> | null
}

export function readQuestion(rows: ComparisonRows, examples: Examples, i: number): ReadQuestion {
  const { contextLength: T, answers: K, attribute, label, value } = rows
  const { tokens, labels } = examples
  const start = i * T
  const hasContext = tokens[start + 1] !== rows.query
  const at = start + (hasContext ? contextTokens : 0)
  const a = tokens[at]! - attribute(0)
  const factAt = (place: number): [number, { a: number; value: number }] => [
    tokens[place]!,
    { a: tokens[place + 1]! - attribute(0), value: tokens[place + 2]! - value(0) }
  ]
  return {
    a,
    e1: tokens[at + 2]!,
    e2: tokens[at + 4]!,
    order: labels[i * K]! - label(a, 0),
    context: hasContext ? new Map([factAt(start), factAt(start + 3)]) : null
  }
}

/** Training rows before the first comparison: atomic facts. */
const countAtomic = ({ trainParts }: Dataset, name: string): number =>
  trainParts.find((part) => part.name === name)?.count ?? 0

/** What the training set's atomic facts say: each (attribute, entity)'s value, -1 for none; and whether it is ID. */
function readAtomic(
  dataset: Dataset,
  rows: ComparisonRows,
  entities: number,
  attributes: number
): { values: Int32Array; isId: Uint8Array } {
  const { train } = dataset
  const idAtomic = countAtomic(dataset, 'id_atomic')
  const values = new Int32Array(attributes * entities).fill(-1)
  const isId = new Uint8Array(values.length)
  for (let i = 0; i < idAtomic + countAtomic(dataset, 'ood_atomic'); i++) {
    const at = i * rows.contextLength
    const fact = (train.tokens[at + 1]! - rows.attribute(0)) * entities + train.tokens[at]!
    values[fact] = train.labels[i * rows.answers]! - rows.value(0)
    isId[fact] = i < idAtomic ? 1 : 0
  }
  return { values, isId }
}

const iidSplits = ['test_inferred_iid', 'test_context_iid']
const oodSplits = ['test_inferred_ood', 'test_context_ood']
const trainSplits = ['train_inferred', 'train_context']

/** @param freshValues whether values in context are those of no knowledge base */
export function findComparisonLeaks(
  dataset: Dataset,
  rows: ComparisonRows,
  { entities: E, attributes: A }: { entities: number; attributes: number },
  freshValues = false
): DatasetSummary['leaks'] {
  const { train, splits } = dataset
  const firstComparison = countAtomic(dataset, 'id_atomic') + countAtomic(dataset, 'ood_atomic')
  const { values, isId } = readAtomic(dataset, rows, E, A)
  if (firstComparison === 0) {
    // Nothing says what is ID but that it is compared
    for (let i = 0; i < train.count; i++) {
      const { a, e1, e2 } = readQuestion(rows, train, i)
      isId[a * E + e1] = 1
      isId[a * E + e2] = 1
    }
  }

  const pairKey = ({ a, e1, e2 }: Question): number =>
    (a * E + Math.min(e1, e2)) * E + Math.max(e1, e2)
  const factKey = ({ a, e1, e2 }: Question): number => (a * E + e1) * E + e2
  const idCount = ({ a, e1, e2 }: Question): number => isId[a * E + e1]! + isId[a * E + e2]!
  const known = (a: number, e: number): number => values[a * E + e]!
  const found = { heldOut: 0, duplicates: 0, oodInTrain: 0, mixed: 0, wrongLabel: 0, context: 0 }
  let contexts = 0

  const look = (examples: Examples, from: number, each: (question: Question) => void): void => {
    for (let i = from; i < examples.count; i++) {
      const question = readQuestion(rows, examples, i)
      const { a, e1, e2, order, context } = question
      if (context) {
        contexts++
        const [first, second] = [context.get(e1), context.get(e2)]
        const matches = first?.a === a && second?.a === a
        const agrees = [e1, e2].every(
          (e) => firstComparison === 0 || context.get(e)?.value === known(a, e)
        )
        if (!matches || !(freshValues || agrees)) found.context++
        else if (Math.sign(first.value - second.value) + 1 !== order) found.wrongLabel++
      } else if (Math.sign(known(a, e1) - known(a, e2)) + 1 !== order) found.wrongLabel++
      each(question)
    }
  }

  const probePairs = new Set<number>()
  for (const [name, examples] of Object.entries(splits)) {
    if (iidSplits.includes(name)) {
      look(examples, 0, (question) => {
        probePairs.add(pairKey(question))
        // Without atomic facts an entity of a held-out pair may be in no other comparison
        if (firstComparison > 0 && idCount(question) !== 2) found.mixed++
      })
    } else if (oodSplits.includes(name)) {
      look(examples, 0, (question) => {
        probePairs.add(pairKey(question))
        if (idCount(question) !== 0) found.mixed++
      })
    } else if (trainSplits.includes(name)) {
      look(examples, 0, (question) => {
        if (idCount(question) !== 2) found.mixed++
      })
    }
  }
  const trained = new Float64Array(train.count - firstComparison)
  let at = 0
  look(train, firstComparison, (question) => {
    trained[at++] = factKey(question)
    if (probePairs.has(pairKey(question))) found.heldOut++
    if (idCount(question) < 2) found.oodInTrain++
    if (idCount(question) === 1) found.mixed++
  })

  return [
    { check: 'Test pairs seen in training, in either order', violations: found.heldOut },
    { check: 'Training comparisons with an OOD entity', violations: found.oodInTrain },
    { check: 'Pairs of one ID and one OOD entity, or in the wrong split', violations: found.mixed },
    { check: 'Training comparisons that occur twice', violations: countDuplicates(trained) },
    {
      check:
        contexts > 0
          ? 'Comparisons that contradict their context or the atomic facts'
          : 'Comparisons that contradict the atomic facts',
      violations: found.wrongLabel
    },
    ...(contexts > 0
      ? [
          {
            check: freshValues
              ? 'Contexts that are about other entities'
              : 'Contexts that are about other entities or contradict the atomic facts',
            violations: found.context
          }
        ]
      : []),
    { check: 'Tokens or targets outside the vocabulary', violations: countOutside(dataset) }
  ]
}
