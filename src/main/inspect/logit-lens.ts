/** The logit lens as a job: where in the layers values, labels and the answer become readable. */
import type { Cell, Finding, InspectQuery } from '@shared/inspect'
import { labelled, sevenDigits } from '@shared/inspect'
import type { JobContext } from './jobs'
import { readLens, type LensReading } from './lens'
import { probesOf } from './predictions'
import { choosePrompts, type Prompts } from './prompts'
import { layerCount } from './subject'
import type { LensTarget } from './task'

type Query = Extract<InspectQuery, { job: 'logit-lens' }>

export async function logitLens(query: Query, context: JobContext): Promise<Finding> {
  const { config, dataset, pace } = context
  const chosen = choosePrompts(query.probes, config.dataset, dataset)
  const { prompts, targets, leftOut } = withTargets(chosen)
  const name = (token: number): string => dataset.vocabulary.tokens[token]!
  const subject = context.subject()
  const flat = targets.map((row) => row.flatMap(({ tokens }) => tokens))
  const reading = await readLens(subject, prompts.tokens, flat, dataset.vocabulary.size, pace)
  const layers = layerLabels(layerCount(subject.config))
  const { positions } = prompts
  const single = prompts.tokens.length === 1
  const shape = targets[0]!.map(({ name, at, tokens }) => ({ name, at, size: tokens.length }))
  const summary = summarize(reading, shape)
  const names = shape.map(({ name }) => name)
  const dims = { target: names, layer: layers, position: positions }

  return {
    probes: probesOf(prompts, name),
    values: atHome(shape, summary, layers, positions),
    arrays: {
      ...(names.length > 0 && {
        mrr: labelled(dims, summary.mrr),
        ...recallOfSets(shape, summary.recall, layers, positions),
        ...(single && { rank: labelled(dims, summary.rank) })
      })
    },
    rows: single ? likeliest(reading, layers, positions, name) : [],
    notes: [
      'Final norm and head applied to the residual stream after each layer; 0 is the embedding. Ranks are 0-based and among the whole vocabulary; MRR is the mean of 1/(rank + 1).',
      ...(shape.some(({ size }) => size > 1)
        ? [
            'Recall of the labels is the share of the three that are among the three likeliest tokens.'
          ]
        : []),
      ...(names.length === 0
        ? [
            'These tokens make no fact of this data set, so there are no targets; the likeliest tokens are listed.'
          ]
        : []),
      ...(leftOut > 0 ? [`${leftOut} rows whose facts are not in training were left out.`] : [])
    ]
  }
}

export const layerLabels = (L: number): string[] =>
  Array.from({ length: L + 1 }, (_, i) => String(i))

/** Prompts whose facts are known, with what to look for in each; without any, all prompts and no targets. */
function withTargets(prompts: Prompts): {
  prompts: Prompts
  targets: LensTarget[][]
  leftOut: number
} {
  const found = prompts.tokens.map((prompt) => prompts.task.lensTargets(prompt))
  const known = found.map((_, i) => i).filter((i) => found[i] !== null)
  const none = known.length === 0
  const kept = none ? found.map((_, i) => i) : known
  const at = <T>(list: readonly T[]): T[] =>
    kept.filter((i) => i < list.length).map((i) => list[i]!)
  return {
    prompts: {
      ...prompts,
      tokens: at(prompts.tokens),
      answers: prompts.answers && at(prompts.answers),
      rows: at(prompts.rows)
    },
    targets: kept.map((i) => found[i] ?? []),
    leftOut: none ? 0 : found.length - known.length
  }
}

interface TargetShape {
  readonly name: string
  readonly at: number
  /** How many tokens. */
  readonly size: number
}

/** [target, layer, position], means over rows: 1/(rank + 1), share within the target's size, rank. */
function summarize(
  { ranks, shape: [layers, B, T, K] }: LensReading,
  targets: readonly TargetShape[]
): Record<'mrr' | 'recall' | 'rank', Float64Array> {
  const size = targets.length * layers * T
  const found = {
    mrr: new Float64Array(size),
    recall: new Float64Array(size),
    rank: new Float64Array(size)
  }
  let first = 0
  targets.forEach(({ size }, n) => {
    for (let layer = 0; layer < layers; layer++) {
      for (let row = 0; row < B; row++) {
        for (let t = 0; t < T; t++) {
          const into = (n * layers + layer) * T + t
          for (let k = first; k < first + size; k++) {
            const rank = ranks[((layer * B + row) * T + t) * K + k]!
            found.mrr[into]! += 1 / (rank + 1) / (B * size)
            found.recall[into]! += Number(rank < size) / (B * size)
            found.rank[into]! += rank / (B * size)
          }
        }
      }
    }
    first += size
  })
  return found
}

/** Recall of the targets that are sets; of one token it would be the share of rank 0. */
function recallOfSets(
  shape: readonly TargetShape[],
  recall: Float64Array,
  layers: readonly string[],
  positions: readonly string[]
): Finding['arrays'] {
  const size = layers.length * positions.length
  const sets = shape.map((_, n) => n).filter((n) => shape[n]!.size > 1)
  if (sets.length === 0) return {}
  const names = sets.map((n) => shape[n]!.name)
  const values = sets.flatMap((n) => [...recall.subarray(n * size, (n + 1) * size)])
  return { recall: labelled({ target: names, layer: layers, position: positions }, values) }
}

/** What the paper reports: each target where the circuit is expected to hold it, by layer. */
function atHome(
  shape: readonly TargetShape[],
  { mrr, recall }: ReturnType<typeof summarize>,
  layers: readonly string[],
  positions: readonly string[]
): Finding['values'] {
  const T = positions.length
  const values: Finding['values'] = {}
  shape.forEach(({ name, at, size }, n) => {
    layers.forEach((layer, l) => {
      const place = (n * layers.length + l) * T + at
      values[`mrr/${name}/layer ${layer}`] = sevenDigits(mrr[place]!)
      if (size > 1) values[`recall/${name}/layer ${layer}`] = sevenDigits(recall[place]!)
    })
  })
  return values
}

/** For one prompt: the likeliest token at every layer and position. */
function likeliest(
  { argmax, probability }: LensReading,
  layers: readonly string[],
  positions: readonly string[],
  name: (token: number) => string
): Record<string, Cell>[] {
  const T = positions.length
  return layers.flatMap((layer, l) =>
    positions.map((position, t) => ({
      layer,
      position,
      token: name(argmax[l * T + t]!),
      p: sevenDigits(probability[l * T + t]!)
    }))
  )
}
