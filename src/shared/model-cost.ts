/**
 * What a model costs, from its settings and the shape of the data alone: parameters per part, floating point
 * operations of a training step and of an evaluation. Nothing is built, so a form can ask while somebody types.
 *
 * Letters: T positions, K answer positions, C = dModel, M = MLP width, D width of a head, V vocabulary; for Mamba
 * E inner channels, N state size, R rank of the step sizes.
 */
import { z } from 'zod'
import type { ModelConfig, RunConfig } from './config'
import { dtRank, gatedWidth, headWidth, kvHeads, mlpWidth } from './model-widths'

/** The sizes of a data set that follow from its settings alone, before anything is built. */
export interface DatasetShape {
  /** V */
  vocabularySize: number
  /** T: input tokens per row. */
  contextLength: number
  /** K: targets per row. */
  answers: number
  trainExamples: number
}
type RowShape = Omit<DatasetShape, 'trainExamples'>

/**
 * Parts of a model. `attention` is what mixes positions in every family: attention, time mix, mixer; `mlp` is RWKV's
 * channel mix too. A tied head is the embedding.
 */
export const modelParts = ['embedding', 'attention', 'mlp', 'norm', 'head'] as const
export type ModelPart = (typeof modelParts)[number]

/** What a step takes, means over an epoch, whose last batch may be smaller. */
export const StepCost = z.object({
  /** Floating point operations of the matrix products, forward and backward. */
  flopsPerStep: z.number(),
  /** Positions fed, those that fill short rows included. */
  tokensPerStep: z.number(),
  examplesPerStep: z.number(),
  /** Of an evaluation of all probes; absent from runs of before it was counted. */
  flopsPerEvaluation: z.number().optional()
})
export type StepCost = z.infer<typeof StepCost>

/** One block: parameters, and multiply-adds of a row's forward pass in which `queries` of T positions go on. */
interface BlockCost {
  parameters: { attention: number; mlp: number; norm: number }
  products: (T: number, queries: number) => number
}

/** Parameters of every part, exactly. A learned position table has T rows. */
export function countByPart(
  model: ModelConfig,
  { vocabularySize: V, contextLength: T }: RowShape
): Record<ModelPart, number> {
  const { dModel: C, nLayer } = model
  const { attention, mlp, norm } = blockCost(model).parameters
  const positions = model.family === 'gpt2' || model.family === 'transformer1' ? T * C : 0
  return {
    embedding: V * C + positions,
    attention: nLayer * attention,
    mlp: nLayer * mlp,
    norm: nLayer * norm + outerNorms(model),
    head: model.family !== 'transformer1' && model.tieHead ? 0 : V * C
  }
}

/** Parameters in all. */
export function countParametersOf(model: ModelConfig, shape: RowShape): number {
  const counts = countByPart(model, shape)
  return modelParts.reduce((sum, part) => sum + counts[part], 0)
}

/**
 * Floating point operations of the matrix products of one row's forward pass with logits at K positions, as the
 * models compute them: the last block's queries, and what comes after them, at those positions only. A product
 * [n, m] [m, k] counts 2 n m k. Lookups, norms, activations and RWKV's recurrence, all linear in C, are left out;
 * Mamba's scan is products and counts.
 */
export function forwardFlops(
  model: ModelConfig,
  { vocabularySize: V, contextLength: T, answers: K }: RowShape
): number {
  const { products } = blockCost(model)
  const blocks = model.nLayer * (model.family === 'gpt2' ? model.passes : 1)
  return 2 * ((blocks - 1) * products(T, T) + products(T, K) + K * model.dModel * V)
}

/** A training step on one row: backward is two products of the size of each forward one. */
export const trainFlops = (model: ModelConfig, shape: RowShape): number =>
  3 * forwardFlops(model, shape)

/** An evaluation of so many probes: a forward pass each, with logits at the first answer alone. */
export function evaluationFlops(model: ModelConfig, shape: RowShape, probes: number): number {
  return probes * forwardFlops(model, { ...shape, answers: 1 })
}

/** What a step of a run takes. */
export function stepCost(
  { model, batchSize }: Pick<RunConfig, 'model' | 'batchSize'>,
  shape: DatasetShape
): StepCost {
  const examplesPerStep = shape.trainExamples / Math.ceil(shape.trainExamples / batchSize)
  return {
    flopsPerStep: examplesPerStep * trainFlops(model, shape),
    tokensPerStep: examplesPerStep * shape.contextLength,
    examplesPerStep
  }
}

/** Norms outside the blocks: the last one, and RWKV's first. */
function outerNorms({ family, dModel: C }: ModelConfig): number {
  switch (family) {
    case 'gpt2':
      return 2 * C
    case 'llama':
    case 'mamba':
      return C
    case 'rwkv':
      return 4 * C
    case 'transformer1':
      return 0
    default:
      return family satisfies never
  }
}

function blockCost(model: ModelConfig): BlockCost {
  const C = model.dModel
  switch (model.family) {
    case 'gpt2': {
      const M = mlpWidth(model)
      return {
        parameters: {
          attention: 4 * C * C + 4 * C,
          mlp: 2 * C * M + M + C,
          norm: 4 * C
        },
        products: (T, q) => attentionProducts(C, C, C, T, q) + 2 * q * C * M
      }
    }
    case 'llama': {
      const [M, keys] = [gatedWidth(model), (kvHeads(model) * C) / model.nHead]
      return {
        parameters: {
          attention: 2 * C * C + 2 * C * keys,
          mlp: 3 * C * M,
          norm: 2 * C
        },
        products: (T, q) => attentionProducts(C, C, keys, T, q) + 3 * q * C * M
      }
    }
    case 'transformer1': {
      const [M, heads] = [mlpWidth(model), model.nHead * headWidth(model)]
      return {
        parameters: {
          attention: 4 * C * heads,
          mlp: 2 * C * M + M + C,
          norm: 0
        },
        products: (T, q) => attentionProducts(C, heads, heads, T, q) + 2 * q * C * M
      }
    }
    case 'rwkv': {
      const M = mlpWidth(model)
      return {
        parameters: {
          attention: 4 * C * C + 5 * C,
          mlp: 2 * C * M + C * C + 2 * C,
          norm: 4 * C
        },
        // The channel mix sees the position before, so all of the time mix is needed.
        products: (T, q) => 4 * T * C * C + q * (2 * C * M + C * C)
      }
    }
    case 'mamba': {
      const [E, N, R] = [model.expand * C, model.dState, dtRank(model)]
      const toSteps = E * (R + 2 * N) + R * E
      return {
        parameters: {
          // A_log and D; convolution; W_in; W_x and W_dt with its bias; W_out.
          attention: E * N + E + E * (model.dConv + 1) + 2 * C * E + toSteps + E + C * E,
          mlp: 0,
          norm: C
        },
        // Input of the convolution, steps, outer product and read-out of the state; gate and output.
        products: (T, q) => T * (C * E + toSteps + 2 * N * E) + q * 2 * C * E
      }
    }
    default:
      return model satisfies never
  }
}

/** Queries and output of width `heads` at q positions, keys and values of width `keys` at T; scores and their sum. */
function attentionProducts(C: number, heads: number, keys: number, T: number, q: number): number {
  return 2 * q * C * heads + 2 * T * C * keys + 2 * q * T * heads
}

/** 6.14 GFLOP, 1.05 TFLOP (powers of 1000): floating point operations. */
export function formatFlops(flops: number): string {
  const units = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z']
  const power = flops < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(flops) / 3))
  return `${Number((flops / 1000 ** power).toPrecision(3))} ${units[power]}FLOP`
}
