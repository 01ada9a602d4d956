/**
 * The events of a run: when it memorised, when each test split generalised, how long one came after the other.
 * One definition, read off the accuracy curves alone, so that the server, the command line, the page and the
 * stop rules agree. A change of the definition raises `definition.version`, and stored results are made anew.
 *
 * - A split is **reached** at the first evaluation from which its accuracy is at least the threshold of its role
 *   for `persistence` evaluations in a row, this one included. The true crossing lies between the evaluation
 *   before and this one: that bracket is the uncertainty. With too few evaluations to tell it is `open`; else it
 *   is `censored` at the last evaluation. A value that is no number is below every threshold.
 * - **Memorisation**: all splits of role `train` reached; the latest counts.
 * - **Delay** of a test split: its step minus the memorisation's, with the bracket of both. Where it has not been
 *   reached, the delay is more than the last evaluation's step minus the memorisation's.
 * - **Plateau**: mean and sample standard deviation of the last evaluations: those in the last quarter of the
 *   recorded steps, ten at most.
 * - **Rise**: from the last evaluation at which no more than a tenth of the way from the first value to the plateau
 *   was gone, to the first at which nine tenths were. Null where that way is shorter than 0.1.
 */
import { z } from 'zod'
import type { SplitRole } from './splits'

export const definition = {
  version: 1,
  thresholds: { train: 0.99, atomic: 0.99, iid: 0.95, ood: 0.95, test: 0.95 },
  persistence: 3,
  plateau: { share: 0.25, evaluations: 10 },
  rise: { low: 0.1, high: 0.9, least: 0.1 }
} as const satisfies { thresholds: Record<SplitRole, number>; [rule: string]: unknown }

const step = z.int().nonnegative()

export const Crossing = z.discriminatedUnion('state', [
  /** `after`: the evaluation before, 0 where there is none. */
  z.object({ state: z.literal('reached'), step, after: step }),
  /** At or above the threshold since `step`, for fewer evaluations than it takes. */
  z.object({ state: z.literal('open'), step, after: step }),
  z.object({ state: z.literal('censored'), at: step })
])
export type Crossing = z.infer<typeof Crossing>

/** In steps, negative where a test came first. `steps` and `high` are null where it is only known to be above `low`. */
export const Delay = z.object({
  steps: z.int().nullable(),
  low: z.int(),
  high: z.int().nullable()
})
export type Delay = z.infer<typeof Delay>

export const SplitMilestones = z.object({
  split: z.string(),
  role: z.enum(['train', 'iid', 'ood', 'atomic', 'test']),
  threshold: z.number(),
  crossing: Crossing,
  /** Of test splits, where the run has memorised. */
  delay: Delay.nullable(),
  /** `std` is null for a single evaluation. */
  plateau: z
    .object({ mean: z.number(), std: z.number().nullable(), evaluations: z.int(), from: step })
    .nullable(),
  rise: z.object({ from: step, to: step }).nullable()
})
export type SplitMilestones = z.infer<typeof SplitMilestones>

export const RunMilestones = z.object({
  version: z.literal(definition.version),
  persistence: z.int(),
  /** The last evaluation that was looked at. */
  at: step,
  /** Null for data without training splits. */
  memorisation: Crossing.nullable(),
  splits: z.array(SplitMilestones)
})
export type RunMilestones = z.infer<typeof RunMilestones>

/** [step, value], step rising; null where the value was no number. */
export type CurvePoint = readonly [step: number, value: number | null]

export interface AccuracyCurve {
  split: string
  role: SplitRole
  points: readonly CurvePoint[]
}

const isTest = (role: SplitRole): boolean => role === 'iid' || role === 'ood' || role === 'test'

/** The events of a run from its accuracy curves; null where none holds a point. */
export function milestonesOf(curves: readonly AccuracyCurve[]): RunMilestones | null {
  const drawn = curves.filter(({ points }) => points.length > 0)
  if (drawn.length === 0) return null
  const { version, thresholds, persistence } = definition
  const crossings = drawn.map(({ role, points }) =>
    crossingOf(points, thresholds[role], persistence)
  )
  const memorisation = latestOf(crossings.filter((_, i) => drawn[i]!.role === 'train'))
  return {
    version,
    persistence,
    at: Math.max(...drawn.map(({ points }) => points.at(-1)![0])),
    memorisation,
    splits: drawn.map(({ split, role, points }, i) => ({
      split,
      role,
      threshold: thresholds[role],
      crossing: crossings[i]!,
      delay: isTest(role) && memorisation ? delayBetween(memorisation, crossings[i]!) : null,
      plateau: plateauOf(points),
      rise: riseOf(points)
    }))
  }
}

