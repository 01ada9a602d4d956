/**
 * How facts of the comparison task are written as tokens (Wang et al. 2024; reference `comparison.ipynb` and
 * `main.py`). A row is what the model reads; its targets are predicted at the named positions.
 *
 *     comparison   attr <q> e1 <mask> e2 [label]     label at position 4 [, </a> at 5]
 *     atomic       e attr [value] <pad>...           value at position 1 [, </a> at 2]
 *
 * What is in brackets exists where the end token is a target too. Right padding under a causal model changes
 * nothing before it, so no mask is needed.
 */
import type { ComparisonConfig } from '@shared/config'
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

export function comparisonRows(
  config: Pick<ComparisonConfig, 'entities' | 'attributes' | 'values' | 'endTarget'>
): ComparisonRows {
  const { entities: E, attributes: A, values: V } = config
  const special = (token: (typeof specials)[number]): number => E + A + V + specials.indexOf(token)
  const labels = E + A + V + specials.length
  return {
    contextLength: config.endTarget ? 6 : 5,
    answers: config.endTarget ? 2 : 1,
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

/** The same ids as text. */
export function comparisonVocabulary(
  config: Pick<ComparisonConfig, 'entities' | 'attributes' | 'values'>
): Vocabulary {
  const { entities, attributes, values } = config
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

/** Writes row `i`: attribute, both entities, and their order as answer. */
export function writeComparison(
  rows: ComparisonRows,
  into: Examples,
  i: number,
  a: number,
  e1: number,
  e2: number,
  order: number
): void {
  const at = i * rows.contextLength
  into.tokens[at] = rows.attribute(a)
  into.tokens[at + 1] = rows.query
  into.tokens[at + 2] = rows.entity(e1)
  into.tokens[at + 3] = rows.mask
  into.tokens[at + 4] = rows.entity(e2)
  writeAnswer(rows, into, i, 4, rows.label(a, order))
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
