/** Inspect jobs at a run's own checkpoints: their numbers, as metrics (checkpoints.inspect). */
import type { RunConfig } from '@shared/config'
import { measuredJobs, measureName } from '@shared/checkpoint-measures'
import type { MetricValues } from '@shared/events'
import { InspectQuery, type InspectJobName } from '@shared/inspect'
import { splitsOf } from '@shared/splits'
import type { Dataset } from '../datasets/dataset'
import type { NamedArrays } from '../trainer/checkpoint'
import { runJob } from './jobs'
import type { Pace } from './pace'
import { subjectOf } from './subject'

/**
 * The numbers of all jobs that a run names, of weights that it has now.
 * @param arrays by parameter
 * @throws {UserError} where the data has nothing that a job looks for
 */
export async function measureCheckpoint(
  config: RunConfig,
  dataset: Dataset,
  arrays: NamedArrays,
  pace: Pace
): Promise<MetricValues> {
  const subject = subjectOf(arrays, config, dataset)
  const checkpoint = { sha256: '', arrays, subject: () => subject }
  const context = { config, dataset, checkpoint, against: null, subject: () => subject, pace }
  const values: MetricValues = {}
  try {
    for (const job of measuredJobs(config.checkpoints)) {
      const finding = await runJob(queryOf(job, config), context)
      for (const [name, value] of Object.entries(finding.values)) {
        values[measureName(job, name)] = value
      }
    }
  } finally {
    subject.dispose()
  }
  return values
}

/** The question put at every checkpoint: always the same prompts. */
function queryOf(job: InspectJobName, { checkpoints, dataset }: RunConfig): InspectQuery {
  const split = checkpoints.inspectSplit || splitsOf[dataset.kind][0]!.name
  const probes = { from: 'split', split, count: checkpoints.inspectRows, seed: 0 } as const
  switch (job) {
    case 'causal-trace':
      return InspectQuery.parse({ job, probes, everyPosition: false })
    case 'predictions':
    case 'attention':
    case 'logit-lens':
      return InspectQuery.parse({ job, probes })
    case 'weights':
    case 'embeddings':
    case 'fourier':
      return InspectQuery.parse({ job })
    default:
      return job satisfies never
  }
}
