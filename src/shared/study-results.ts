/**
 * What the runs of a study came to: one result per cell, groups of cells that differ in their seed, and the
 * statistics of when they generalise. Pure functions of the plan and the runs' rows: page, command line and report
 * say the same.
 *
 * - The event of a run is its generalisation on the study's split; the step is that of the first evaluation at which
 *   it had generalised (milestones.ts; the truth lies between that and the evaluation before).
 * - A run without the event is censored at its last evaluation, whether it has ended or goes on.
 * - A run that failed is counted as a failure and takes no part in the curves: how long it would have taken is not
 *   known, and not for a reason that is independent of the answer.
 */
import type { RunRow } from './contract'
import type { Crossing, Delay, SplitMilestones } from './milestones'
import type { PlannedAxis } from './study-axes'
import type { Cell } from './study-plan'
import type { Lifetime } from './statistics/survival'

export const cellStates = [
  'missing',
  'refused',
  'waiting',
  'running',
  'finished',
  'stopped',
  'interrupted',
  'failed'
] as const
export type CellState = (typeof cellStates)[number]

/** As far as results need to know a cell. */
export type CellName = Pick<Cell, 'key' | 'labels' | 'hash' | 'issues'>

export interface CellResult {
  cell: CellName
  state: CellState
  run: RunRow | null
  memorisation: Crossing | null
  generalisation: Crossing | null
  delay: Delay | null
  plateau: SplitMilestones['plateau']
  /** From a tenth to nine tenths of the way to the plateau. */
  rise: SplitMilestones['rise']
  /** For the curves; null where nothing was evaluated, and for failed runs. */
  lifetime: Lifetime | null
}

export interface MatchedPlan {
  cells: readonly CellName[]
  split: string | null
  /** Today's hash of the config of runs from before a setting was added to all configs, by id. */
  rehashed?: Readonly<Record<string, string>>
}

/**
 * The results of all cells, in the order of the plan.
 * @param runs any runs; those of other studies, and those in the trash, are passed over
 */
export function cellResults(
  { cells, split, rehashed = {} }: MatchedPlan,
  study: string,
  runs: readonly RunRow[]
): CellResult[] {
  const byHash = new Map<string, RunRow>()
  for (const run of runs) {
    if (run.trashed || run.study?.id !== study) continue
    const hash = rehashed[run.id] ?? run.configHash
    const before = byHash.get(hash)
    if (!before || rank(run) > rank(before) || (rank(run) === rank(before) && newer(run, before))) {
      byHash.set(hash, run)
    }
  }
  return cells.map((cell) => {
    const run = cell.hash === null ? null : (byHash.get(cell.hash) ?? null)
    return resultOf(cell, run, split)
  })
}

/** Of two runs of one cell the one that says more counts: a finished one, else one at work, else the furthest. */
const rank = ({ state, step, steps }: RunRow): number =>
  state === 'finished' ? 3 : stateOfRun(state) === 'running' ? 2 : step / Math.max(1, steps)
const newer = (a: RunRow, b: RunRow): boolean => a.createdAt > b.createdAt

function stateOfRun(state: RunRow['state']): CellState {
  switch (state) {
    case 'queued':
      return 'waiting'
    case 'starting':
    case 'running':
    case 'paused':
      return 'running'
    default:
      return state
  }
}

function resultOf(cell: CellName, run: RunRow | null, split: string | null): CellResult {
  const milestones = run?.milestones ?? null
  const own = milestones?.splits.find((entry) => entry.split === split) ?? null
  const generalisation = own?.crossing ?? null
  const failed = run?.state === 'failed'
  return {
    cell,
    run,
    state: run ? stateOfRun(run.state) : cell.issues.length > 0 ? 'refused' : 'missing',
    memorisation: milestones?.memorisation ?? null,
    generalisation,
    delay: own?.delay ?? null,
    plateau: own?.plateau ?? null,
    rise: own?.rise ?? null,
    lifetime: generalisation && !failed ? lifetimeOf(generalisation, milestones!.at) : null
  }
}

const lifetimeOf = (crossing: Crossing, lastEvaluation: number): Lifetime =>
  crossing.state === 'reached'
    ? { step: crossing.step, event: true }
    : { step: lastEvaluation, event: false }

export interface ResultGroup {
  /** The labels of the axes that it was grouped by. */
  key: string
  labels: Record<string, string>
  results: CellResult[]
  lifetimes: Lifetime[]
  /** Runs that have something to say, those of them with the event, and those that failed. */
  runs: number
  events: number
  failures: number
}

/** The names of the axes that are not seeds: what cells are grouped by where nobody says otherwise. */
export const groupingAxes = (axes: readonly Pick<PlannedAxis, 'name' | 'isSeeds'>[]): string[] =>
  axes.filter(({ isSeeds }) => !isSeeds).map(({ name }) => name)

/**
 * Groups of cells that agree on the given axes, in the order of the plan.
 * @param by names of axes; without any, all cells are one group
 */
export function groupResults(results: readonly CellResult[], by: readonly string[]): ResultGroup[] {
  const groups = new Map<string, CellResult[]>()
  for (const result of results) {
    const key = by.map((name) => result.cell.labels[name] ?? '').join(', ') || 'all runs'
    groups.set(key, [...(groups.get(key) ?? []), result])
  }
  return [...groups].map(([key, members]) => ({
    key,
    labels: Object.fromEntries(by.map((name) => [name, members[0]!.cell.labels[name] ?? ''])),
    results: members,
    lifetimes: members.flatMap(({ lifetime }) => lifetime ?? []),
    runs: members.filter(({ lifetime }) => lifetime).length,
    events: members.filter(({ lifetime }) => lifetime?.event).length,
    failures: members.filter(({ state }) => state === 'failed').length
  }))
}

/** How many cells are in each state; states without cells are left out. */
export function countStates(results: readonly CellResult[]): Partial<Record<CellState, number>> {
  const counts: Partial<Record<CellState, number>> = {}
  for (const state of cellStates) {
    const count = results.filter((result) => result.state === state).length
    if (count > 0) counts[state] = count
  }
  return counts
}

const count = (steps: number): string => steps.toLocaleString('en')

/** "1,200", "> 20,000" where it is censored, "1,200, not yet confirmed"; '' where nothing is known. */
export function stepText(crossing: Crossing | null): string {
  if (!crossing) return ''
  switch (crossing.state) {
    case 'reached':
      return count(crossing.step)
    case 'open':
      return `${count(crossing.step)}, not yet confirmed`
    case 'censored':
      return `> ${count(crossing.at)}`
    default:
      return crossing satisfies never
  }
}

/** "9,000", "> 30,000"; '' where nothing is known. */
export function delayText(delay: Delay | null): string {
  if (!delay) return ''
  return delay.steps === null ? `> ${count(delay.low)}` : count(delay.steps)
}
