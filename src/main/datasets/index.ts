/** Data sets by kind. A further kind is its file and one line in `kinds`. */
import type { DatasetConfig } from '@shared/config'
import type { DatasetSummary } from '@shared/contract'
import { buildComparison, shapeOfComparison } from './comparison'
import { summarizeComparison } from './comparison-summary'
import type { Dataset, DatasetShape } from './dataset'

/** What a kind of data set can do. */
interface DatasetKind<Config extends DatasetConfig> {
  /** @throws {UserError} where the settings cannot be met with this seed. */
  build(config: Config, seed: number): Dataset
  summarize(dataset: Dataset, config: Config): DatasetSummary
  shape(config: Config): DatasetShape
}

const kinds: { [K in DatasetConfig['kind']]: DatasetKind<Extract<DatasetConfig, { kind: K }>> } = {
  comparison: {
    build: buildComparison,
    summarize: summarizeComparison,
    shape: shapeOfComparison
  }
}

/** Builds the data set of a config: the same for the same seed on every machine. */
export function buildDataset(config: DatasetConfig, seed: number): Dataset {
  return kinds[config.kind].build(config, seed)
}

/** Counts, class balance, chance levels, leak checks and examples of a built data set. */
export function summarize(dataset: Dataset, config: DatasetConfig): DatasetSummary {
  return kinds[config.kind].summarize(dataset, config)
}

/** Vocabulary, row and training set sizes from the settings alone, without building anything. */
export function datasetShape(config: DatasetConfig): DatasetShape {
  return kinds[config.kind].shape(config)
}

/** Steps per epoch; the last batch may be smaller. */
export function stepsPerEpoch(config: DatasetConfig, batchSize: number): number {
  return Math.ceil(datasetShape(config).trainExamples / batchSize)
}
