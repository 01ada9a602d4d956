import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { ModularConfig, OptimizerConfig, Transformer1Config } from '@shared/config'
import { createRng } from '@shared/rng'
import { buildModular } from '../../../src/main/datasets/modular'
import { models } from '../../../src/main/models/index'
import { flatten } from '../../../src/main/models/params'
import { startEngine } from '../../../src/main/trainer/backend'
import { createLearner } from '../../../src/main/trainer/learner'
import { adamW } from '../../../src/main/trainer/optimizer'
import {
  additionProbe,
  evaluateProgress,
  measureProgress
} from '../../../src/main/trainer/progress-measures'
import { trainable } from '../../support/engines'

const config = Transformer1Config.parse({ family: 'transformer1', dModel: 8, nHead: 2 })
const model = models.transformer1
// More than a chunk of inputs
const p = 37

describe.each(trainable)('progress measures on $name', ({ name, skip }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    beforeAll(async () => {
      await startEngine(name)
    })

    it.each(['nanda', 'power'] as const)(
      'are those of all inputs, one by one: %s',
      async (format) => {
        const data = ModularConfig.parse({ kind: 'modular', modulus: p, format, probes: 10 })
        const dataset = buildModular(data, 3)
        const sizes = { vocabSize: dataset.vocabulary.size, contextLength: dataset.contextLength }
        const weights = model.init(config, sizes, createRng(1, 'init'))
        const optimizer = adamW(OptimizerConfig.parse({}), weights)
        const probe = additionProbe(data, dataset)!
        const before = tf.memory().numTensors
        const learner = createLearner(
          {
            ...{ model, config, optimizer, dataset, weights },
            batchSize: 50,
            seed: 1,
            inputs: probe.inputs,
            record: true
          },
          {},
          {}
        )
        const got = (await evaluateProgress(learner, probe, () => Promise.resolve(true)))!
        expect(await evaluateProgress(learner, probe, () => Promise.resolve(false))).toBeNull()

        // The same from the training rows' own equations and from each input by itself.
        const [eos, op, equals] = [p + 2, p + 1, p]
        const rowOf = (a: number, b: number): number[] =>
          format === 'nanda' ? [a, b, equals] : [eos, a, op, b, equals, 0]
        const at = format === 'nanda' ? 2 : 4
        const tree = tf.tidy(() => {
          const tokens: number[][] = []
          for (let a = 0; a < p; a++) for (let b = 0; b < p; b++) tokens.push(rowOf(a, b))
          const leaves = flatten(weights)
          const tensors = new Map(leaves.map(([n, w]) => [n, tf.tensor(w.values, [...w.shape])]))
          const walk = (value: unknown, path: string): unknown => {
            if (value && typeof value === 'object' && 'shape' in value) return tensors.get(path)
            const child = ([key, below]: [string, unknown]) => [
              key,
              walk(below, path ? `${path}.${key}` : key)
            ]
            if (Array.isArray(value)) return value.map((below, i) => walk(below, `${path}.${i}`))
            return Object.fromEntries(Object.entries(value as object).map(child))
          }
          const logits = model.forward(
            config,
            walk(weights, '') as never,
            tf.tensor2d(tokens, undefined, 'int32')
          )
          return logits.slice([0, at, 0], [-1, 1, -1]).dataSync()
        })
        const { tokens, count } = dataset.train
        const [T, x, y] = format === 'nanda' ? [3, 0, 1] : [6, 1, 3]
        const trainRows = Int32Array.from(
          { length: count },
          (_, i) => tokens[i * T + x]! * p + tokens[i * T + y]!
        )
        const W_E = flatten(weights)
          .find(([n]) => n === 'embed.W_E')![1]
          .values.subarray(0, p * 8)
        const wanted = measureProgress(p, tree, W_E, 8, trainRows)
        expect(Object.keys(got).sort()).toEqual(Object.keys(wanted).sort())
        for (const [metric, value] of Object.entries(wanted))
          expect(got[metric]).toBeCloseTo(value!, 4)
        learner.dispose()
        expect(tf.memory().numTensors).toBe(before)
      }
    )
  })
})

describe('the probe of addition', () => {
  it('is there for x + y modulo an odd number only', () => {
    const of = (over: object) => {
      const data = ModularConfig.parse({ kind: 'modular', modulus: 7, ...over })
      return additionProbe(data, buildModular(data, 1))
    }
    expect(of({})?.inputs.count).toBe(49)
    expect(of({ operation: 'x-y' })).toBeNull()
    expect(of({ modulus: 8 })).toBeNull()
    expect(new Set(of({})!.trainRows).size).toBe(Math.round(0.3 * 49))
  })
})
