import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { Gpt2Config } from '@shared/config'
import { createRng } from '@shared/rng'
import { models } from '../../../src/main/models/index'
import { disposeTree, flatten, toVariables } from '../../../src/main/models/params'
import { startEngine } from '../../../src/main/trainer/backend'
import { prepareEvaluation } from '../../../src/main/trainer/evaluate'
import { trainable } from '../../support/engines'

const T = 4
const V = 9
const config = Gpt2Config.parse({ family: 'gpt2', nLayer: 1, dModel: 8, nHead: 2, initStd: 0.5 })
const model = models.gpt2

/** n random rows with two targets each; only the first is the answer. */
function randomExamples(n: number) {
  const rng = createRng(3, 'examples')
  const draw = (length: number, below: number): Int32Array =>
    Int32Array.from({ length }, () => rng.int(below))
  return { count: n, tokens: draw(n * T, V), positions: draw(n * 2, T), labels: draw(n * 2, V) }
}

describe.each(trainable)('evaluation on $name', ({ name, skip }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    beforeAll(async () => {
      await startEngine(name)
    })

    it('equals loss and accuracy counted row by row, over several chunks', async () => {
      const examples = randomExamples(1500)
      const weights = toVariables(
        model.init(config, { vocabSize: V, contextLength: T }, createRng(1))
      )
      const before = tf.memory().numTensors
      const evaluation = prepareEvaluation(model, config, {
        splits: { some: examples },
        contextLength: T
      })
      const values = await evaluation.run(weights, () => Promise.resolve(true))

      const tokens = tf.tensor2d(examples.tokens, [1500, T], 'int32')
      const all = tf.tidy(() => model.forward(config, weights, tokens))
      const logits = (await all.array()) as number[][][] // [n][T][V]
      tf.dispose([tokens, all])
      let loss = 0
      let correct = 0
      for (let i = 0; i < 1500; i++) {
        const row = logits[i]![examples.positions[2 * i]!]!
        const label = examples.labels[2 * i]!
        const top = Math.max(...row)
        loss += top + Math.log(row.reduce((sum, x) => sum + Math.exp(x - top), 0)) - row[label]!
        if (row.indexOf(top) === label) correct++
      }
      expect(values!['loss/some']).toBeCloseTo(loss / 1500, 4)
      expect(values!['accuracy/some']).toBeCloseTo(correct / 1500, 6)

      let squares = 0
      for (const [, w] of flatten(weights)) for (const x of w.dataSync()) squares += x * x
      expect(values!['weightNorm']).toBeCloseTo(Math.sqrt(squares), 3)

      evaluation.dispose()
      expect(tf.memory().numTensors).toBe(before)
      disposeTree(weights)
    })

    it('gives up in the middle when told to', async () => {
      const weights = toVariables(
        model.init(config, { vocabSize: V, contextLength: T }, createRng(1))
      )
      const evaluation = prepareEvaluation(model, config, {
        splits: { some: randomExamples(3000) },
        contextLength: T
      })
      let breaths = 0
      expect(await evaluation.run(weights, () => Promise.resolve(++breaths < 2))).toBeNull()
      expect(breaths).toBe(2)
      evaluation.dispose()
      disposeTree(weights)
    })
  })
})
