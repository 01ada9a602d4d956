/** What a built comparison data set holds: counts from the settings and the built data, the rest read back from rows. */
import { comparisonChance, comparisonCounts, tradeOffs } from '@shared/comparison-counts'
import type { ComparisonConfig } from '@shared/config'
import type { DatasetSummary } from '@shared/contract'
import { findComparisonLeaks, readQuestion } from './comparison-leaks'
import { classes, comparisonRows, type ComparisonRows } from './comparison-rows'
import type { Dataset, Examples } from './dataset'
import { listSplits, summarizeSizes } from './summary-rows'

export function summarizeComparison(dataset: Dataset, config: ComparisonConfig): DatasetSummary {
  const rows = comparisonRows(config)
  return {
    ...summarizeSizes(dataset),
    counts: countFacts(dataset, config),
    splits: listSplits(dataset, 'comparison', classShares(rows)),
    chance: chanceOf(config.values),
    leaks: findComparisonLeaks(dataset, rows, config),
    notes: [describeTradeOff(config)]
  }
}

function countFacts(dataset: Dataset, config: ComparisonConfig): DatasetSummary['counts'] {
  const expected = comparisonCounts(config)
  const part = Object.fromEntries(dataset.trainParts.map(({ name, count }) => [name, count]))
  const { entities, attributes } = config
  const heldOut = dataset.pools['test_inferred_iid']!
  return [
    { name: 'id_atomic', label: 'ID atomic facts, in training', count: part['id_atomic']! },
    { name: 'ood_atomic', label: 'OOD atomic facts, in training', count: part['ood_atomic']! },
    { name: 'train_inferred', label: 'Comparisons in training', count: part['train_inferred']! },
    { name: 'train', label: 'Training examples', count: dataset.train.count },
    { name: 'id_pairs', label: 'Ordered ID pairs', count: expected.idPairs },
    {
      name: 'train_pool',
      label: 'Ordered ID pairs open to training',
      count: expected.idPairs - heldOut
    },
    { name: 'iid_pool', label: 'Ordered ID pairs held out, IID test', count: heldOut },
    {
      name: 'ood_pool',
      label: 'Ordered OOD pairs, OOD test',
      count: dataset.pools['test_inferred_ood']!
    },
    {
      name: 'mixed_pairs',
      label: 'Ordered ID-OOD pairs, never used',
      count: attributes * entities * (entities - 1) - expected.idPairs - expected.oodPairs
    }
  ]
}

/** Guessers of values that are drawn uniformly. */
export function chanceOf(values: number): DatasetSummary['chance'] {
  const { prior, oneValue } = comparisonChance(values)
  return [
    { label: 'knowing the labels', accuracy: prior },
    { label: 'knowing one value', accuracy: oneValue }
  ]
}

/** Shares of <, = and > in splits of comparisons. */
export const classShares =
  (rows: ComparisonRows) =>
  (name: string, examples: Examples): Record<string, number> | undefined => {
    if (name.endsWith('atomic')) return undefined
    const counts = [0, 0, 0]
    for (let i = 0; i < examples.count; i++) counts[readQuestion(rows, examples, i).order]!++
    return Object.fromEntries(classes.map((name, i) => [name, counts[i]! / examples.count]))
  }

/** The settings among which the study's entity sweep moves: as many facts, spread otherwise. */
function describeTradeOff({ entities, attributes }: ComparisonConfig): string {
  const facts = entities * attributes
  const others = tradeOffs(facts).filter(([E]) => E !== entities)
  const shown = others.map(([E, A]) => `${E} x ${A}`).join(', ')
  const all = `${entities} entities x ${attributes} attributes are ${facts.toLocaleString('en')} atomic facts`
  return shown === '' ? `${all}.` : `${all}; as many are ${shown}.`
}
