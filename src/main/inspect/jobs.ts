/** All jobs. A further one is its file, its member of InspectQuery and one line here. */
import type { RunConfig } from '@shared/config'
import type { Finding, InspectJobName, InspectQuery } from '@shared/inspect'
import type { Dataset } from '../datasets/dataset'
import { attention } from './attention'
import { causalTrace } from './causal-trace'
import { embeddings } from './embeddings'
import { fourier } from './fourier'
import { logitLens } from './logit-lens'
import type { Pace } from './pace'
import { predictions } from './predictions'
import type { Checkpoint, Subject } from './subject'
import { weights } from './weights'

/** What a job may look at. */
export interface JobContext {
  readonly config: RunConfig
  readonly dataset: Dataset
  readonly checkpoint: Checkpoint
  /** The checkpoint to compare with, where the query names one. */
  readonly against: Checkpoint | null
  /** The checkpoint's model on the engine, put there when first asked for. */
  subject(): Subject
  readonly pace: Pace
}

type Job<Name extends InspectJobName> = (
  query: Extract<InspectQuery, { job: Name }>,
  context: JobContext
) => Promise<Finding>

const jobs: { [Name in InspectJobName]: Job<Name> } = {
  predictions,
  attention,
  'logit-lens': logitLens,
  'causal-trace': causalTrace,
  weights,
  embeddings,
  fourier
}

/** @throws {UserError} where the run has nothing of the kind; {@link Cancelled} where the pace says so */
export function runJob(query: InspectQuery, context: JobContext): Promise<Finding> {
  return (jobs[query.job] as Job<InspectJobName>)(query, context)
}
