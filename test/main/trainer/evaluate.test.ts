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
import { parameterGroup } from '../../../src/main/trainer/parameter-groups'
import { trainable } from '../../support/engines'

const T = 4
const V = 9
const K = 2
const config = Gpt2Config.parse({ family: 'gpt2', nLayer: 1, dModel: 8, nHead: 2, initStd: 0.5 })
const sizes = { vocabSize: V, contextLength: T }
const model = models.gpt2
const optimizer = adamW(OptimizerConfig.parse({}), model.parameters(config, sizes))
const fast = adamW(OptimizerConfig.parse({ lr: 1e-3, warmup: 0 }), model.parameters(config, sizes))
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
  splits,
  // Tokens 0 to 5 answer in three classes of two, the others in none.
  answerGroups: Int32Array.from([0, 0, 1, 1, 2, 2, -1, -1, -1])
} as Partial<Dataset> as Dataset

/** Every measure of the answers, row by row from the logits of all positions. */
async function bySlowCount(examples: Examples): Promise<Record<string, number>> {
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
  let restricted = 0
  let margin = 0
  for (let i = 0; i < examples.count; i++) {
    const row = logits[i]![examples.positions[K * i]!]!
    const label = examples.labels[K * i]!
    const top = Math.max(...row)
    loss += top + Math.log(row.reduce((sum, x) => sum + Math.exp(x - top), 0)) - row[label]!
    if (row.indexOf(top) === label) correct++
    const group = dataset.answerGroups![label]
    const rivals = row.filter((_, token) => dataset.answerGroups![token] === group)
    if (row[label] === Math.max(...rivals)) restricted++
    margin += row[label]! - Math.max(...row.filter((_, token) => token !== label))
  }
  const sums = { loss, accuracy: correct, restrictedAccuracy: restricted, margin }
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / examples.count]))
}

describe.each(trainable)('evaluation on $name', ({ name, skip }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    beforeAll(async () => {
      await startEngine(name)
    })

    const open = (record: boolean) =>
      createLearner(
        { model, config, optimizer, dataset, batchSize: 5, seed: 1, weights, record },
        rowMeasures,
        weightMeasures
      )

    it.each([true, false])(
      'equals loss and accuracy counted row by row, over chunks (recorded: %s)',
      async (record) => {
        const before = tf.memory().numTensors
        const learner = open(record)
        const values = await evaluate(learner, splits, 0, () => Promise.resolve(true))
        for (const [split, examples] of Object.entries(splits)) {
          const slow = await bySlowCount(examples)
          for (const [name, mean] of Object.entries(slow)) {
            const digits = name.toLowerCase().includes('accuracy') ? 6 : 4
            expect(values![`${name}/${split}`], name).toBeCloseTo(mean, digits)
          }
        }
        const squares: Record<string, number> = {}
        for (const [name, w] of flatten(weights)) {
          const sum = w.values.reduce((sum, x) => sum + x * x, 0)
          for (const key of ['weightNorm', `weightNorm/${parameterGroup(name)}`]) {
            squares[key] = (squares[key] ?? 0) + sum
          }
        }
        expect(Object.keys(squares)).toHaveLength(5) // the head is the embedding's
        for (const [key, sum] of Object.entries(squares)) {
          expect(values![key], key).toBeCloseTo(Math.sqrt(sum), 3)
        }
        expect(values).not.toHaveProperty('weightNorm/head')
        expect(values!['updateRatio']).toBe(0)
        learner.dispose()
        expect(tf.memory().numTensors).toBe(before)
      }
    )

    it('finds rows that softmax has saturated, and those without a gradient', () => {
      const logits = tf.tensor2d([
        [200, 0, 0],
        [200, 0, 0],
        [30, 0, 0],
        [3, 2, 1]
      ])
      const labels = tf.tensor1d([0, 1, 0, 0], 'int32')
      const measure = (name: 'saturated' | 'zeroGradient') =>
        Array.from(rowMeasures[name]({ logits, labels }).dataSync())
      // exp(-30) is lost beside 1, but not by itself: no room left, yet still a gradient.
      expect(measure('saturated')).toEqual([1, 1, 1, 0])
      expect(measure('zeroGradient')).toEqual([1, 0, 0, 0])
      tf.dispose([logits, labels])
    })

    it('gives the length of the last update over that of the weights', async () => {
      const learner = createLearner(
        {
          ...{ model, config, dataset, batchSize: 5, seed: 1, weights },
          optimizer: fast,
          record: true
        },
        {},
        weightMeasures
      )
      const rows = Int32Array.of(0, 1, 2, 3, 4)
      tf.dispose({ ...learner.step(rows, 0) })
      const before = (await learner.read()).weights
      tf.dispose({ ...learner.step(rows, 1) })
      const after = (await learner.read()).weights
      let [change, size] = [0, 0]
      for (const [name, { values }] of after) {
        values.forEach((x, i) => {
          change += (x - before.get(name)!.values[i]!) ** 2
          size += x * x
        })
      }
      const { updateRatio } = await learner.evaluateWeights(2)
      const ratio = Math.sqrt(change / size)
      expect(Math.abs(updateRatio! / ratio - 1)).toBeLessThan(1e-3)
      learner.dispose()
    })

    it('measures the same weights as the same to the last bit, however often', async () => {
      const learner = open(true)
      const seen = new Set<string>()
      for (let i = 0; i < 500; i++) seen.add(JSON.stringify(await learner.evaluateWeights(2)))
      expect([...seen]).toHaveLength(1)
      learner.dispose()
    })

    it('gives up in the middle when told to', async () => {
      const learner = open(true)
      let breaths = 0
      expect(await evaluate(learner, splits, 0, () => Promise.resolve(++breaths < 2))).toBeNull()
      expect(breaths).toBe(2)
      learner.dispose()
    })
  })
})
