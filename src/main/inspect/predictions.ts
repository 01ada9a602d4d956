/** What the model says: likeliest tokens, margins, the wrong rows first, and how far off the errors are. */
import * as tf from '@tensorflow/tfjs'
import type { Cell, Finding, InspectQuery } from '@shared/inspect'
import { labelled, sevenDigits } from '@shared/inspect'
import type { DatasetConfig } from '@shared/config'
import type { Dataset } from '../datasets/dataset'
import { comparisonFacts } from './comparison-knowledge'
import type { JobContext } from './jobs'
import { choosePrompts, type Prompts } from './prompts'
import { toTokens } from './subject'

type Query = Extract<InspectQuery, { job: 'predictions' }>

/** Logits in one call, at most. */
const logitsAtOnce = 4_000_000

interface Answer {
  readonly logits: Float32Array
  /** The largest first. */
  readonly top: readonly number[]
  readonly probabilities: readonly number[]
}

export async function predictions(query: Query, context: JobContext): Promise<Finding> {
  const { config, dataset, pace } = context
  const prompts = choosePrompts(query.probes, config.dataset, dataset)
  const single = prompts.tokens.length === 1
  const answers = await answersOf(prompts, query.top, context)
  const name = (token: number): string => dataset.vocabulary.tokens[token]!
  const judged = answers.map((answer, i) => judge(answer, prompts.answers?.[i]))
  await pace(1, 1)

  const order = judged
    .map((_, i) => i)
    .sort((a, b) => (judged[a]!.margin ?? 0) - (judged[b]!.margin ?? 0) || a - b)
  const rows = order.slice(0, query.rows).map((i): Record<string, Cell> => {
    const { correct, margin, rank } = judged[i]!
    return {
      row: prompts.rows[i] ?? null,
      prompt: prompts.tokens[i]!.map(name).join(' '),
      answer: prompts.answers ? name(prompts.answers[i]!) : null,
      correct,
      rank,
      margin: margin === null ? null : sevenDigits(margin),
      ...topCells(answers[i]!, name)
    }
  })
  const known = judged.filter(({ correct }) => correct !== null)
  const mean = (f: (j: (typeof judged)[number]) => number): number =>
    known.reduce((sum, j) => sum + f(j), 0) / known.length
  return {
    probes: probesOf(prompts, name),
    values:
      known.length === 0
        ? {}
        : {
            accuracy: sevenDigits(mean(({ correct }) => Number(correct))),
            wrong: known.filter(({ correct }) => !correct).length,
            meanMargin: sevenDigits(mean(({ margin }) => margin!)),
            meanReciprocalRank: sevenDigits(mean(({ rank }) => 1 / (rank! + 1)))
          },
    arrays: {
      ...(single ? await everyPosition(prompts, query.top, context) : {}),
      ...confusion(config.dataset, dataset, prompts, answers)
    },
    rows,
    notes: [
      'The margin is the logit of the answer minus the largest other one; rows are in its order.'
    ]
  }
}

export const probesOf = (prompts: Prompts, name: (token: number) => string): Finding['probes'] => ({
  count: prompts.tokens.length,
  positions: [...prompts.positions],
  tokens: prompts.tokens.length === 1 ? prompts.tokens[0]!.map(name) : []
})

function topCells({ top, probabilities }: Answer, name: (token: number) => string) {
  return Object.fromEntries(
    top.flatMap((token, k): [string, Cell][] => [
      [`top ${k + 1}`, name(token)],
      [`p ${k + 1}`, sevenDigits(probabilities[k]!)]
    ])
  )
}

/** Whether the likeliest token is the answer, by how much, and the answer's 0-based rank. */
function judge(
  { logits }: Answer,
  gold: number | undefined
): { correct: boolean | null; margin: number | null; rank: number | null } {
  if (gold === undefined) return { correct: null, margin: null, rank: null }
  let best = -Infinity
  let rank = 0
  for (let v = 0; v < logits.length; v++) {
    if (v === gold) continue
    best = Math.max(best, logits[v]!)
    if (logits[v]! > logits[gold]!) rank++
  }
  const margin = logits[gold]! - best
  return { correct: rank === 0, margin, rank }
}

