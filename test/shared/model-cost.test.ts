/** What a model costs, against the models themselves: their weights, and every matrix product of a step. */
import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { ModelConfig } from '@shared/config'
import {
  countByPart,
  countParametersOf,
  evaluationFlops,
  forwardFlops,
  modelParts,
  stepCost,
  trainFlops
} from '@shared/model-cost'
import { createRng } from '@shared/rng'
import { modelOf } from '../../src/main/models/index'
import { countParameters, disposeTree, flatten, toVariables } from '../../src/main/models/params'
import { startEngine } from '../../src/main/trainer/backend'
import { parameterGroup } from '../../src/main/trainer/parameter-groups'
import { lossAndGradients, type Batch } from '../../src/main/trainer/step'

/** No two of the sizes below are equal, so that no product can pass for another. */
const shape = { vocabularySize: 23, contextLength: 7, answers: 3, trainExamples: 11 }
const sizes = { vocabSize: shape.vocabularySize, contextLength: shape.contextLength }
const B = 5

const models: [string, ModelConfig][] = [
  { family: 'gpt2', nLayer: 3, dModel: 12, nHead: 2 },
  { family: 'gpt2', nLayer: 2, dModel: 8, nHead: 2, passes: 2, dMlp: 10, tieHead: false },
  { family: 'llama', nLayer: 2, dModel: 8, nHead: 4 },
  { family: 'llama', nLayer: 1, dModel: 16, nHead: 4, nKvHead: 2, dMlp: 20, tieHead: true },
  { family: 'rwkv', nLayer: 2, dModel: 12 },
  { family: 'rwkv', nLayer: 1, dModel: 8, dMlp: 20, tieHead: true },
  { family: 'mamba', nLayer: 2, dModel: 18, dState: 4 },
  { family: 'mamba', nLayer: 1, dModel: 8, dState: 6, dConv: 3, dtRank: 9, tieHead: false },
  { family: 'transformer1', nLayer: 2, dModel: 12, nHead: 2 },
  { family: 'transformer1', nLayer: 1, dModel: 8, nHead: 2, dHead: 6, dMlp: 20 }
].map((input) => [JSON.stringify(input), ModelConfig.parse(input)])

/** The study's sizes: 8 layers of width 768, T 6 (science of the reference: 1,024 answers for 512 rows). */
const study = { vocabularySize: 1107, contextLength: 6, answers: 2, trainExamples: 246_800 }

beforeAll(async () => void (await startEngine('cpu')))

describe.each(models)('%s', (_title, model) => {
  it('has as many parameters, part by part, as the model that is built', () => {
    const weights = modelOf(model).init(model, sizes, createRng(1, 'init'))
    const found = Object.fromEntries(modelParts.map((part) => [part, 0]))
    for (const [name, { values }] of flatten(weights))
      found[parameterGroup(name)!]! += values.length
    expect(countByPart(model, shape)).toEqual(found)
    expect(countParametersOf(model, shape)).toBe(countParameters(weights))
  })

  it('multiplies what is counted, forwards and backwards', async () => {
    const weights = toVariables(modelOf(model).init(model, sizes, createRng(1, 'init')))
    const batch: Batch = {
      tokens: tf.tensor2d(
        Array.from({ length: B * 7 }, (_, i) => (5 * i) % 23),
        [B, 7],
        'int32'
      ),
      positions: tf.tensor2d(
        Array.from({ length: B * 3 }, (_, i) => 4 + (i % 3)),
        [B, 3],
        'int32'
      ),
      labels: tf.tensor2d(
        Array.from({ length: B * 3 }, (_, i) => (3 * i) % 23),
        [B, 3],
        'int32'
      ),
      weights: tf.ones([B, 3])
    }
    const { positions } = batch
    const forward = await productsOf(() => {
      tf.tidy(() => void modelOf(model).forward(model, weights, batch.tokens, { positions }))
    })
    const both = await productsOf(() => {
      tf.tidy(() => void lossAndGradients({ model: modelOf(model), config: model }, weights, batch))
    })
    expect(forward).toBe(B * forwardFlops(model, shape))
    expect(both).toBe(B * trainFlops(model, shape))
    disposeTree(weights)
    tf.dispose([batch.tokens, batch.positions, batch.labels, batch.weights])
  })
})

