/**
 * How facts of the comparison task are written as tokens (Wang et al. 2024; reference `comparison.ipynb` and
 * `main.py`). A row is what the model reads; its targets are predicted at the named positions.
 *
 *     comparison   attr <q> e1 <mask> e2 [label]     label at position 4 [, </a> at 5]
 *     atomic       e attr [value] <pad>...           value at position 1 [, </a> at 2]
 *
 * What is in brackets exists where the end token is a target too. Right padding under a causal model changes
 * nothing before it, so no mask is needed. Where the two facts may precede the
 * question, every row has six more positions:
 *
 *     in context   e attr value e' attr value' attr <q> e1 <mask> e2 [label]     {e, e'} = {e1, e2}
 */
import type { Examples, Vocabulary } from './dataset'

const specials = ['<mask>', '<sep>', '<a>', '</a>', '<q>', '</q>'] as const

/** Comparison labels in the order of their ids within an attribute. */
export const classes = ['<', '=', '>'] as const

/** Token ids by meaning, and the sizes of a row. Ids run entities, attributes, values, specials, labels, pad. */
export interface ComparisonRows {
  /** T */
  contextLength: number
  /** K */
  answers: number
  vocabularySize: number
  entity(e: number): number
  attribute(a: number): number
  value(v: number): number
  /** `order`: 0 for v1 < v2, 1 for equal, 2 for greater. Each attribute has labels of its own. */
  label(a: number, order: number): number
  mask: number
  query: number
  end: number
  pad: number
}

/** How many there are of each kind of token, and whether the end token is a target. */
export interface ComparisonSizes {
  entities: number
  attributes: number
  values: number
  endTarget: boolean
}

/** Tokens that two facts take up before a question. */
export const contextTokens = 6

export function comparisonRows(
  { entities: E, attributes: A, values: V, endTarget }: ComparisonSizes,
  withContext = false
): ComparisonRows {
  const special = (token: (typeof specials)[number]): number => E + A + V + specials.indexOf(token)
  const labels = E + A + V + specials.length
  return {
    contextLength: (endTarget ? 6 : 5) + (withContext ? contextTokens : 0),
    answers: endTarget ? 2 : 1,
    vocabularySize: labels + 3 * A + 1,
    entity: (e) => e,
    attribute: (a) => E + a,
    value: (v) => E + A + v,
    label: (a, order) => labels + 3 * a + order,
    mask: special('<mask>'),
    query: special('<q>'),
    end: special('</a>'),
    pad: labels + 3 * A
  }
}

/** Values are alternatives of one another (class 0), and so are the labels of each attribute (classes from 1). */
export function comparisonAnswerGroups(
  rows: Pick<ComparisonRows, 'vocabularySize' | 'value' | 'mask' | 'label' | 'pad'>
): Int32Array {
  const [values, labels] = [rows.value(0), rows.label(0, 0)]
  const perAttribute = rows.label(1, 0) - labels
  return Int32Array.from({ length: rows.vocabularySize }, (_, id) => {
    if (id >= values && id < rows.mask) return 0
    return id >= labels && id < rows.pad ? 1 + Math.floor((id - labels) / perAttribute) : -1
  })
}

/** The same ids as text. */
export function comparisonVocabulary(
  sizes: Pick<ComparisonSizes, 'entities' | 'attributes' | 'values'>
): Vocabulary {
  const { entities, attributes, values } = sizes
  const tokens = [
    ...Array.from({ length: entities }, (_, e) => `<e_${e}>`),
    ...Array.from({ length: attributes }, (_, a) => `<attr_${a}>`),
    ...Array.from({ length: values }, (_, v) => `<${v}>`),
    ...specials,
    ...Array.from({ length: 3 * attributes }, (_, i) => `<attr_${Math.floor(i / 3)}_${i % 3}>`),
    '<pad>'
  ]
  return { tokens, size: tokens.length }
}

/** Writes row `i`: entity, attribute, and the value as answer. */
export function writeAtomic(
  rows: ComparisonRows,
  into: Examples,
  i: number,
  e: number,
  a: number,
  value: number
): void {
  const { contextLength: T } = rows
  into.tokens.fill(rows.pad, i * T, (i + 1) * T)
  into.tokens[i * T] = rows.entity(e)
  into.tokens[i * T + 1] = rows.attribute(a)
  writeAnswer(rows, into, i, 1, rows.value(value))
}

/** A comparison of two entities by an attribute; `order` as in {@link ComparisonRows.label}. */
export interface Question {
  a: number
  e1: number
  e2: number
  order: number
}

/** Writes row `i`: attribute, both entities, and their order as answer; `from` tokens precede the question. */
export function writeComparison(
  rows: ComparisonRows,
  into: Examples,
  i: number,
  { a, e1, e2, order }: Question,
  from = 0
): void {
  const { contextLength: T } = rows
  const at = i * T + from
  into.tokens[at] = rows.attribute(a)
  into.tokens[at + 1] = rows.query
  into.tokens[at + 2] = rows.entity(e1)
  into.tokens[at + 3] = rows.mask
  into.tokens[at + 4] = rows.entity(e2)
  into.tokens.fill(rows.pad, at + 5, (i + 1) * T)
  writeAnswer(rows, into, i, from + 4, rows.label(a, order))
}

/** Writes row `i`: both facts, the second entity's first where `swapped`, then the question. */
export function writeInContext(
  rows: ComparisonRows,
  into: Examples,
  i: number,
  question: Question,
  [v1, v2]: readonly [number, number],
  swapped: boolean
): void {
  const { a, e1, e2 } = question
  const facts = [
    [e1, v1],
    [e2, v2]
  ] as const
  facts.forEach(([e, value], nth) => {
    const fact = [rows.entity(e), rows.attribute(a), rows.value(value)]
    into.tokens.set(fact, i * rows.contextLength + 3 * (swapped ? 1 - nth : nth))
  })
  writeComparison(rows, into, i, question, contextTokens)
}

/** The answer is predicted at `position`; as input of the next one it predicts the end token. */
function writeAnswer(
  { contextLength: T, answers: K, end }: ComparisonRows,
  into: Examples,
  i: number,
  position: number,
  answer: number
): void {
  into.positions[i * K] = position
  into.labels[i * K] = answer
  if (K === 1) return
  into.tokens[i * T + position + 1] = answer
  into.positions[i * K + 1] = position + 1
  into.labels[i * K + 1] = end
}
