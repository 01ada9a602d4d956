/**
 * How much memory a run will hold at its height, from its settings and the shape of the data. The height of a step
 * is the backward pass, where nearly every tensor of the forward pass is still there, or the update, where the
 * optimizer has its intermediate values of every parameter at once; a recorded step passes the same height while
 * it is recorded. An evaluation of up to 1,024 probes at once can be more than a step on a small batch.
 *
 * How many tensors of which shape a family holds was counted on the engine (tf.profile, 60 random shapes per family)
 * and rounded; the test compares forecasts with counts of other shapes. Letters are those of model-cost.ts.
 */
import type { ModelConfig, RunConfig } from './config'
import { countParametersOf, type DatasetShape } from './model-cost'
import { dtRank, gatedWidth, headWidth, kvHeads, mlpWidth } from './model-widths'

/** Bytes by what they are for. `process` is what the engine's process takes before it trains. */
export interface MemoryForecast {
  weights: number
  gradients: number
  /** Moments and whatever else the optimizer remembers. */
  moments: number
  activations: number
  data: number
  process: number
  total: number
}

/** What a trainer process holds before its first step, bytes: measured, see docs/performance.md. */
export const processBytes = { native: 520e6, wasm: 150e6 } as const

/** Probes that are evaluated in one call of the engine. */
export const evaluationChunk = 1024

/** A recorded step lets go of tensors after their last use, in some families of less than in others. Measured likewise. */
const recordedShare: Record<ModelConfig['family'], number> = {
  ...{ gpt2: 0.85, llama: 0.85, rwkv: 0.95, mamba: 1.15, transformer1: 0.85 }
}
/** What an evaluation holds of what a step on as many rows does. Measured likewise. */
const evaluationShare = { native: 0.45, wasm: 0.3 } as const

/** Values of every parameter that the update holds at its height, gradients included. */
const updateValues = 17
/** Of these, how many are there at the height of the backward pass. */
const backwardValues = 3

/** Memory at the height of a run, in bytes. `probes`: how many are evaluated in all. */
export function forecastMemory(
  { model, optimizer, batchSize }: Pick<RunConfig, 'model' | 'optimizer' | 'batchSize'>,
  shape: DatasetShape,
  probes: number,
  engine: keyof typeof processBytes
): MemoryForecast {
  const { contextLength: T, answers: K, trainExamples } = shape
  const parameters = countParametersOf(model, shape)
  const [weights, moments] = [4 * parameters, 4 * parameters * rememberedValues(optimizer)]
  const rows = Math.min(batchSize, trainExamples)
  const training = 4 * rows * heldValues(model, shape)
  const probing =
    4 * Math.min(probes, evaluationChunk) * heldValues(model, { ...shape, answers: 1 })
  const forwards = Math.max(
    training * (engine === 'native' ? recordedShare[model.family] : 1),
    probing * evaluationShare[engine]
  )
  const height = Math.max(forwards + 4 * backwardValues * parameters, 4 * updateValues * parameters)
  const gradients = 4 * parameters
  const activations = height - gradients
  const data = 4 * (trainExamples + probes) * (T + 2 * K)
  const process = processBytes[engine]
  const total = weights + gradients + moments + activations + data + process
  return { weights, gradients, moments, activations, data, process, total }
}

/** Values of every parameter that the optimizer remembers from step to step. */
function rememberedValues({ grokfast }: RunConfig['optimizer']): number {
  if (grokfast.filter === 'ma') return 2 + grokfast.window
  return grokfast.filter === 'ema' ? 3 : 2
}

/** Values of one row that a step holds: all blocks but the last at T positions, the last and the head at K. */
function heldValues(model: ModelConfig, shape: Omit<DatasetShape, 'trainExamples'>): number {
  const { vocabularySize: V, contextLength: T, answers: K } = shape
  const blocks = model.nLayer * (model.family === 'gpt2' ? model.passes : 1)
  const { block, last } = heldByBlocks(model, T, K)
  return (blocks - 1) * block + last + (model.family === 'transformer1' ? 11 : 6) * K * V
}

/** Values of one row in a block, and in the last one with the embedding and the last norm. */
function heldByBlocks(model: ModelConfig, T: number, K: number): { block: number; last: number } {
  const C = model.dModel
  switch (model.family) {
    case 'gpt2': {
      const [M, H] = [mlpWidth(model), model.nHead]
      return {
        block: T * (85 * C + 19 * M + 9 * H * T),
        last: 44 * T * C + K * (70 * C + 19 * M + 12 * H * T)
      }
    }
    case 'llama': {
      const [M, H] = [gatedWidth(model), model.nHead]
      const keys = (kvHeads(model) * C) / H
      return {
        block: T * (77 * C + 20 * keys + 18 * M + 13 * H * T),
        last: T * (24 * C + 20 * keys) + K * (75 * C + 18 * M + 15 * H * T)
      }
    }
    case 'transformer1': {
      const [M, H] = [mlpWidth(model), model.nHead]
      const heads = H * headWidth(model)
      return {
        block: T * (27 * C + 32 * heads + 10 * M + 8 * H * T),
        last: T * (14 * C + 14 * heads) + K * (20 * C + 20 * heads + 9 * M + 13 * H * T)
      }
    }
    case 'rwkv': {
      const M = mlpWidth(model)
      return { block: T * (172 * C + 10 * M), last: 153 * T * C + K * (55 * C + 10 * M) }
    }
    case 'mamba': {
      const [E, N, W] = [model.expand * C, model.dState, model.dConv]
      const toSteps = dtRank(model) + 2 * N
      return {
        block: T * (23 * C + (52 + 8.5 * W + 1.1 * N) * E + 15 * toSteps),
        last: T * (24 * C + (41 + 8 * W + 1.4 * N) * E) + K * (26 * C + 12 * E)
      }
    }
    default:
      return model satisfies never
  }
}
