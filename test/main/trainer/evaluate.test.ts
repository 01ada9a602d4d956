import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { Gpt2Config, OptimizerConfig } from '@shared/config'
import { createRng } from '@shared/rng'
import type { Dataset, Examples } from '../../../src/main/datasets/dataset'
import { models } from '../../../src/main/models/index'
import { disposeTree, flatten, toVariables } from '../../../src/main/models/params'
import { startEngine } from '../../../src/main/trainer/backend'
import { evaluate, rowMeasures, weightMeasures } from '../../../src/main/trainer/evaluate'
import { createLearner } from '../../../src/main/trainer/learner'
import { adamW } from '../../../src/main/trainer/optimizer'
import { trainable } from '../../support/engines'

const T = 4
const V = 9
const K = 2
const config = Gpt2Config.parse({ family: 'gpt2', nLayer: 1, dModel: 8, nHead: 2, initStd: 0.5 })
const sizes = { vocabSize: V, contextLength: T }
const model = models.gpt2
const optimizer = adamW(OptimizerConfig.parse({}), model.parameters(config, sizes))
const weights = model.init(config, sizes, createRng(1))

/** n random rows with two targets each; only the first is the answer. */
function randomExamples(n: number, label: string): Examples {
  const rng = createRng(3, label)
  const draw = (length: number, below: number): Int32Array =>
    Int32Array.from({ length }, () => rng.int(below))
  return { count: n, tokens: draw(n * T, V), positions: draw(n * K, T), labels: draw(n * K, V) }
}

// Splits that share chunks, end inside one, and span several
const splits = {
  a: randomExamples(700, 'a'),
  b: randomExamples(1, 'b'),
  c: randomExamples(1900, 'c')
}
const dataset = {
  contextLength: T,
  answers: K,
  train: randomExamples(10, 'train'),
  splits
} as Partial<Dataset> as Dataset

/** Mean loss and accuracy of the answers, row by row from the logits of all positions. */
async function bySlowCount(examples: Examples): Promise<{ loss: number; accuracy: number }> {
  const variables = toVariables(weights)
  const all = tf.tidy(() => {
    const tokens = tf.tensor2d(examples.tokens, [examples.count, T], 'int32')
    return model.forward(config, variables, tokens)
  })
  disposeTree(variables)
  const logits = (await all.array()) as number[][][] // [n][T][V]
  all.dispose()
  let loss = 0
  let correct = 0
  for (let i = 0; i < examples.count; i++) {
    const row = logits[i]![examples.positions[K * i]!]!
    const label = examples.labels[K * i]!
    const top = Math.max(...row)
    loss += top + Math.log(row.reduce((sum, x) => sum + Math.exp(x - top), 0)) - row[label]!
    if (row.indexOf(top) === label) correct++
  }
  return { loss: loss / examples.count, accuracy: correct / examples.count }
}

describe.each(trainable)('evaluation on $name', ({ name, skip }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    beforeAll(async () => {
      await startEngine(name)
    })

    const open = (record: boolean) =>
      createLearner(
        { model, config, optimizer, dataset, batchSize: 5, weights, record },
        rowMeasures,
        weightMeasures
      )

    it.each([true, false])(
      'equals loss and accuracy counted row by row, over chunks (recorded: %s)',
      async (record) => {
        const before = tf.memory().numTensors
        const learner = open(record)
        const values = await evaluate(learner, splits, () => Promise.resolve(true))
        for (const [split, examples] of Object.entries(splits)) {
          const slow = await bySlowCount(examples)
          expect(values![`loss/${split}`]).toBeCloseTo(slow.loss, 4)
          expect(values![`accuracy/${split}`]).toBeCloseTo(slow.accuracy, 6)
        }
        let squares = 0
        for (const [, w] of flatten(weights)) for (const x of w.values) squares += x * x
        expect(values!['weightNorm']).toBeCloseTo(Math.sqrt(squares), 3)
        learner.dispose()
        expect(tf.memory().numTensors).toBe(before)
      }
    )

    it('gives up in the middle when told to', async () => {
      const learner = open(true)
      let breaths = 0
      expect(await evaluate(learner, splits, () => Promise.resolve(++breaths < 2))).toBeNull()
      expect(breaths).toBe(2)
      learner.dispose()
    })
  })
})
