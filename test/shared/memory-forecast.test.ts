/** Memory forecasts against the bytes of tensors that the engine counts at the height of a step. */
import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { ModelConfig, OptimizerConfig } from '@shared/config'
import { forecastMemory } from '@shared/memory-forecast'
import { createRng } from '@shared/rng'
import { modelOf } from '../../src/main/models/index'
import { disposeTree, toVariables } from '../../src/main/models/params'
import { startEngine } from '../../src/main/trainer/backend'
import { adamW, scalarsAt } from '../../src/main/trainer/optimizer'
import { initState } from '../../src/main/trainer/optimizer-state'
import { trainStep } from '../../src/main/trainer/step'

interface Size {
  B: number
  T: number
  K: number
  V: number
}
/** Activations decide the first two, parameters the third. */
const sizes: [string, Size, { nLayer: number; dModel: number }][] = [
  ['wide batch', { B: 150, T: 6, K: 2, V: 120 }, { nLayer: 2, dModel: 40 }],
  ['deep', { B: 60, T: 4, K: 1, V: 30 }, { nLayer: 5, dModel: 24 }],
  ['small batch', { B: 4, T: 3, K: 1, V: 60 }, { nLayer: 2, dModel: 72 }]
]
const families: [string, object][] = [
  ['gpt2', { family: 'gpt2', nHead: 4 }],
  ['gpt2, two passes, narrow MLP', { family: 'gpt2', nHead: 2, passes: 2, dMlp: 40 }],
  ['llama', { family: 'llama', nHead: 4 }],
  ['llama, grouped', { family: 'llama', nHead: 4, nKvHead: 1, dMlp: 90 }],
  ['rwkv', { family: 'rwkv' }],
  ['mamba', { family: 'mamba' }],
  ['mamba, short convolution', { family: 'mamba', dState: 6, dConv: 2, expand: 3 }],
  ['transformer1', { family: 'transformer1', nHead: 4 }],
  ['transformer1, wide heads', { family: 'transformer1', nHead: 4, dHead: 20 }]
]

beforeAll(async () => void (await startEngine('wasm')))

describe.each(sizes)('%s', (_name, size, width) => {
  it.each(families)('%s: within 25 % of what is held', async (family, settings) => {
    const model = ModelConfig.parse({ ...settings, ...width })
    for (const grokfast of family === 'gpt2' ? [{}, { filter: 'ema' }] : [{}]) {
      const optimizer = OptimizerConfig.parse({ grokfast })
      const held = await heldBytes(model, optimizer, size)
      const { B: batchSize, T: contextLength, K: answers, V: vocabularySize } = size
      const shape = { contextLength, answers, vocabularySize, trainExamples: batchSize }
      const forecast = forecastMemory({ model, optimizer, batchSize }, shape, 0, 'wasm')
      const ratio = (forecast.total - forecast.process) / held
      expect(ratio).toBeGreaterThan(0.75)
      expect(ratio).toBeLessThan(1.25)
    }
  })
})

/** The most bytes that tensors hold during one step, with weights, moments and the batch. */
async function heldBytes(
  model: ModelConfig,
  settings: OptimizerConfig,
  { B, T, K, V }: Size
): Promise<number> {
  const before = tf.memory().numBytes
  const family = modelOf(model)
  const host = family.init(model, { vocabSize: V, contextLength: T }, createRng(1, 'init'))
  const weights = toVariables(host)
  const optimizer = adamW(settings, host, { steps: 100, fixedNorm: null })
  const state = initState(optimizer, host)
  const ints = (n: number, below: number): Int32Array =>
    Int32Array.from({ length: n }, (_, i) => i % below)
  const batch = {
    tokens: tf.tensor2d(ints(B * T, V), [B, T], 'int32'),
    positions: tf.tensor2d(ints(B * K, T), [B, K], 'int32'),
    labels: tf.tensor2d(ints(B * K, V), [B, K], 'int32'),
    weights: tf.ones([B, K]) as tf.Tensor2D
  }
  const scalars = tf.tensor1d(scalarsAt(optimizer, 1))
  const { peakBytes } = await tf.profile(() => {
    tf.dispose(
      trainStep({ model: family, config: model, optimizer }, weights, state, batch, scalars)
    )
  })
  for (const tree of [weights, ...Object.values(state)]) disposeTree(tree)
  tf.dispose([...Object.values(batch), scalars])
  expect(tf.memory().numBytes).toBe(before)
  return peakBytes - before
}
