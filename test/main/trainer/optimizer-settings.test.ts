/** Whole updates of every setting against plain float64 arrays. */
import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { OptimizerConfig } from '@shared/config'
import { createRng } from '@shared/rng'
import { disposeTree, flatten, toVariables } from '../../../src/main/models/params'
import type { HostArray, Tree } from '../../../src/main/models/params'
import { startEngine } from '../../../src/main/trainer/backend'
import { normOf } from '../../../src/main/trainer/initial'
import {
  adamW,
  advance,
  decayedNames,
  learningRate,
  scalarsAt
} from '../../../src/main/trainer/optimizer'
import { initState } from '../../../src/main/trainer/optimizer-state'
import { trainable } from '../../support/engines'
import { largestError } from '../../support/reference/differences'
import { plainStart, plainUpdate } from '../../support/reference/optimizer'

const base = { lr: 0.01, warmup: 4, weightDecay: 0.3, beta2: 0.98, decay: 'matrices' } as const
const settings: [string, Partial<OptimizerConfig>][] = [
  ['AdamW', {}],
  ['Adam with L2', { kind: 'adam' }],
  ['decay of all', { decay: 'all' }],
  ['decay of a list', { decay: 'list', decayList: 'bias' }],
  ['cosine', { schedule: 'cosine' }],
  ['linear to a floor', { schedule: 'linear', lrFloor: 0.3 }],
  ['Grokfast EMA', { grokfast: { filter: 'ema', lambda: null, alpha: 0.8, window: 100 } }],
  ['Grokfast MA', { grokfast: { filter: 'ma', lambda: null, alpha: 0, window: 5 } }],
  ['Grokfast MA of one', { grokfast: { filter: 'ma', lambda: 1, alpha: 0, window: 1 } }],
  ['a kept norm', { keepNorm: true }],
  [
    'all at once',
    {
      ...{ kind: 'adam', schedule: 'cosine', keepNorm: true, clipNorm: 0.5 },
      grokfast: { filter: 'ema', lambda: 3, alpha: 0.9, window: 1 }
    }
  ]
]
const [updates, steps] = [25, 30]

describe.each(trainable)('optimizer settings on $name', ({ name, skip }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    beforeAll(async () => {
      await startEngine(name)
    })

    it.each(settings)('%s equals the plain float64 version over 25 updates', (_title, over) => {
      const config = OptimizerConfig.parse({ ...base, ...over })
      const rng = createRng(11)
      const draw = (n: number): Float32Array => Float32Array.from({ length: n }, () => rng.normal())
      const initial: Tree<HostArray> = {
        a: { weight: { shape: [3, 4], values: draw(12) }, bias: { shape: [4], values: draw(4) } }
      }
      const norm = config.keepNorm ? normOf(initial) : null
      const optimizer = adamW(config, initial, { steps, fixedNorm: norm })
      const decayed = decayedNames(config.decay, initial, config.decayList)
      const names = flatten(initial).map(([name]) => name)
      const plain = plainStart(flatten(initial).map(([, { values }]) => values))
      const weights = toVariables(initial)
      const state = initState(optimizer, weights)
      const tensors = tf.memory().numTensors

      for (let step = 0; step < updates; step++) {
        const gradients = [draw(12), draw(4)]
        plainUpdate(plain, gradients, config, {
          ...{ t: step + 1, lr: learningRate(optimizer, step), norm },
          decays: (k) => decayed.includes(names[k]!)
        })
        tf.tidy(() => {
          const given = [tf.tensor(gradients[0]!, [3, 4]), tf.tensor(gradients[1]!, [4])]
          const scalars = tf.tensor1d(scalarsAt(optimizer, step))
          const next = advance(optimizer, weights, given, state, scalars)
          flatten(weights).forEach(([, w], i) => w.assign(next.weights[i]!))
          for (const [tree, values] of Object.entries(next.state)) {
            flatten(state[tree]!).forEach(([, s], i) => s.assign(values[i]!))
          }
        })
      }
      expect(tf.memory().numTensors).toBe(tensors)
      flatten(weights).forEach(([, weight], k) => {
        const start = flatten(initial)[k]![1].values
        const moved = Array.from(weight.dataSync(), (x, i) => x - start[i]!)
        const wanted = Float64Array.from(plain.p[k]!, (x, i) => x - start[i]!)
        expect(largestError(Float64Array.from(moved), wanted)).toBeLessThan(1e-4)
      })
      if (norm !== null) {
        const squares = flatten(weights).map(([, w]) =>
          tf.tidy(() => w.square().sum().dataSync()[0]!)
        )
        expect(Math.sqrt(squares.reduce((a, b) => a + b, 0)) / norm).toBeCloseTo(1, 5)
      }
      for (const tree of [weights, ...Object.values(state)]) disposeTree(tree)
    })
  })
})

describe('a falling learning rate', () => {
  const fall = { until: 110, floor: 0.1 } as const
  const at = (shape: 'cosine' | 'linear', step: number): number =>
    learningRate({ lr: 2, warmup: 10, fall: { ...fall, shape } }, step)

  it.each(['cosine', 'linear'] as const)('warms up, falls, and ends at its floor: %s', (shape) => {
    expect(at(shape, 5)).toBe(1)
    expect(at(shape, 10)).toBe(2)
    expect(at(shape, 60)).toBeCloseTo(2 * (0.1 + 0.9 * 0.5), 12) // half way, where both agree
    expect(at(shape, 110)).toBeCloseTo(0.2, 12)
    expect(at(shape, 500)).toBeCloseTo(0.2, 12)
  })

  it('differs in form: a quarter of the way the cosine is above the line', () => {
    expect(at('linear', 35)).toBeCloseTo(2 * (0.1 + 0.9 * 0.75), 12)
    expect(at('cosine', 35)).toBeCloseTo(2 * (0.1 + 0.9 * (1 + Math.SQRT1_2) * 0.5), 12)
  })
})

describe('an own list of decayed weights', () => {
  const tree = { a: { weight: { shape: [2, 2] }, bias: { shape: [2] } } }

  it('takes parts of names', () => {
    expect(decayedNames('list', tree, 'bias')).toEqual(['a.bias'])
    expect(decayedNames('list', tree, ' a.weight, bias ')).toEqual(['a.weight', 'a.bias'])
  })

  it('refuses a part that is in no name, and says which there are', () => {
    expect(() => decayedNames('list', tree, 'bias, wte')).toThrow(
      /"wte", which is in the name of no/
    )
  })
})
