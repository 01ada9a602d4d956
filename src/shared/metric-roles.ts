/**
 * Metrics named by what a split is for rather than by its name, so that runs on different data share a column, a
 * query or a panel: `accuracy/@ood` is the accuracy on the split that has the role in each run's kind of data.
 */
import type { RunRow } from './contract'
import { datasetKind } from './dataset-config'
import type { SplitMilestones } from './milestones'
import { splitsOf, type Split, type SplitRole } from './splits'

/** `ood`: what generalisation is read off, the only test where no distribution is set apart. */
export const splitRoles = {
  ood: ['ood', 'test'],
  iid: ['iid'],
  train: ['train'],
  atomic: ['atomic'],
  test: ['test', 'ood', 'iid']
} as const satisfies Record<string, readonly SplitRole[]>
export type RoleName = keyof typeof splitRoles

type Evaluated = Pick<RunRow, 'config' | 'last'>

/** The first split with the role that a run evaluates, or before the first evaluation may; null where none has it. */
export function splitOfRole({ config, last }: Evaluated, role: RoleName): Split | null {
  const splits = splitsOf[datasetKind(config)]
  const having = splitRoles[role].flatMap((wanted) =>
    splits.filter((split) => split.role === wanted)
  )
  return having.find(({ name }) => `accuracy/${name}` in last) ?? having[0] ?? null
}

/** The name under which a run records a metric; null where its data has no such split. */
export function metricOf(run: Evaluated, name: string): string | null {
  const [measure, role] = name.split('/@')
  if (role === undefined) return name
  if (!Object.hasOwn(splitRoles, role)) return null
  const split = splitOfRole(run, role as RoleName)
  return split && `${measure}/${split.name}`
}

/** Whether more is better, by the measure's name; of losses, norms and all others less is. */
export function bestIsHigh(name: string): boolean {
  return /^(accuracy|restrictedAccuracy|margin)(\/|$)/.test(name)
}

/** The step at which a run memorised, or at which what generalisation is read off was reached; null before. */
export function eventStep(
  run: Evaluated & Pick<RunRow, 'milestones'>,
  event: 'memorisation' | 'generalisation'
): number | null {
  const crossing =
    event === 'memorisation' ? run.milestones?.memorisation : generalisation(run)?.crossing
  return crossing?.state === 'reached' ? crossing.step : null
}

/** The milestones of the split that generalisation is read off. */
export function generalisation(
  run: Evaluated & Pick<RunRow, 'milestones'>
): SplitMilestones | undefined {
  const split = splitOfRole(run, 'ood')
  return run.milestones?.splits.find((found) => found.split === split?.name)
}

/** Names of all metrics that any of the runs recorded, sorted. */
export function lastMetricNames(runs: readonly Pick<RunRow, 'last'>[]): string[] {
  const names = new Set<string>()
  for (const { last } of runs) for (const name of Object.keys(last)) names.add(name)
  return [...names].sort()
}