/** Logits at the last position of every prompt. */
async function answersOf(
  { tokens }: Prompts,
  top: number,
  { subject, dataset, pace }: JobContext
): Promise<Answer[]> {
  const { model, config, weights } = subject()
  const V = dataset.vocabulary.size
  const T = tokens[0]!.length
  const chunk = Math.max(1, Math.floor(logitsAtOnce / V))
  const answers: Answer[] = []
  for (let start = 0; start < tokens.length; start += chunk) {
    await pace(start, tokens.length)
    const rows = tokens.slice(start, start + chunk)
    const result = tf.tidy(() => {
      const positions = tf.fill([rows.length, 1], T - 1, 'int32') as tf.Tensor2D
      return model.forward(config, weights, toTokens(rows), { positions }) // [b, 1, V]
    })
    const values = (await result.data()) as Float32Array
    result.dispose()
    for (let i = 0; i < rows.length; i++) answers.push(rank(values.slice(i * V, (i + 1) * V), top))
  }
  return answers
}

/** The likeliest tokens, equal ones in the order of their ids, with their probabilities. */
function rank(logits: Float32Array, count: number): Answer {
  const order = Array.from(logits, (_, v) => v).sort((a, b) => logits[b]! - logits[a]! || a - b)
  const largest = logits[order[0]!]!
  const total = logits.reduce((sum, x) => sum + Math.exp(x - largest), 0)
  const top = order.slice(0, count)
  return {
    logits,
    top,
    probabilities: top.map((v) => Math.exp(logits[v]! - largest) / total)
  }
}

/** For one prompt: the probability of the likeliest tokens at every position, [position, place]. */
async function everyPosition(
  { tokens, positions }: Prompts,
  top: number,
  { subject, dataset }: JobContext
): Promise<Finding['arrays']> {
  const { model, config, weights } = subject()
  const V = dataset.vocabulary.size
  const result = tf.tidy(() => model.forward(config, weights, toTokens(tokens))) // [1, T, V]
  const values = (await result.data()) as Float32Array
  result.dispose()
  const ranked = positions.map((_, t) => rank(values.slice(t * V, (t + 1) * V), top))
  const token = [...new Set(ranked.flatMap((answer) => answer.top))].sort((a, b) => a - b)
  const probability = ranked.flatMap(({ top, probabilities }) =>
    token.map((v) => (top.includes(v) ? probabilities[top.indexOf(v)]! : NaN))
  )
  return {
    probability: labelled(
      { position: positions, token: token.map((v) => dataset.vocabulary.tokens[v]!) },
      probability
    )
  }
}

/**
 * Errors by distance. Comparisons: what is said, for each distance v1 - v2. Everything else that has an order:
 * how far the answer lies from the right one, modulo p for equations.
 */
function confusion(
  config: DatasetConfig,
  dataset: Dataset,
  { tokens, answers }: Prompts,
  given: readonly Answer[]
): Finding['arrays'] {
  if (!answers || tokens.length === 1) return {}
  const said = given.map(({ top }) => top[0]!)
  if (config.kind === 'modular') {
    // Permutations have no distance.
    if (config.operation.endsWith('S5')) return {}
    const p = config.modulus
    const counts = new Map<number, number>()
    said.forEach((token, i) => {
      const distance = token < p ? (token - answers[i]! + p) % p : -1
      counts.set(distance, (counts.get(distance) ?? 0) + 1)
    })
    const labels = [...Array(p).keys()].map((d) => String(d))
    return {
      errors: labelled({ 'answer minus right one': [...labels, 'no number'] }, [
        ...labels.map((d) => counts.get(Number(d)) ?? 0),
        counts.get(-1) ?? 0
      ])
    }
  }
  if (config.kind === 'composition') return {}
  const known = comparisonFacts(dataset)
  const V = known.values.length
  const distances = Array.from({ length: 2 * V - 1 }, (_, i) => i - V + 1)
  if (tokens[0]!.length < 5) {
    const counts = new Float64Array(2 * V)
    said.forEach((token, i) => {
      const isValue = known.values.includes(token)
      counts[isValue ? token - answers[i]! + V - 1 : 2 * V - 1]!++
    })
    return {
      errors: labelled({ 'value minus right one': [...distances.map(signed), 'no value'] }, counts)
    }
  }
  const from = tokens[0]!.length - 5
  const classes = ['<', '=', '>', 'other']
  const counts = new Float64Array(distances.length * classes.length)
  tokens.forEach((prompt, i) => {
    const [a, e1, e2] = [prompt[from]!, prompt[from + 2]!, prompt[from + 4]!]
    const [v1, v2] = [known.value(a, e1), known.value(a, e2)]
    if (v1 === undefined || v2 === undefined) return
    const place = known.labels(a).indexOf(said[i]!)
    counts[(v1 - v2 + V - 1) * classes.length + (place < 0 ? 3 : place)]!++
  })
  return { confusion: labelled({ 'v1 - v2': distances.map(signed), said: classes }, counts) }
}

const signed = (n: number): string => (n > 0 ? `+${n}` : String(n))
