/** What a built data set of comparisons in weights and in context holds. */
import { comparisonCounts } from '@shared/comparison-counts'
import type { InContextConfig } from '@shared/config'
import type { DatasetSummary } from '@shared/contract'
import { findComparisonLeaks } from './comparison-leaks'
import { comparisonRows } from './comparison-rows'
import { chanceOf, classShares } from './comparison-summary'
import type { Dataset } from './dataset'
import { listSplits, summarizeSizes } from './summary-rows'

export function summarizeInContext(dataset: Dataset, config: InContextConfig): DatasetSummary {
  const rows = comparisonRows(config, true)
  const part = (name: string): number =>
    dataset.trainParts.find((one) => one.name === name)?.count ?? 0
  const { idPairs } = comparisonCounts(config)
  const heldOut = dataset.pools['test_inferred_iid']!
  const shared = part('train_inferred') > 0 && part('train_context') > 0
  return {
    ...summarizeSizes(dataset),
    counts: [
      { name: 'id_atomic', label: 'ID atomic facts, in training', count: part('id_atomic') },
      { name: 'ood_atomic', label: 'OOD atomic facts, in training', count: part('ood_atomic') },
      {
        name: 'train_inferred',
        label: 'Comparisons in training, in weights',
        count: part('train_inferred')
      },
      {
        name: 'train_context',
        label: 'Comparisons in training, in context',
        count: part('train_context')
      },
      { name: 'train', label: 'Training examples', count: dataset.train.count },
      {
        name: 'train_pool',
        label: 'Ordered ID pairs open to training',
        count: idPairs - heldOut
      },
      { name: 'iid_pool', label: 'Ordered ID pairs held out, IID test', count: heldOut },
      {
        name: 'ood_pool',
        label: 'Ordered OOD pairs, OOD test',
        count: dataset.pools['test_inferred_ood']!
      }
    ],
    splits: listSplits(dataset, 'in-context', classShares(rows)),
    chance: chanceOf(config.values),
    leaks: findComparisonLeaks(dataset, rows, config, config.contextValues === 'fresh'),
    notes: [
      config.contextValues === 'fresh'
        ? 'Values in context are drawn anew for every question: they need not be those of the atomic facts.'
        : 'Facts in context are those of the knowledge base: reading them and knowing them give the same answer.',
      ...(shared ? ['A training comparison is either in weights or in context, never both.'] : [])
    ]
  }
}
