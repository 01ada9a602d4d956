/**
 * What the splits of each kind of data are: one source for the page's legends, the command line's tables and the
 * data-set summaries. A split is named once; metrics are `loss/NAME` and `accuracy/NAME`.
 */
import type { DatasetConfig } from './dataset-config'

/**
 * train: inferred facts seen in training. iid, ood: unseen ones of in- and of out-of-distribution facts.
 * atomic: facts by themselves, seen in training. test: unseen, where no distribution is set apart.
 */
export type SplitRole = 'train' | 'iid' | 'ood' | 'atomic' | 'test'

export interface Split {
  name: string
  label: string
  /** For the end of a line and narrow columns. */
  short: string
  role: SplitRole
  help: string
}

const comparisonSplits: readonly Split[] = [
  {
    name: 'train_inferred',
    label: 'Train, comparisons',
    short: 'train',
    role: 'train',
    help: 'Comparisons seen in training'
  },
  {
    name: 'test_inferred_iid',
    label: 'Test, IID comparisons',
    short: 'IID',
    role: 'iid',
    help: 'Unseen comparisons of in-distribution entities'
  },
  {
    name: 'test_inferred_ood',
    label: 'Test, OOD comparisons',
    short: 'OOD',
    role: 'ood',
    help: 'Comparisons of entities seen in training as atomic facts only'
  },
  {
    name: 'id_atomic',
    label: 'Atomic facts, ID',
    short: 'atomic ID',
    role: 'atomic',
    help: 'Facts about in-distribution entities, seen in training'
  },
  {
    name: 'ood_atomic',
    label: 'Atomic facts, OOD',
    short: 'atomic OOD',
    role: 'atomic',
    help: 'Facts about out-of-distribution entities, seen in training'
  }
]

const compositionSplits: readonly Split[] = [
  {
    name: 'train_inferred',
    label: 'Train, two-hop facts',
    short: 'train',
    role: 'train',
    help: 'Two-hop facts seen in training'
  },
  {
    name: 'test_inferred_iid',
    label: 'Test, IID two-hop facts',
    short: 'IID',
    role: 'iid',
    help: 'Unseen two-hop facts of in-distribution hops'
  },
  {
    name: 'test_inferred_ood',
    label: 'Test, OOD two-hop facts',
    short: 'OOD',
    role: 'ood',
    help: 'Two-hop facts of hops seen in training as atomic facts only'
  },
  {
    name: 'id_atomic',
    label: 'Atomic facts, ID',
    short: 'atomic ID',
    role: 'atomic',
    help: 'In-distribution facts, seen in training'
  },
  {
    name: 'ood_atomic',
    label: 'Atomic facts, OOD',
    short: 'atomic OOD',
    role: 'atomic',
    help: 'Out-of-distribution facts, seen in training'
  }
]

const contextSplits: readonly Split[] = [
  {
    name: 'train_context',
    label: 'Train, in context',
    short: 'train ctx',
    role: 'train',
    help: 'Comparisons seen in training with their facts before the question'
  },
  {
    name: 'test_context_iid',
    label: 'Test, IID in context',
    short: 'IID ctx',
    role: 'iid',
    help: 'Unseen comparisons of in-distribution entities, their facts before the question'
  },
  {
    name: 'test_context_ood',
    label: 'Test, OOD in context',
    short: 'OOD ctx',
    role: 'ood',
    help: 'Comparisons of out-of-distribution entities, their facts before the question'
  }
]

const modularSplits: readonly Split[] = [
  {
    name: 'train',
    label: 'Train, equations',
    short: 'train',
    role: 'train',
    help: 'Equations seen in training'
  },
  { name: 'test', label: 'Test, equations', short: 'test', role: 'test', help: 'Unseen equations' }
]

/** Splits of each kind in the order in which they are shown; a data set may lack some of them. */
export const splitsOf: Record<DatasetConfig['kind'], readonly Split[]> = {
  comparison: comparisonSplits,
  'in-context': [...comparisonSplits, ...contextSplits],
  composition: compositionSplits,
  modular: modularSplits,
  facts: comparisonSplits
}

/** The split of a kind by name; undefined for a name that the kind has not. */
export const findSplit = (kind: DatasetConfig['kind'], name: string): Split | undefined =>
  splitsOf[kind].find((split) => split.name === name)
