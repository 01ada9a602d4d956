/** The Fourier job against reference values that were computed with explicit projections (test/fixtures/parity). */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { parseRunConfig } from '@shared/config-input'
import { buildDataset } from '../../../src/main/datasets/index'
import { emptyExamples, type Dataset } from '../../../src/main/datasets/dataset'
import { fourier } from '../../../src/main/inspect/fourier'
import { unhurried } from '../../../src/main/inspect/pace'
import type { Subject } from '../../../src/main/inspect/subject'
import { startEngine } from '../../../src/main/trainer/backend'
import { trainable } from '../../support/engines'

interface Large {
  p: number
  d: number
  key: number[]
  hash: [number, number, number, number, number, number, number]
  train_rule: [number, number, number, number]
  full_loss_all: number
  full_loss_train: number
  restricted_loss_all: number
  excluded_loss_train: number
  embedding: { power: number[]; gini_power: number }
}
const file = path.resolve('test/fixtures/parity/fourier/expected.json')
const { large } = JSON.parse(readFileSync(file, 'utf8')) as { large: Large }
const { p, d, key } = large
const [h1, h2, h3, h4, h5, h6, m] = large.hash
const config = parseRunConfig({
  dataset: { kind: 'modular', modulus: p, operation: 'x+y' },
  model: { family: 'transformer1', dModel: d, nHead: 2 }
})

/** The reference's training pairs in place of drawn ones. */
function dataset(): Dataset {
  const built = buildDataset(config.dataset, 0)
  const { contextLength: T, answers: K } = built
  const pairs: [a: number, b: number][] = []
  const [t1, t2, t3, t4] = large.train_rule
  for (let a = 0; a < p; a++) {
    for (let b = 0; b < p; b++) if ((t1 * a + t2 * b) % t3 < t4) pairs.push([a, b])
  }
  const train = emptyExamples(pairs.length, T, K)
  pairs.forEach(([a, b], i) => {
    train.tokens.set(built.train.tokens.subarray(0, T), i * T)
    train.tokens.set([a, b], i * T)
    train.positions.set(built.train.positions.subarray(0, K), i * K)
    train.labels[i * K] = (a + b) % p
  })
  return { ...built, train }
}

/** The reference's logits, as a model would give them: looked up by the two numbers of a row. */
function subjectOf(V: number): Subject {
  const logits = new Float32Array(p * p * V)
  for (let a = 0; a < p; a++) {
    for (let b = 0; b < p; b++) {
      for (let c = 0; c < V; c++) {
        const h = (h1 * a + h2 * b + h3 * c + h4 * a * b + h5 * b * c + h6 * a * c) % m
        const clock = key.reduce((sum, k) => sum + Math.cos((2 * Math.PI * k * (a + b - c)) / p), 0)
        // The reference has no class for "=": nothing is left of it in a softmax.
        logits[(a * p + b) * V + c] = c < p ? (h / m) * 4 - 2 + 0.5 * clock : -200
      }
    }
  }
  const table = tf.tensor2d(logits, [p * p, V])
  const forward: Subject['model']['forward'] = (_config, _weights, tokens) => {
    const n = tokens.shape[0]
    const a = tokens.slice([0, 0], [n, 1])
    const b = tokens.slice([0, 1], [n, 1])
    const row = a.mul(tf.scalar(p, 'int32')).add(b).reshape([n])
    return table.gather(row.cast('int32')).reshape([n, 1, V]) as tf.Tensor3D // [n, 1, V]
  }
  const model = { forward } as unknown as Subject['model']
  return { model, config: config.model, weights: {}, dispose: () => table.dispose() }
}

/** Relative, as the reference's README states for float32. */
function expectEqual(got: number | null | undefined, wanted: number): void {
  expect(Math.abs(got! - wanted)).toBeLessThanOrEqual(1e-6 * Math.abs(wanted))
}

describe.each(trainable)('on $name', ({ name, skip }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    beforeAll(async () => {
      await startEngine(name)
    })

    it('finds the key frequencies, losses and spectra of the reference', async () => {
      const data = dataset()
      const subject = subjectOf(data.vocabulary.size)
      const values = Float32Array.from({ length: (p + 1) * d }, (_, at) => {
        const [i, j] = [Math.floor(at / d), at % d]
        const h = (h1 * i + h2 * j + h4 * i * j) % m
        return (h / m) * 2 - 1 + Math.cos((2 * Math.PI * key[0]! * i) / p)
      })
      const arrays = new Map([['embed.W_E', { shape: [p + 1, d], values }]])
      const found = await fourier(
        { job: 'fourier' },
        {
          ...{ config, dataset: data, against: null, pace: unhurried, subject: () => subject },
          checkpoint: { sha256: '', arrays, subject: () => subject }
        }
      )
      subject.dispose()
      expect(found.rows.map((row) => row['frequency']).sort()).toEqual(key)
      expectEqual(found.values['loss'], large.full_loss_all)
      expectEqual(found.values['trainLoss'], large.full_loss_train)
      expectEqual(found.values['restrictedLoss'], large.restricted_loss_all)
      expectEqual(found.values['excludedLoss'], large.excluded_loss_train)
      expectEqual(found.values['giniEmbedding'], large.embedding.gini_power)
      const { power } = large.embedding
      expect(found.arrays['embedding']!.values).toHaveLength(power.length)
      power.forEach((value, i) => expectEqual(found.arrays['embedding']!.values[i], value))
    })
  })
})
