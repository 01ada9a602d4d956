/** Data-set summaries for the form's live counts. Building the full study's takes about a second. */
import type { RunConfig } from '@shared/config'
import type { DatasetSummary } from '@shared/contract'
import { buildDataset, pinDataset, summarize } from '../datasets/index'
import { hashConfig } from './config-hash'

const keep = 8

/** Summaries of the last few data sets are kept: most edits in the form do not change the data. */
export function createPreviews(): (config: RunConfig) => DatasetSummary {
  const made = new Map<string, DatasetSummary>()
  return ({ dataset: asked, seed }) => {
    // A file that has changed is another data set.
    const dataset = pinDataset(asked, process.cwd())
    const key = hashConfig({ dataset, seed })
    const summary = made.get(key) ?? summarize(buildDataset(dataset, seed), dataset)
    // A Map keeps the order of insertion: the oldest is first.
    made.delete(key)
    made.set(key, summary)
    if (made.size > keep) made.delete(made.keys().next().value!)
    return summary
  }
}
