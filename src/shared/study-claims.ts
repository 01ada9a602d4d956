/**
 * What a study's runs say of its claims: each is the comparison of two groups of cells, judged by the two-sided
 * log-rank test, by permutation, and the sign of its effect. Pure functions of the results: page, command line and
 * report say the same.
 *
 * - Below its alpha a claim is supported, or contradicted where the effect points the other way. That two groups
 *   differ is never contradicted: no test shows that they are equal.
 * - Several claims are not corrected for one another: each has the alpha that its author gave it.
 * - Where the groups are so small that even complete separation would have no p below alpha, nothing is decided,
 *   and how many runs it takes is said.
 */
import type { Claim } from './study'
import type { CellResult, CellState } from './study-results'
import {
  hazardRatio,
  meanDifference,
  type HazardRatio,
  type MeanDifference
} from './statistics/comparison'
import { testGroups, type GroupTest } from './statistics/group-comparison'
import { leastP } from './statistics/permutation'
import { medianStep, survivalCurve, type MedianStep } from './statistics/survival'
import type { ClaimStanding, verdicts } from './study-standing'
import { pText } from './study-words'

export interface ClaimGroup {
  /** The label of the point on the claim's axis. */
  label: string
  /** Cells that can be trained, and those of them that have not ended yet. */
  cells: number
  unfinished: number
  /** Runs that have something to say, those of them with the event, and those that failed. */
  runs: number
  events: number
  failures: number
  /** Null without runs. */
  median: MedianStep | null
  /** The last step of any run: what a median that was not reached lies beyond. */
  last: number | null
}

export type Verdict = (typeof verdicts)[number]

/**
 * Why nothing is decided: too few runs for any p below alpha, too few while cells are unfinished that would be
 * enough, no event while both groups were at risk, p not below alpha, or effects that point opposite ways.
 */
export type UndecidedReason = 'few-runs' | 'unfinished' | 'no-events' | 'p' | 'opposed'

export interface ClaimResult {
  claim: Claim
  first: ClaimGroup
  second: ClaimGroup
  test: GroupTest | null
  /** Of the second to the first: above 1 it generalises sooner. */
  hazardRatio: HazardRatio | null
  /** Second minus first. */
  meanDifference: MeanDifference | null
  verdict: Verdict
  /** Null where it is decided. */
  reason: UndecidedReason | null
  /** Whether unfinished cells may still change the verdict. */
  provisional: boolean
  /** How this compares with what was recorded; null where nobody said. */
  standing: ClaimStanding | null
}

/**
 * Judges each claim by the cells that it is about.
 * @param standings of the claims, in their order
 */
export const judgeClaims = (
  claims: readonly Claim[],
  results: readonly CellResult[],
  standings: readonly ClaimStanding[] = []
): ClaimResult[] =>
  claims.map((claim, i) => ({ ...judgeClaim(claim, results), standing: standings[i] ?? null }))

/** The cells that a claim is about: those of its first and of its second group. */
export function claimCells(
  claim: Claim,
  results: readonly CellResult[]
): [first: CellResult[], second: CellResult[]] {
  const held = results.filter(({ cell }) =>
    Object.entries(claim.where).every(([axis, label]) => cell.labels[axis] === label)
  )
  const at = (label: string): CellResult[] =>
    held.filter(({ cell }) => cell.labels[claim.axis] === label)
  return [at(claim.first), at(claim.second)]
}

/** @param results all cells of the study; those at other labels than the claim's are passed over */
export function judgeClaim(claim: Claim, results: readonly CellResult[]): ClaimResult {
  const [one, two] = claimCells(claim, results)
  const both = [lifetimesOf(one), lifetimesOf(two)] as const
  const evidence = {
    first: describeGroup(claim.first, one),
    second: describeGroup(claim.second, two),
    test: testGroups(both),
    hazardRatio: hazardRatio(...both),
    meanDifference: meanDifference(...both)
  }
  const provisional = evidence.first.unfinished + evidence.second.unfinished > 0
  return { claim, ...evidence, ...decide(claim, evidence), provisional, standing: null }
}

type Evidence = Pick<ClaimResult, 'first' | 'second' | 'test' | 'hazardRatio' | 'meanDifference'>

