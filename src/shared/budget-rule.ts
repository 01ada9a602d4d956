/**
 * A budget that follows the run: one that has not generalised at its end goes on while its curve on the study's
 * split, or its weight norm, still moves, up to a cap. The rule is data in a study; what it decides is a pure function
 * of what was recorded, so that it can be tried on stored runs before it is trusted with new ones.
 */
import { z } from 'zod'
import type { BudgetConfig } from './config'
import { crossingOf, definition, type AccuracyCurve, type CurvePoint } from './milestones'
import { stopReason } from './stop-rules'
import { trendAtEnd, type Trend } from './statistics/trend'

export const BudgetRule = z.strictObject({
  /** What has to move, any of these: accuracy on the study's split, norm of all weights. */
  watch: z
    .array(z.enum(['accuracy', 'weightNorm']))
    .min(1)
    .default(['accuracy', 'weightNorm']),
  /** Share of the steps so far, counted from the end, over which movement is measured. */
  window: z.number().min(0.01).max(1).default(0.25),
  /** Of the interval of the movement, which must not hold 0. */
  level: z.number().min(0.5).max(0.999).default(0.95),
  /** The least movement over the window that counts: of accuracy, and of the norm as a share of itself. */
  least: z
    .strictObject({
      accuracy: z.number().min(0).max(1).default(0.01),
      weightNorm: z.number().min(0).max(10).default(0.01)
    })
    .prefault({}),
  /** Each time the steps so far are multiplied by this. */
  by: z.number().gt(1).max(10).default(1.5),
  /** Steps of a run at most. */
  cap: z.int().min(1).max(100000000)
})
export type BudgetRule = z.infer<typeof BudgetRule>

/** What a run has recorded up to its last evaluation. */
export interface RunRecordOf {
  /** Accuracy of every split. */
  curves: readonly AccuracyCurve[]
  weightNorm: readonly CurvePoint[]
  /** The split whose generalisation is asked for. */
  split: string | null
}

export interface BudgetDecision {
  /** The steps that it goes on to; null where it does not. */
  steps: number | null
  why: string
}

/**
 * Whether a run that has come to the end of its steps goes on.
 * @param steps that it was given, and has taken
 */
export function decideBudget(
  rule: BudgetRule,
  { curves, weightNorm, split }: RunRecordOf,
  steps: number
): BudgetDecision {
  const own = curves.find((curve) => curve.split === split)
  if (!own || own.points.length === 0) return ends('nothing was recorded on the split')
  if (isReached(own)) return ends('it has generalised')
  if (steps >= rule.cap) return ends(`the cap of ${count(rule.cap)} steps is reached`)
  const found = rule.watch.map((watch) => {
    const points = watch === 'accuracy' ? own.points : weightNorm
    return { watch, trend: trendAtEnd(points, rule.window, rule.level) }
  })
  const moving = found.find(({ watch, trend }) => trend && moves(rule, watch, trend))
  const next = Math.min(rule.cap, Math.ceil(steps * rule.by))
  if (moving) return { steps: next, why: `${movementText(moving.watch, moving.trend!)}` }
  return ends(found.map(({ watch, trend }) => stillText(watch, trend)).join('; '))
}

const ends = (why: string): BudgetDecision => ({ steps: null, why })

const isReached = ({ role, points }: AccuracyCurve): boolean =>
  crossingOf(points, definition.thresholds[role], definition.persistence).state === 'reached'

type Watched = BudgetRule['watch'][number]

function moves({ least }: BudgetRule, watch: Watched, { change, low, high, mean }: Trend): boolean {
  if (low <= 0 && high >= 0) return false
  const size = watch === 'accuracy' ? Math.abs(change) : Math.abs(change / mean)
  return size >= least[watch]
}

const names: Record<Watched, string> = { accuracy: 'accuracy', weightNorm: 'weight norm' }
const count = (n: number): string => n.toLocaleString('en')

/** "accuracy moved by 0.042 (0.031 to 0.053) from step 6,000 to 8,000". */
function movementText(watch: Watched, { change, low, high, from, to }: Trend): string {
  // What is nothing but rounding is 0.
  const digits = (value: number): string =>
    Math.abs(value) < 1e-9 ? '0' : String(Number(value.toPrecision(3)))
  return `${names[watch]} moved by ${digits(change)} (${digits(low)} to ${digits(high)}) from step ${count(from)} to ${count(to)}`
}

const stillText = (watch: Watched, trend: Trend | null): string =>
  trend
    ? `${movementText(watch, trend)}, too little or not surely`
    : `${names[watch]} has too few evaluations to tell`

export interface TriedBudget {
  /** `ended` where the rule would have, `beyond` where it would have gone on past what was recorded. */
  state: 'ended' | 'beyond'
  /** Steps that the run would have taken, as far as its record tells. */
  steps: number
  why: string
  /** Whether the record shows that it generalised later. */
  tooEarly: boolean
}

/**
 * What budget and rule would have made of a run that is recorded further.
 * @param budget its steps are what the run is given at first
 */
export function tryBudget(
  rule: BudgetRule | null,
  budget: BudgetConfig,
  record: RunRecordOf
): TriedBudget {
  const end = Math.max(0, ...record.curves.map(({ points }) => points.at(-1)?.[0] ?? 0))
  const whole = record.curves.find(({ split }) => split === record.split)
  const generalises = whole !== undefined && isReached(whole)
  const ended = (steps: number, why: string): TriedBudget => {
    const own = upTo(record, steps).curves.find(({ split }) => split === record.split)
    const had = own !== undefined && isReached(own)
    return { state: 'ended', steps, why, tooEarly: generalises && !had }
  }
  const evaluated = [
    ...new Set(record.curves.flatMap(({ points }) => points.map(([step]) => step)))
  ].sort((a, b) => a - b)
  let [from, limit] = [-1, budget.steps]
  for (;;) {
    if (budget.stop !== 'never') {
      for (const step of evaluated.filter((at) => at > from && at <= limit)) {
        const reason = stopReason(budget, upTo(record, step).curves, step)
        if (reason !== null) return ended(step, reason)
      }
    }
    if (limit > end) {
      const why = `its record ends at step ${count(end)}, before ${count(limit)}`
      return { state: 'beyond', steps: end, why, tooEarly: false }
    }
    const { steps, why } = rule
      ? decideBudget(rule, upTo(record, limit), limit)
      : ends('its budget is spent')
    if (steps === null) return ended(limit, why)
    ;[from, limit] = [limit, steps]
  }
}

function upTo({ curves, weightNorm, split }: RunRecordOf, step: number): RunRecordOf {
  const cut = (points: readonly CurvePoint[]): CurvePoint[] => points.filter(([at]) => at <= step)
  return {
    curves: curves.map((curve) => ({ ...curve, points: cut(curve.points) })),
    weightNorm: cut(weightNorm),
    split
  }
}
