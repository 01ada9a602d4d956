/** What the training set of a comparison task says: values of entities, labels of attributes, who is compared. */
import type { Dataset } from '../datasets/dataset'

/** All by token id. Value tokens are in the order of the values, so ids can be compared. */
export interface ComparisonKnowledge {
  readonly attributes: readonly number[]
  /** The token of an entity's value; undefined where the two make no fact. */
  value(attribute: number, entity: number): number | undefined
  /** The attribute's labels for less, equal and greater; empty for what is no attribute. */
  labels(attribute: number): readonly number[]
  /** Rising entities that stand in at least one training comparison by the attribute. */
  compared(attribute: number): readonly number[]
  /** Rising entities that have a value for the attribute. */
  entities(attribute: number): readonly number[]
  readonly values: readonly number[]
}

export function comparisonFacts(dataset: Dataset): ComparisonKnowledge {
  const { train, contextLength: T, answers: K, answerGroups: groups } = dataset
  if (!groups) throw new Error('a comparison data set names its groups of answers')
  const valueOf = new Map<number, Map<number, number>>()
  const compared = new Map<number, Set<number>>()
  const groupOf = new Map<number, number>()
  for (let i = 0; i < train.count; i++) {
    const [position, answer] = [train.positions[i * K]!, train.labels[i * K]!]
    const at = (t: number): number => train.tokens[i * T + t]!
    if (groups[answer] === 0) {
      if (!valueOf.has(at(1))) valueOf.set(at(1), new Map())
      valueOf.get(at(1))!.set(at(0), answer)
    } else {
      const from = position - 4
      const attribute = at(from)
      groupOf.set(attribute, groups[answer]!)
      if (!compared.has(attribute)) compared.set(attribute, new Set())
      compared
        .get(attribute)!
        .add(at(from + 2))
        .add(at(from + 4))
    }
  }
  const tokensOf = (group: number): number[] =>
    Array.from(groups, (own, token) => (own === group ? token : -1)).filter((token) => token >= 0)
  const labels = new Map([...groupOf].map(([attribute, group]) => [attribute, tokensOf(group)]))
  const rising = (tokens: Iterable<number>): number[] => [...tokens].sort((a, b) => a - b)
  const comparedOf = new Map([...compared].map(([attribute, set]) => [attribute, rising(set)]))
  return {
    attributes: rising(new Set([...valueOf.keys(), ...groupOf.keys()])),
    value: (attribute, entity) => valueOf.get(attribute)?.get(entity),
    labels: (attribute) => labels.get(attribute) ?? [],
    compared: (attribute) => comparedOf.get(attribute) ?? [],
    entities: (attribute) => rising(valueOf.get(attribute)?.keys() ?? []),
    values: tokensOf(0)
  }
}
