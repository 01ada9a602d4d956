/** Data sets by kind. A further kind is its file and one line in `kinds`. */
import type { DatasetConfig } from '@shared/config'
import type { DatasetSummary } from '@shared/contract'
import { buildComparison, shapeOfComparison } from './comparison'
import { summarizeComparison } from './comparison-summary'
import { buildComposition, shapeOfComposition } from './composition'
import { summarizeComposition } from './composition-summary'
import type { Dataset, DatasetShape } from './dataset'
import { buildFacts, pinFacts, shapeOfFacts } from './facts'
import { summarizeFacts } from './facts-summary'
import { buildInContext, shapeOfInContext } from './in-context'
import { summarizeInContext } from './in-context-summary'
import { buildModular, shapeOfModular } from './modular'
import { summarizeModular } from './modular-summary'

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
  },
  'in-context': {
    build: buildInContext,
    summarize: summarizeInContext,
    shape: shapeOfInContext
  },
  composition: {
    build: buildComposition,
    summarize: summarizeComposition,
    shape: shapeOfComposition
  },
  modular: { build: buildModular, summarize: summarizeModular, shape: shapeOfModular },
  facts: { build: buildFacts, summarize: summarizeFacts, shape: shapeOfFacts }
}

/** The kind of a config; that the two belong together is what `kinds` says. */
const kindOf = ({ kind }: DatasetConfig): DatasetKind<DatasetConfig> =>
  kinds[kind] as DatasetKind<DatasetConfig>

/** Builds the data set of a config: the same for the same seed on every machine. */
export function buildDataset(config: DatasetConfig, seed: number): Dataset {
  return kindOf(config).build(config, seed)
}

/** Counts, class balance, chance levels, leak checks and examples of a built data set. */
export function summarize(dataset: Dataset, config: DatasetConfig): DatasetSummary {
  return kindOf(config).summarize(dataset, config)
}

/** Vocabulary, row and training set sizes from the settings alone, without building anything. */
export function datasetShape(config: DatasetConfig): DatasetShape {
  return kindOf(config).shape(config)
}

/** Steps per epoch; the last batch may be smaller. */
export function stepsPerEpoch(config: DatasetConfig, batchSize: number): number {
  return Math.ceil(datasetShape(config).trainExamples / batchSize)
}

/**
 * The config as a run keeps it: where it names a file, the path holds from everywhere and the file's content is
 * pinned by its hash.
 * @param folder what a relative path starts from
 * @throws {UserError} where the file cannot be used
 */
export function pinDataset(config: DatasetConfig, folder: string): DatasetConfig {
  return config.kind === 'facts' ? pinFacts(config, folder) : config
}