/**
 * Floating point operations of the products that really ran: 2 n m k each. The one-hot products that only copy the
 * answers' rows, with an input [B, K, T], are no work of the model's.
 */
async function productsOf(run: () => void): Promise<number> {
  const { kernels } = await tf.profile(run)
  const size = (dims: number[]): number => dims.reduce((a, b) => a * b, 1)
  return kernels
    .filter(({ name }) => name === 'BatchMatMul' || name === '_FusedMatMul')
    .filter(({ inputShapes }) => !inputShapes.some((dims) => dims?.join() === `${B},3,7`))
    .reduce((sum, { inputShapes, outputShapes }) => {
      const [a, b] = inputShapes as [number[], number[]]
      const out = outputShapes[0] as number[]
      const batch = size(out.slice(0, -2))
      // [b, n, m] [b, m, k]: sizes b n m and b m k over b n k leave b m².
      const inner = Math.sqrt((size(a) * size(b)) / (size(out) * batch))
      return sum + 2 * size(out) * inner
    }, 0)
}

describe("the study's sizes", () => {
  const large = (input: object): ModelConfig =>
    ModelConfig.parse({ nLayer: 8, dModel: 768, ...input })
  const blocks = (model: ModelConfig): number => {
    const { attention, mlp, norm } = countByPart(model, study)
    return attention + mlp + norm
  }
  /** Millions of parameters in the blocks; TFLOP of 512 rows at T 10 and T 6, all positions, without the head. */
  const table: [string, ModelConfig, number, number, number][] = [
    ['gpt2', large({ family: 'gpt2' }), 56.7, 1.74, 1.05],
    ['llama, MLP 2048', large({ family: 'llama', nHead: 12 }), 56.6, 1.74, 1.04],
    ['llama, MLP 3072', large({ family: 'llama', nHead: 12, dMlp: 3072 }), 75.5, 2.32, 1.39],
    ['rwkv', large({ family: 'rwkv' }), 61.4, 1.88, 1.13],
    ['mamba', large({ family: 'mamba' }), 30.2, 0.92, 0.55]
  ]

  it.each(table)('%s', (_name, model, millions, padded, needed) => {
    expect(blocks(model) / 1e6).toBeCloseTo(millions, 1)
    const body = (T: number): number => {
      const everywhere = { vocabularySize: 0, contextLength: T, answers: T }
      return (512 * trainFlops(model, everywhere)) / 1e12
    }
    // The table is 6 N B T, which knows neither attention's scores nor the scan and counts biases as products.
    expect(Math.abs(body(10) / padded - 1)).toBeLessThan(0.015)
    expect(Math.abs(body(6) / needed - 1)).toBeLessThan(0.015)
  })

  it('GPT-2: 7,087,872 parameters a block, and 0.005 TFLOP for a compact head at two positions', () => {
    const model = large({ family: 'gpt2' })
    expect(blocks(model) - 2 * 768).toBe(8 * 7_087_872)
    const [wide, none] = [1107, 0].map((V) => trainFlops(model, { ...study, vocabularySize: V }))
    expect((512 * (wide! - none!)) / 1e12).toBeCloseTo(0.005, 3)
  })

  it('a step is the mean over an epoch whose last batch has 16 examples', () => {
    const model = large({ family: 'gpt2' })
    const cost = stepCost({ model, batchSize: 512 }, study)
    expect(483 * cost.examplesPerStep).toBeCloseTo(482 * 512 + 16, 6)
    expect(cost.tokensPerStep).toBeCloseTo(6 * cost.examplesPerStep, 9)
    expect(cost.flopsPerStep).toBeCloseTo(cost.examplesPerStep * trainFlops(model, study), 0)
  })

  it('an evaluation is a forward pass of every probe with one answer', () => {
    const model = large({ family: 'mamba' })
    const one = forwardFlops(model, { ...study, answers: 1 })
    expect(evaluationFlops(model, study, 14_000)).toBe(14_000 * one)
  })
})
