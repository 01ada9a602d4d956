/** Finished runs with the settings and results that a test is about; everything else is plausible. */
import { seedlessKey } from '@shared/compare/seeds'
import { RunConfig, type RunConfigInput } from '@shared/config'
import type { RunRow } from '@shared/contract'
import { milestonesOf, type AccuracyCurve } from '@shared/milestones'

export function runRow(id: string, input: RunConfigInput = {}, over: Partial<RunRow> = {}): RunRow {
  const config = RunConfig.parse(input)
  return {
    id,
    name: id,
    state: 'finished',
    error: null,
    config,
    configHash: id.padEnd(64, '0'),
    preset: null,
    cluster: null,
    createdAt: 0,
    startedAt: 0,
    endedAt: 1,
    step: config.budget.steps,
    steps: config.budget.steps,
    stepsPerEpoch: 483,
    parameterCount: 1_000_000,
    cost: { flopsPerStep: 1e9, tokensPerStep: 2560, examplesPerStep: 512 },
    pace: null,
    parent: null,
    datasetHash: 'a'.repeat(64),
    engine: { name: 'native', version: '2.21.0', detail: 'TensorFlow 2.21.0, 2 CPU cores' },
    last: {},
    milestones: null,
    lastCheckpoint: null,
    checkpoints: 0,
    study: null,
    origin: null,
    priority: 0,
    queuedAt: 0,
    archived: false,
    trashed: false,
    tags: [],
    note: '',
    seedless: seedlessKey(config),
    color: 0,
    shade: 0,
    ...over
  }
}

/** Milestones of a run that evaluated at the given steps and rose to 1 at the given ones; null: never. */
export function risenAt(
  steps: readonly number[],
  at: Readonly<Record<'train' | 'iid' | 'ood', number | null>>
): RunRow['milestones'] {
  const names = { train: 'train_inferred', iid: 'test_inferred_iid', ood: 'test_inferred_ood' }
  const curves = (['train', 'iid', 'ood'] as const).map((role): AccuracyCurve => ({
    split: names[role],
    role,
    points: steps.map((step) => [step, at[role] !== null && step >= at[role] ? 1 : 0.4])
  }))
  return milestonesOf(curves)
}