function decide(
  { direction, alpha }: Claim,
  { first, second, test, hazardRatio, meanDifference }: Evidence
): Pick<ClaimResult, 'verdict' | 'reason'> {
  const undecided = (reason: UndecidedReason): { verdict: Verdict; reason: UndecidedReason } => ({
    verdict: 'undecided',
    reason
  })
  if (leastP(first.runs, second.runs) >= alpha) {
    const [a, b] = [first, second].map(({ cells, failures }) => cells - failures) as [
      number,
      number
    ]
    const open = first.unfinished + second.unfinished > 0
    return undecided(open && leastP(a, b) < alpha ? 'unfinished' : 'few-runs')
  }
  if (!test || !hazardRatio || !meanDifference) return undecided('no-events')
  if (test.p >= alpha) return undecided('p')
  if (direction === 'differs') return { verdict: 'supported', reason: null }
  const isLater = hazardRatio.ratio < 1
  if (isLater ? meanDifference.steps < 0 : meanDifference.steps > 0) return undecided('opposed')
  const holds = isLater === (direction === 'later')
  return { verdict: holds ? 'supported' : 'contradicted', reason: null }
}

/** Runs in each of two equal groups, from which on a p below alpha is possible. */
function leastRuns(alpha: number): number {
  let runs = 1
  while (leastP(runs, runs) >= alpha) runs++
  return runs
}

const lifetimesOf = (results: readonly CellResult[]) =>
  results.flatMap(({ lifetime }) => lifetime ?? [])

const open: ReadonlySet<CellState> = new Set(['missing', 'waiting', 'running', 'interrupted'])

function describeGroup(label: string, results: readonly CellResult[]): ClaimGroup {
  const lifetimes = lifetimesOf(results)
  const curve = survivalCurve(lifetimes)
  return {
    label,
    cells: results.filter(({ state }) => state !== 'refused').length,
    unfinished: results.filter(({ state }) => open.has(state)).length,
    runs: lifetimes.length,
    events: lifetimes.filter(({ event }) => event).length,
    failures: results.filter(({ state }) => state === 'failed').length,
    median: curve.length > 0 ? medianStep(curve) : null,
    last: curve.at(-1)?.step ?? null
  }
}

const verdictWords: Record<Verdict, string> = {
  supported: 'Supported',
  contradicted: 'Contradicted',
  undecided: 'Not decided'
}

/** "Not decided: p = 0.210 is not below 0.05; provisional, 2 of 6 cells are unfinished". */
export function verdictText(result: ClaimResult): string {
  const { first, second, verdict, reason, provisional } = result
  const why = reason ? `: ${reasonText(result, reason)}` : ''
  const still = first.unfinished + second.unfinished
  const caution = provisional
    ? `; provisional, ${still} of ${first.cells + second.cells} cells ${still === 1 ? 'is' : 'are'} unfinished`
    : ''
  return `${verdictWords[verdict]}${why}${caution}`
}

/**
 * "recorded on 2026-11-24", "stale: recorded as Supported, p = 0.029, on 2026-11-24; its runs have changed since"; ''
 * where nothing is recorded.
 */
export function standingText({ standing }: Pick<ClaimResult, 'standing'>): string {
  const recorded = standing?.recorded
  if (!standing || !recorded) return ''
  const day = new Date(recorded.at).toISOString().slice(0, 10)
  if (standing.state === 'current') return `recorded on ${day}`
  const p = recorded.p === null ? '' : `, ${pText(recorded.p)},`
  return `stale: recorded as ${verdictWords[recorded.verdict]}${p} on ${day}; its runs have changed since`
}

function reasonText({ claim, first, second, test }: ClaimResult, reason: UndecidedReason): string {
  switch (reason) {
    case 'few-runs': {
      const least = leastRuns(claim.alpha)
      return `${first.runs} and ${second.runs} runs are too few for alpha ${claim.alpha}; ${least} and ${least} can be enough`
    }
    case 'unfinished':
      return `${first.runs} and ${second.runs} runs so far are too few for alpha ${claim.alpha}`
    case 'no-events':
      return 'no run generalised while both groups were watched'
    case 'p':
      return `${pText(test!.p)} is not below ${claim.alpha}`
    case 'opposed':
      return 'hazard ratio and mean steps point opposite ways, the curves cross'
    default:
      return reason satisfies never
  }
}

/** "1,200", "> 20,000" where it was not reached; '' without runs. */
export function claimMedianText({ median, last }: ClaimGroup): string {
  if (!median || last === null) return ''
  return median.step === null ? `> ${last.toLocaleString('en')}` : median.step.toLocaleString('en')
}
