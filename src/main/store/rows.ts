/** A run between JavaScript and its row in the history. */
import { z } from 'zod'
import { valueAt } from '@shared/config-input'
import { RunRow } from '@shared/contract'
import { EngineChoice } from '@shared/events'
import { RunMilestones } from '@shared/milestones'

/** A run as it is stored: what clients see, and what the queue needs. */
export const RunRecord = RunRow.extend({
  engineWanted: EngineChoice,
  /** How often in a row its trainer ended without a word: the queue tries again once. */
  crashes: z.int(),
  /** Whether the next start goes on from a checkpoint. */
  resume: z.boolean(),
  /** The server that queued or runs it; opaque here. */
  owner: z.string().nullable()
})
export type RunRecord = z.infer<typeof RunRecord>

/** What may change after a run was made. `lastCheckpoint` and `checkpoints` follow from the checkpoints. */
export type RunChanges = Partial<
  Omit<RunRecord, 'id' | 'config' | 'configHash' | 'preset' | 'createdAt' | Counted>
>
type Counted = 'lastCheckpoint' | 'checkpoints'

/** Columns of the runs table by field. */
export const columns = {
  id: 'id',
  name: 'name',
  state: 'state',
  error: 'error',
  preset: 'preset',
  cluster: 'cluster',
  study: 'study',
  origin: 'origin',
  priority: 'priority',
  crashes: 'crashes',
  config: 'config',
  configHash: 'config_hash',
  engineWanted: 'engine_wanted',
  engine: 'engine',
  createdAt: 'created_at',
  queuedAt: 'queued_at',
  startedAt: 'started_at',
  endedAt: 'ended_at',
  step: 'step',
  steps: 'steps',
  stepsPerEpoch: 'steps_per_epoch',
  parameterCount: 'parameter_count',
  cost: 'cost',
  pace: 'pace',
  parent: 'parent',
  datasetHash: 'dataset_hash',
  last: 'last',
  milestones: 'milestones',
  archived: 'archived',
  trashed: 'trashed',
  tags: 'tags',
  note: 'note',
  seedless: 'seedless',
  color: 'color',
  shade: 'shade',
  resume: 'resume',
  owner: 'owner'
} as const satisfies Record<Exclude<keyof RunRecord, Counted>, string>

export function toRow(record: RunRecord): Record<string, unknown> {
  const whole = (at: number | null): number | null => (at === null ? null : Math.round(at))
  return {
    ...record,
    config: JSON.stringify(record.config),
    engine: record.engine && JSON.stringify(record.engine),
    cost: record.cost && JSON.stringify(record.cost),
    pace: record.pace && JSON.stringify(record.pace),
    parent: record.parent && JSON.stringify(record.parent),
    last: JSON.stringify(record.last),
    milestones: record.milestones && JSON.stringify(record.milestones),
    study: record.study && JSON.stringify(record.study),
    origin: record.origin && JSON.stringify(record.origin),
    createdAt: whole(record.createdAt),
    queuedAt: whole(record.queuedAt),
    startedAt: whole(record.startedAt),
    endedAt: whole(record.endedAt),
    archived: Number(record.archived),
    trashed: Number(record.trashed),
    tags: JSON.stringify(record.tags),
    resume: Number(record.resume)
  }
}

export function toRecord(row: unknown): RunRecord {
  const {
    engine,
    cost,
    pace,
    parent,
    last,
    milestones,
    study,
    origin,
    archived,
    trashed,
    tags,
    resume,
    ...rest
  } = row as Record<string, unknown>
  const config: unknown = JSON.parse(rest['config'] as string)
  const keep = valueAt(config, ['checkpoints', 'keep'])
  const keepsOthers = ['thin', 'ring'].some(
    (key) => Number(valueAt(config, ['checkpoints', key]) ?? 0) > 0
  )
  return RunRecord.parse({
    ...rest,
    config,
    // Lines written before a checkpoint told what was pruned for it leave the index too full.
    checkpoints: Math.min(
      rest['checkpoints'] as number,
      typeof keep === 'number' && !keepsOthers ? keep : Infinity
    ),
    engine: engine === null ? null : JSON.parse(engine as string),
    cost: cost === null ? null : JSON.parse(cost as string),
    pace: pace === null ? null : JSON.parse(pace as string),
    parent: parent === null ? null : JSON.parse(parent as string),
    last: JSON.parse(last as string),
    // Those of another version of the definition count as none, and are computed anew.
    milestones:
      milestones === null
        ? null
        : (RunMilestones.safeParse(JSON.parse(milestones as string)).data ?? null),
    study: study === null ? null : JSON.parse(study as string),
    origin: origin === null ? null : JSON.parse(origin as string),
    archived: archived === 1,
    trashed: trashed === 1,
    tags: JSON.parse(tags as string),
    resume: resume === 1
  })
}
