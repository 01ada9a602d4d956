/** Which runs of studies have come to the end of their steps and go on, by their study's rule. */
import { decideBudget, tryBudget, type BudgetRule, type RunRecordOf } from '@shared/budget-rule'
import type { RunConfig } from '@shared/config'
import type { TriedRun } from '@shared/contract'
import { splitsOf } from '@shared/splits'
import type { RunRecord, Store } from '../store/store'
import type { Extension } from './folders'
import type { StoredStudy } from './study-folders'

/** What the rule looks at, as it is stored; null for data of a kind that this version does not know. */
export function recordOf(
  store: Store,
  { id, config }: Pick<RunRecord, 'id' | 'config'>,
  split: string | null
): RunRecordOf | null {
  const { kind } = (config as Partial<RunConfig>).dataset ?? {}
  if (kind === undefined || !Object.hasOwn(splitsOf, kind)) return null
  return {
    curves: splitsOf[kind].map(({ name, role }) => ({
      ...{ split: name, role },
      points: store.points(id, `accuracy/${name}`)
    })),
    weightNorm: store.points(id, 'weightNorm'),
    split
  }
}

/**
 * The steps that a run goes on to; null where it has not finished all it was given, or has had enough.
 * @param split of the study's plan
 */
export function extensionOf(
  store: Store,
  { study: { extend: rule } }: StoredStudy,
  split: string | null,
  run: RunRecord
): Extension | null {
  // One that a stop rule ended before its budget has come to what it was waited for.
  if (!rule || run.state !== 'finished' || run.trashed || run.step < run.steps) return null
  // Its job there was given the steps of its budget.
  if (run.cluster !== null) return null
  const record = recordOf(store, run, split)
  if (!record) return null
  const { steps, why } = decideBudget(rule, record, run.steps)
  return steps === null ? null : { steps, why }
}

/**
 * What a rule would have made of a stored run; null where nothing is recorded on the split, or the run is in the trash.
 * @param start steps that it is given at first; null: its own budget
 */
export function tryRun(
  store: Store,
  run: RunRecord,
  split: string | null,
  rule: BudgetRule | null,
  start: number | null
): TriedRun | null {
  const record = run.trashed ? null : recordOf(store, run, split)
  const own = record?.curves.find((curve) => curve.split === split)
  if (!record || !own || own.points.length === 0) return null
  const { budget } = run.config as RunConfig
  const tried = tryBudget(rule, { ...budget, steps: start ?? budget.steps }, record)
  return { id: run.id, name: run.name, recorded: own.points.at(-1)![0], ...tried }
}
