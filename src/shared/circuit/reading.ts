/** The numbers of a circuit report, read off the answers: what is readable where, and which links carry the answer. */
import { shareDifference, wilson } from '../binomial'
import type { InspectResult } from '../inspect'
import { answerKey, type CircuitAnswers, type CircuitPlan } from './plan'

/** A token counts as readable at a layer from this mean reciprocal rank, or recall of the labels, on. */
export const readableFrom = 0.9

export const targets = ['v1', 'v2', 'labels', 'answer'] as const
export type Target = (typeof targets)[number]

/** What the logit lens says of a token where the circuit is expected to hold it. */
export interface Readability {
  target: Target
  split: string
  step: number
  /** MRR, of the labels recall at 3, after the embedding and after each layer. */
  byLayer: number[]
  /** The first layer from which on it stays readable; null: none. */
  from: number | null
}

export interface Share {
  value: number
  low: number
  high: number
  n: number
}

export interface Link {
  /** What was changed: the attribute, the first or the second entity. */
  change: string
  layer: number
  before: Share | null
  after: Share
  /** After minus before, with its 95 % interval; null without an earlier checkpoint. */
  difference: { value: number; low: number; high: number } | null
  verdict: 'strengthened' | 'weakened' | 'no clear change' | null
}

export interface CircuitReading {
  plan: CircuitPlan
  /** Blocks that a token passes. */
  layers: number
  accuracy: { split: string; step: number; value: number; n: number }[]
  readable: Readability[]
  links: Link[]
  /** Share of the traced prompts whose answer the change itself changes: no link can show more. */
  ceiling: Record<string, number>
}

/** @param answers of `circuitQueries`, all of them */
export function readCircuit(plan: CircuitPlan, answers: CircuitAnswers): CircuitReading {
  const { from, to, train, ood } = plan
  const steps = from === null ? [to] : [from, to]
  const answer = (job: Parameters<typeof answerKey>[0], split: string, step: number) =>
    answers[answerKey(job, split, step)]!
  const traced = answer('causal-trace', train, to)
  const layers = traced.arrays['strength']!.coords[1]!.length - 1
  return {
    plan,
    layers,
    accuracy: [train, ood].flatMap((split) =>
      steps.flatMap((step) => {
        const { values, probes } = answer('predictions', split, step)
        const value = values['accuracy']
        return typeof value === 'number' ? [{ split, step, value, n: probes?.count ?? 0 }] : []
      })
    ),
    readable: [train, ood].flatMap((split) =>
      steps.flatMap((step) =>
        targets.map((target) => {
          const byLayer = readTarget(answer('logit-lens', split, step), target, layers)
          return { target, split, step, byLayer, from: staysFrom(byLayer) }
        })
      )
    ),
    links: linksOf(from === null ? null : answer('causal-trace', train, from), traced),
    ceiling: Object.fromEntries(
      traced.arrays['strength']!.coords[0]!.map((change) => [
        change,
        traced.values[`changes the answer/${change}`] ?? NaN
      ])
    )
  }
}

function readTarget({ values }: InspectResult, target: Target, layers: number): number[] {
  const measure = target === 'labels' ? 'recall' : 'mrr'
  return Array.from(
    { length: layers + 1 },
    (_, layer) => values[`${measure}/${target}/layer ${layer}`] ?? NaN
  )
}

/** The first layer from which on all values are at the threshold or above. */
export function staysFrom(byLayer: readonly number[]): number | null {
  const last = byLayer.findLastIndex((value) => !(value >= readableFrom))
  return last === byLayer.length - 1 ? null : last + 1
}

function linksOf(before: InspectResult | null, after: InspectResult): Link[] {
  const [changes, layers] = after.arrays['strength']!.coords as [string[], string[]]
  return changes.flatMap((change, c) =>
    layers.flatMap((layer, l) => {
      const place = c * layers.length + l
      const now = shareAt(after, change, place)
      const then = before && shareAt(before, change, place)
      if (!now) return []
      const found = then && shareDifference([hitsOf(then), then.n], [hitsOf(now), now.n])
      const difference = found && { value: found.difference, low: found.low, high: found.high }
      return [
        {
          ...{ change, layer: Number(layer), before: then, after: now, difference },
          verdict: difference && verdictOf(difference)
        }
      ]
    })
  )
}

const hitsOf = ({ value, n }: Share): number => Math.round(value * n)

/** A causal strength with its interval; null where no prompt could be changed. */
function shareAt({ arrays, values }: InspectResult, change: string, place: number): Share | null {
  const n = values[`traced/${change}`] ?? 0
  const value = arrays['strength']!.values[place] ?? null
  if (value === null || n === 0) return null
  const [low, high] = wilson(Math.round(value * n), n)
  return { value, low, high, n }
}

function verdictOf({ low, high }: { low: number; high: number }): NonNullable<Link['verdict']> {
  if (low > 0) return 'strengthened'
  return high < 0 ? 'weakened' : 'no clear change'
}

/** The last layer after which the states at a change's positions still decide most answers that it can change. */
export function carriesUntil(reading: CircuitReading, change: string): number | null {
  const most = reading.ceiling[change] ?? 1
  const carrying = reading.links.filter(
    (link) => link.change === change && link.after.value >= most / 2
  )
  return carrying.length === 0 ? null : Math.max(...carrying.map(({ layer }) => layer))
}
