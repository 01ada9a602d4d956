import { beforeAll, describe, expect, it } from 'vitest'
import * as tf from '@tensorflow/tfjs'
import { createRng } from '@shared/rng'
import { gpt2 } from '../../../src/main/models/gpt2'
import { disposeTree, flatten, toVariables } from '../../../src/main/models/params'
import type { HostArray, Tree } from '../../../src/main/models/params'
import { startEngine } from '../../../src/main/trainer/backend'
import {
  clip,
  decayedNames,
  globalNorm,
  learningRate,
  scalarsAt,
  update
} from '../../../src/main/trainer/optimizer'
import { initAdam } from '../../../src/main/trainer/optimizer-state'
import type { AdamW, Schedule } from '../../../src/main/trainer/optimizer'
import { trainable } from '../../support/engines'
import { adamWStep } from '../../support/reference/adamw'
import type { Slot } from '../../support/reference/adamw'
import { largestError } from '../../support/reference/differences'

const shapes = gpt2.parameters(
  {
    family: 'gpt2',
    nLayer: 1,
    dModel: 8,
    nHead: 2,
    passes: 1,
    dMlp: null,
    dropout: 0,
    initStd: 0.02,
    tieHead: false,
    layerNormEps: 1e-5
  },
  { vocabSize: 5, contextLength: 3 }
)
const matrices = [
  'transformer.wte.weight',
  'transformer.wpe.weight',
  'transformer.h.0.attn.c_attn.weight',
  'transformer.h.0.attn.c_proj.weight',
  'transformer.h.0.mlp.c_fc.weight',
  'transformer.h.0.mlp.c_proj.weight',
  'lm_head.weight'
]

describe('decay rules', () => {
  it('agree on GPT-2: all matrices and embeddings, no bias, no norm', () => {
    expect(decayedNames('reference', shapes)).toEqual(matrices)
    expect(decayedNames('matrices', shapes)).toEqual(matrices)
  })

  it('differ where names say nothing: the reference decays the gains of norms of other names', () => {
    const llama = {
      model: { norm: { weight: { shape: [4] } }, ln_out: { weight: { shape: [4, 4] } } }
    }
    expect(decayedNames('reference', llama)).toEqual(['model.norm.weight'])
    expect(decayedNames('matrices', llama)).toEqual(['model.ln_out.weight'])
  })
})

describe('learning rate', () => {
  it("warms up from 0 as torch's LambdaLR: the first update has rate 0", () => {
    const rates = [0, 1, 2, 3, 4, 5, 99].map((step) => learningRate({ lr: 2, warmup: 4 }, step))
    expect(rates).toEqual([0, 0.5, 1, 1.5, 2, 2, 2])
  })

  it('can count the first update as 1, and leave the warm-up out', () => {
    const schedule: Schedule = { lr: 2, warmup: 4, firstCount: 1 }
    expect([0, 1, 2, 3, 4].map((step) => learningRate(schedule, step))).toEqual([0.5, 1, 1.5, 2, 2])
    expect(learningRate({ lr: 2, warmup: 0 }, 0)).toBe(2)
  })
})

describe.each(trainable)('AdamW on $name', ({ name, skip }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    beforeAll(async () => {
      await startEngine(name)
    })

    it.each([
      ['clipped, decayed', { weightDecay: 0.3, clipNorm: 1 }],
      ['clip bound above the norm', { weightDecay: 0.3, clipNorm: 1e4 }],
      ['no clipping, no decay', { weightDecay: 0, clipNorm: null }]
    ])(
      'equals the plain float64 version over 25 updates: %s',
      (_title, { weightDecay, clipNorm }) => {
        const rng = createRng(5)
        const draw = (n: number): Float32Array =>
          Float32Array.from({ length: n }, () => rng.normal())
        const optimizer: AdamW & Schedule = {
          lr: 0.01,
          warmup: 10,
          beta1: 0.9,
          beta2: 0.98,
          eps: 1e-8,
          weightDecay,
          clipNorm,
          decayed: new Set(['a.weight'])
        }
        const initial: Tree<HostArray> = {
          a: {
            weight: { shape: [3, 4], values: draw(12) },
            bias: { shape: [4], values: draw(4) }
          }
        }
        const slots: Slot[] = flatten(initial).map(([name, { values }]) => ({
          p: Float64Array.from(values),
          m: new Float64Array(values.length),
          v: new Float64Array(values.length),
          decays: name === 'a.weight'
        }))
        const weights = toVariables(initial)
        const moments = initAdam(weights)
        for (let step = 0; step < 25; step++) {
          const values = [draw(12), draw(4)]
          const [lr] = scalarsAt(optimizer, step)
          const settings = { ...optimizer, lr, maxNorm: clipNorm }
          const norm = adamWStep(slots, values, settings, step + 1)
          tf.tidy(() => {
            const gradients = [tf.tensor(values[0]!, [3, 4]), tf.tensor(values[1]!, [4])]
            const found = globalNorm(gradients)
            expect(found.dataSync()[0]! / norm).toBeCloseTo(1, 5)
            const clipped = clip(gradients, found, clipNorm)
            const scalars = tf.tensor1d(scalarsAt(optimizer, step))
            const next = update(optimizer, weights, clipped, moments, scalars)
            flatten(weights).forEach(([, w], i) => w.assign(next.weights[i]!))
            flatten(moments.first).forEach(([, m], i) => m.assign(next.first[i]!))
            flatten(moments.second).forEach(([, v], i) => v.assign(next.second[i]!))
          })
        }
        slots.forEach(({ p, m, v }, i) => {
          const start = flatten(initial)[i]![1].values
          const moved = Float64Array.from(p, (value, j) => value - start[j]!)
          const got = flatten(weights)[i]![1].dataSync()
          expect(
            largestError(
              Float64Array.from(got, (x, j) => x - start[j]!),
              moved
            )
          ).toBeLessThan(1e-4)
          expect(largestError(flatten(moments.first)[i]![1].dataSync(), m)).toBeLessThan(1e-5)
          expect(largestError(flatten(moments.second)[i]![1].dataSync(), v)).toBeLessThan(1e-5)
        })
        for (const tree of [weights, moments.first, moments.second]) disposeTree(tree)
      }
    )

    it('continues from saved moments', () => {
      const saved = {
        first: { w: { shape: [2], values: Float32Array.from([1, 2]) } },
        second: { w: { shape: [2], values: Float32Array.from([3, 4]) } }
      }
      const moments = initAdam({ w: { shape: [2] } }, saved)
      expect(Array.from(flatten(moments.first)[0]![1].dataSync())).toEqual([1, 2])
      expect(Array.from(flatten(moments.second)[0]![1].dataSync())).toEqual([3, 4])
      for (const tree of [moments.first, moments.second]) disposeTree(tree)
    })
  })
})
