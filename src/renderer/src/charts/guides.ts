/** Accuracies that guessers reach, as lines to read a curve against. */
import { comparisonChance } from '@shared/comparison-counts'
import { DatasetConfig, type ModularConfig } from '@shared/config'
import { valueAt } from '@shared/config-input'
import { modularCounts, tallyAnswers } from '@shared/modular-operations'
import { formatAccuracy } from '../format'
import { texts } from '../texts'
import type { Guide } from './line-chart'

/** The lines for a run's data, the least knowing guesser first; none where the settings alone do not say. */
export function chanceGuides(config: unknown): readonly Guide[] {
  const dataset = DatasetConfig.safeParse(valueAt(config, ['dataset']))
  return dataset.success ? guidesOf(dataset.data) : []
}

function guidesOf(dataset: DatasetConfig): Guide[] {
  const { chance } = texts.run
  switch (dataset.kind) {
    case 'comparison':
    case 'in-context': {
      const { prior, oneValue } = comparisonChance(dataset.values)
      const guides = [guide(chance.noValue, prior)]
      // Of two values, knowing one helps nobody: one line then says both.
      return oneValue > prior ? [...guides, guide(chance.oneValue, oneValue)] : guides
    }
    case 'modular':
      return [guide(chance.likeliestAnswer, likeliestAnswer(dataset))]
    // Which answers are likely is drawn, or is in the file: the settings do not say.
    case 'composition':
    case 'facts':
      return []
    default:
      return dataset satisfies never
  }
}

const guide = (label: string, value: number): Guide => ({
  value,
  label: `${label} ${formatAccuracy(value)}`
})

/** Share of all equations that have the most frequent answer. */
function likeliestAnswer(config: ModularConfig): number {
  return tallyAnswers(config).commonest / modularCounts(config).equations
}
