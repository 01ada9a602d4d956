/** Accuracies that guessers reach, as lines to read a curve against. */
import { comparisonChance } from '../comparison-counts'
import { DatasetConfig, type ModularConfig } from '../config'
import { valueAt } from '../config-input'
import { modularCounts, tallyAnswers } from '../modular-operations'
import type { RuleLayer } from './figure'

/** The lines for a run's data, the least knowing guesser first; none where the settings alone do not say. */
export function chanceRules(config: unknown): readonly RuleLayer[] {
  const dataset = DatasetConfig.safeParse(valueAt(config, ['dataset']))
  return dataset.success ? rulesOf(dataset.data) : []
}

function rulesOf(dataset: DatasetConfig): RuleLayer[] {
  switch (dataset.kind) {
    case 'comparison':
    case 'in-context': {
      const { prior, oneValue } = comparisonChance(dataset.values)
      const rules = [rule('no value known', prior)]
      // Of two values, knowing one helps nobody: one line then says both.
      return oneValue > prior ? [...rules, rule('one value known', oneValue)] : rules
    }
    case 'modular':
      return [rule('likeliest answer', likeliestAnswer(dataset))]
    // Which answers are likely is drawn, or is in the file: the settings do not say.
    case 'composition':
    case 'facts':
      return []
    default:
      return dataset satisfies never
  }
}

const rule = (label: string, at: number): RuleLayer => ({
  kind: 'rule',
  key: label,
  axis: 'y',
  at,
  label: `${label} ${at.toFixed(4)}`
})

/** Share of all equations that have the most frequent answer. */
function likeliestAnswer(config: ModularConfig): number {
  return tallyAnswers(config).commonest / modularCounts(config).equations
}