/** The first evaluation from which a curve stays at or above a threshold for `persistence` evaluations. */
export function crossingOf(
  points: readonly CurvePoint[],
  threshold: number,
  persistence: number
): Crossing {
  let start = -1
  for (const [i, [, value]] of points.entries()) {
    if (value === null || value < threshold) start = -1
    else if (start < 0) start = i
    if (start >= 0 && i - start + 1 >= persistence) return found('reached', start)
  }
  return start >= 0 ? found('open', start) : { state: 'censored', at: points.at(-1)?.[0] ?? 0 }

  function found(state: 'reached' | 'open', i: number): Crossing {
    return { state, step: points[i]![0], after: points[i - 1]?.[0] ?? 0 }
  }
}

/** When the last of several crossings came; censored or open where one of them is. Null for none. */
export function latestOf(crossings: readonly Crossing[]): Crossing | null {
  const censored = crossings.find(({ state }) => state === 'censored')
  if (censored) return censored
  const come = crossings.filter((crossing) => crossing.state !== 'censored')
  if (come.length === 0) return null
  return {
    state: come.some(({ state }) => state === 'open') ? 'open' : 'reached',
    step: Math.max(...come.map((crossing) => crossing.step)),
    after: Math.max(...come.map((crossing) => crossing.after))
  }
}

/** The steps at which something was reached, rising, each once. */
export function milestoneSteps(milestones: RunMilestones | null): number[] {
  const crossings = [milestones?.memorisation, ...(milestones?.splits ?? []).map((s) => s.crossing)]
  const steps = crossings.flatMap((found) => (found?.state === 'reached' ? [found.step] : []))
  return [...new Set(steps)].sort((a, b) => a - b)
}

function delayBetween(memorisation: Crossing, generalisation: Crossing): Delay | null {
  if (memorisation.state !== 'reached') return null
  if (generalisation.state === 'censored') {
    return { steps: null, low: generalisation.at - memorisation.step, high: null }
  }
  if (generalisation.state === 'open') return null
  return {
    steps: generalisation.step - memorisation.step,
    low: generalisation.after - memorisation.step,
    high: generalisation.step - memorisation.after
  }
}

function plateauOf(points: readonly CurvePoint[]): SplitMilestones['plateau'] {
  const { share, evaluations } = definition.plateau
  const last = points.at(-1)![0]
  const from = last - share * (last - points[0]![0])
  const tail = points.filter(([at]) => at >= from).slice(-evaluations)
  const values = tail.flatMap(([, value]) => value ?? [])
  if (values.length === 0) return null
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return {
    mean,
    std: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : null,
    evaluations: values.length,
    from: tail[0]![0]
  }
}

function riseOf(points: readonly CurvePoint[]): SplitMilestones['rise'] {
  const finite = points.filter((p): p is readonly [number, number] => p[1] !== null)
  const plateau = plateauOf(points)
  const base = finite[0]?.[1]
  if (base === undefined || !plateau || plateau.mean - base < definition.rise.least) return null
  const level = (share: number): number => base + share * (plateau.mean - base)
  const to = finite.findIndex(([, value]) => value >= level(definition.rise.high))
  if (to < 0) return null
  const from = finite.slice(0, to).findLast(([, value]) => value <= level(definition.rise.low))
  // The first value lies below a tenth of the way by construction.
  return { from: from![0], to: finite[to]![0] }
}

const count = (steps: number): string => steps.toLocaleString('en')

/** "1,200 (after 1,000)", "1,200, not yet confirmed", "not by 40,000". */
export function describeCrossing(crossing: Crossing): string {
  switch (crossing.state) {
    case 'reached':
      return crossing.step === 0 ? '0' : `${count(crossing.step)} (after ${count(crossing.after)})`
    case 'open':
      return `${count(crossing.step)}, not yet confirmed`
    case 'censored':
      return `not by ${count(crossing.at)}`
    default:
      return crossing satisfies never
  }
}

/** "9,000 (8,600 to 9,200)", "more than 30,000". */
export function describeDelay({ steps, low, high }: Delay): string {
  if (steps === null || high === null) return `more than ${count(low)}`
  return `${count(steps)} (${count(low)} to ${count(high)})`
}

/** "0.982 ± 0.004 over 10", "0.982". */
export function describePlateau({
  mean,
  std,
  evaluations
}: NonNullable<SplitMilestones['plateau']>): string {
  return std === null
    ? mean.toFixed(3)
    : `${mean.toFixed(3)} ± ${std.toFixed(3)} over ${evaluations}`
}
