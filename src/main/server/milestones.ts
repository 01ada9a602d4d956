/**
 * Keeps each run's milestones (shared/milestones.ts) beside its row. They follow from the stored accuracy curves
 * alone: a run whose curves grew is computed anew a moment later, or at once when somebody asks; runs whose
 * milestones were made by another version of the definition are computed anew when the library opens.
 */
import { setImmediate } from 'node:timers/promises'
import type { TrainerEvent } from '@shared/events'
import { milestonesOf, type RunMilestones } from '@shared/milestones'
import { splitsOf } from '@shared/splits'
import type { RunRecord, Store } from '../store/store'

/** Evaluations of a quick run come many a second; its events need not. */
const delayMs = 1000

export interface Milestones {
  /** Takes note of what was ingested. */
  ingested(id: string, events: readonly TrainerEvent[]): void
  /** Computes what waits, now. */
  settle(): void
  /** Computes the runs that have curves and no milestones of today's definition. */
  refresh(): Promise<void>
  /** Computes what waits, for the last time. */
  close(): void
}

/** @param changed is told of each run whose milestones are others than before */
export function createMilestones(store: Store, changed: (id: string) => void): Milestones {
  const due = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let closed = false

  function compute(id: string): void {
    const run = store.run(id)
    if (!run) return
    const milestones = readMilestones(store, run)
    if (JSON.stringify(milestones) === JSON.stringify(run.milestones)) return
    store.change(id, () => ({ milestones }))
    changed(id)
  }

  function settle(): void {
    clearTimeout(timer)
    timer = undefined
    for (const id of due) compute(id)
    due.clear()
  }

  return {
    ingested(id, events) {
      if (!events.some(changesCurves)) return
      due.add(id)
      if (events.some(({ type }) => type === 'ended')) settle()
      else timer ??= setTimeout(settle, delayMs)
    },
    settle,
    async refresh() {
      const outdated = store.runs().filter((run) => !run.milestones && hasAccuracy(run.last))
      for (const { id } of outdated) {
        await setImmediate()
        if (closed) return
        compute(id)
      }
    },
    close() {
      settle()
      closed = true
    }
  }
}

const hasAccuracy = (values: Record<string, unknown>): boolean =>
  Object.keys(values).some((name) => name.startsWith('accuracy/'))

/** A start may take back what came after the point of resumption; an end is when people look. */
const changesCurves = (event: TrainerEvent): boolean =>
  event.type === 'started' ||
  event.type === 'ended' ||
  (event.type === 'metrics' && hasAccuracy(event.values))

function readMilestones(store: Store, { id, config }: RunRecord): RunMilestones | null {
  const kind = (config['dataset'] as { kind?: unknown } | undefined)?.kind
  if (typeof kind !== 'string' || !Object.hasOwn(splitsOf, kind)) return null
  const splits = splitsOf[kind as keyof typeof splitsOf]
  return milestonesOf(
    splits.map(({ name, role }) => ({
      split: name,
      role,
      points: store.points(id, `accuracy/${name}`)
    }))
  )
}
