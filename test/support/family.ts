/**
 * What every model family must do, on every engine: equal a plain float64 model in logits and gradients, never
 * look ahead, give at picked positions the numbers of the full pass, show its activations without changing them,
 * learn, and keep no tensor.
 */
import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { OptimizerConfig, type ModelConfig } from '@shared/config'
import { createRng, type Rng } from '@shared/rng'
import { models } from '../../src/main/models/index'
import type { Model, Sizes, Tap } from '../../src/main/models/model'
import { disposeTree, flatten, toVariables } from '../../src/main/models/params'
import type { Tree } from '../../src/main/models/params'
import { startEngine } from '../../src/main/trainer/backend'
import { adamW, scalarsAt } from '../../src/main/trainer/optimizer'
import { initAdam } from '../../src/main/trainer/optimizer-state'
import { recordedSession } from '../../src/main/trainer/recording/index'
import { lossAndGradients, trainStep } from '../../src/main/trainer/step'
import type { Batch } from '../../src/main/trainer/step'
import { trainable } from './engines'
import { differences, largestError, relativeError } from './reference/differences'
import { lossOf } from './reference/plain'
import type { Numbers, PlainModel, Target } from './reference/plain'

/** Plain JavaScript too: slow, so for small tensors only. */
export const engines = [...trainable, { name: 'cpu' as const, skip: undefined }]

export const sizes: Sizes = { vocabSize: 7, contextLength: 5 }
export const ids = [
  [0, 6, 2, 2],
  [5, 1, 4, 0]
]
/** Row 0 has two targets; row 1 has one, repeated with weight 0. */
const targets: Target[] = [
  [0, 1, 3, 1],
  [0, 3, 6, 1],
  [1, 2, 0, 1],
  [1, 2, 0, 0]
]

export interface FamilyCase<Config extends ModelConfig> {
  /** The first is the one for whatever needs only one. */
  readonly variants: readonly [title: string, config: Config][]
  readonly plain: (config: Config) => PlainModel
  /** Moves weights that start where mistakes can hide: at 0, at 1, or too small to be seen. */
  readonly stir: (name: string, values: Float32Array, rng: Rng) => void
  /** Activations the tap must see, with their shapes for `ids`. */
  readonly taps: Readonly<Record<string, number[]>>
}

export function stirred<Config extends ModelConfig>(
  config: Config,
  stir: FamilyCase<Config>['stir'],
  seed = 3
): { weights: Tree<tf.Variable>; plain: Numbers } {
  const rng = createRng(seed)
  const initial = models[config.family].init(config, sizes, rng)
  for (const [name, { values }] of flatten(initial)) stir(name, values, rng)
  const plain = flatten(initial).map(([name, { values }]) => [name, Float64Array.from(values)])
  return { weights: toVariables(initial), plain: Object.fromEntries(plain) as Numbers }
}

export function batchOf(): Batch {
  const K = targets.length / ids.length
  const column = (i: 1 | 2 | 3): number[] => targets.map((target) => target[i])
  return {
    tokens: tf.tensor2d(ids, [ids.length, ids[0]!.length], 'int32'),
    positions: tf.tensor2d(column(1), [ids.length, K], 'int32'),
    labels: tf.tensor2d(column(2), [ids.length, K], 'int32'),
    weights: tf.tensor2d(column(3), [ids.length, K])
  }
}

const optimizerConfig = OptimizerConfig.parse({ lr: 0.02, warmup: 3, beta2: 0.98 })

export function describeFamily<Config extends ModelConfig>(family: FamilyCase<Config>): void {
  const { variants, plain: plainOf, stir, taps } = family
  const [, base] = variants[0]!
  const model = models[base.family]

  // Slow and the same for every engine, so computed once.
  const wanted = new Map<string, { loss: number; gradients: Map<string, Float64Array> }>()
  const wantedOf = (title: string, config: Config, plain: Numbers) => {
    const known = wanted.get(title)
    if (known) return known
    const f = (): number => lossOf(plainOf(config), plain, ids, targets)
    const gradients = new Map(Object.entries(plain).map(([name, x]) => [name, differences(f, x)]))
    const made = { loss: f(), gradients }
    wanted.set(title, made)
    return made
  }

  it('draws the same weights for the same seed and others for another', () => {
    const of = (seed: number): [string, Float32Array][] =>
      flatten(model.init(base, sizes, createRng(seed))).map(([name, { values }]) => [name, values])
    expect(of(1)).toEqual(of(1))
    expect(of(2)).not.toEqual(of(1))
  })

  describe.each(engines)('on $name', ({ name, skip }) => {
    describe.skipIf(skip)(skip ?? 'available', () => {
      beforeAll(async () => {
        await startEngine(name)
      })

      it.each(variants)('logits equal the plain float64 model: %s', (_title, config) => {
        const { weights, plain } = stirred(config, stir)
        const logits = tf.tidy(() =>
          model.forward(config, weights, tf.tensor2d(ids, [2, 4], 'int32')).dataSync()
        )
        const wanted = ids.flatMap((row) => plainOf(config)(plain, row)).flat()
        expect(logits.length).toBe(wanted.length)
        expect(largestError(logits, wanted)).toBeLessThan(1e-5)
        disposeTree(weights)
      })

      it.each(variants)('loss and gradients equal finite differences: %s', (title, config) => {
        const { weights, plain } = stirred(config, stir)
        const batch = batchOf()
        const { loss: wantedLoss, gradients: wanted } = wantedOf(title, config, plain)
        tf.tidy(() => {
          const { loss, gradients } = lossAndGradients({ model, config }, weights, batch)
          expect(loss.dataSync()[0]).toBeCloseTo(wantedLoss, 5)
          flatten(weights).forEach(([name], i) => {
            const got = gradients[i]!.dataSync()
            expect(relativeError(got, wanted.get(name)!), name).toBeLessThan(2e-4)
          })
        })
        tf.dispose(Object.values(batch))
        disposeTree(weights)
      })

      it.each(variants)(
        'gives at picked positions the logits of the full pass: %s',
        (_t, config) => {
          const { weights } = stirred(config, stir)
          const positions = [
            [3, 0, 3],
            [1, 2, 2]
          ]
          const [full, picked] = tf.tidy(() => {
            const tokens = tf.tensor2d(ids, [2, 4], 'int32')
            const at = { positions: tf.tensor2d(positions, [2, 3], 'int32') }
            return [
              model.forward(config, weights, tokens).arraySync(),
              model.forward(config, weights, tokens, at).arraySync()
            ]
          })
          const wanted = positions.flatMap((row, b) => row.flatMap((t) => full[b]![t]!))
          expect(largestError(picked.flat(2), wanted)).toBeLessThan(2e-6)
          disposeTree(weights)
        }
      )

      it('lets no later token change an earlier logit', () => {
        const { weights } = stirred(base, stir)
        const logits = (tokens: number[]): number[][] =>
          tf.tidy(
            () =>
              model.forward(base, weights, tf.tensor2d([tokens], [1, 5], 'int32')).arraySync()[0]!
          )
        const before = logits([1, 2, 3, 4, 5])
        for (let changed = 1; changed < 5; changed++) {
          const tokens = [1, 2, 3, 4, 5]
          tokens[changed] = 0
          const after = logits(tokens)
          expect(after.slice(0, changed)).toEqual(before.slice(0, changed))
          expect(after[changed]).not.toEqual(before[changed])
        }
        disposeTree(weights)
      })

      it('takes a sequence of one token', () => {
        const { weights, plain } = stirred(base, stir)
        const logits = tf.tidy(() =>
          model.forward(base, weights, tf.tensor2d([[3]], [1, 1], 'int32')).dataSync()
        )
        expect(largestError(logits, plainOf(base)(plain, [3]).flat())).toBeLessThan(1e-5)
        disposeTree(weights)
      })

      it('shows named activations to the tap and goes on with what it returns', () => {
        const { weights } = stirred(base, stir)
        const shapes: Record<string, number[]> = {}
        const watch: Tap = (name, value) => {
          shapes[name] = value.shape
          return value
        }
        const silence: Tap = (name, value) =>
          name === 'blocks.1.hook_resid_post' ? tf.zerosLike(value) : value
        tf.tidy(() => {
          const tokens = tf.tensor2d(ids, [2, 4], 'int32')
          const at = { positions: tf.tensor2d([[3], [3]], [2, 1], 'int32') }
          const watched = model.forward(base, weights, tokens, undefined, watch)
          expect(shapes).toMatchObject(taps)
          const alone = model.forward(base, weights, tokens)
          expect(largestError(watched.dataSync(), alone.dataSync())).toBeLessThan(1e-6)
          model.forward(base, weights, tokens, at, watch)
          expect(shapes['blocks.0.hook_resid_post']).toEqual([2, 4, base.dModel])
          expect(shapes['blocks.1.hook_resid_post']).toEqual([2, 1, base.dModel])
          const silent = model.forward(base, weights, tokens, at, silence).arraySync()
          expect(silent[0]).toEqual(silent[1]) // nothing of the tokens is left
        })
        disposeTree(weights)
      })
    })
  })

  describe.each(trainable)('training on $name', ({ name, skip }) => {
    describe.skipIf(skip)(skip ?? 'available', () => {
      beforeAll(async () => {
        await startEngine(name)
      })

      it('learns one batch by heart and keeps no tensor from step to step', async () => {
        const weights = toVariables(model.init(base, sizes, createRng(4)))
        const optimizer = adamW(optimizerConfig, weights)
        const moments = initAdam(weights)
        const batch = batchOf()
        const recipe = { model: model as Model<ModelConfig>, config: base, optimizer }
        const losses: number[] = []
        const counts: number[] = []
        for (let step = 0; step < 60; step++) {
          const scalars = tf.tensor1d(scalarsAt(optimizer, step))
          const { loss, gradNorm } = trainStep(recipe, weights, moments, batch, scalars)
          losses.push((await loss.data())[0]!)
          tf.dispose([scalars, loss, gradNorm])
          counts.push(tf.memory().numTensors)
        }
        expect(losses[1]).toBe(losses[0]) // the first update has learning rate 0
        expect(losses.at(-1)).toBeLessThan(0.1)
        expect(new Set(counts).size).toBe(1)
        for (const tree of [weights, moments.first, moments.second]) disposeTree(tree)
        tf.dispose(Object.values(batch))
      })

      if (name !== 'native') return // only TensorFlow's own library records
      it('trains recorded as it does step by step', () => {
        const runOf = () => {
          const weights = toVariables(model.init(base, sizes, createRng(4)))
          return { weights, moments: initAdam(weights), batch: batchOf() }
        }
        const [eager, recorded] = [runOf(), runOf()]
        const optimizer = adamW(optimizerConfig, eager.weights)
        const recipe = { model: model as Model<ModelConfig>, config: base, optimizer }
        const stepOf =
          ({ weights, moments, batch }: typeof eager) =>
          ({ scalars }: { scalars: tf.Tensor1D }) =>
            trainStep(recipe, weights, moments, batch, scalars)
        const treesOf = ({ weights, moments }: typeof eager): Tree<tf.Variable>[] => [
          weights,
          moments.first,
          moments.second
        ]
        const session = recordedSession({
          variables: treesOf(recorded).flatMap((tree) => flatten(tree).map(([, leaf]) => leaf)),
          constants: Object.values(recorded.batch)
        })
        const recording = session.recording('step', stepOf(recorded))
        for (let step = 0; step < 20; step++) {
          const scalars = tf.tensor1d(scalarsAt(optimizer, step))
          const [wanted, got] = [stepOf(eager)({ scalars }), recording.run({ scalars })]
          expect(got.loss.dataSync()[0]).toBeCloseTo(wanted.loss.dataSync()[0]!, 5)
          tf.dispose([scalars, wanted, got])
        }
        session.dispose()
        for (const run of [eager, recorded]) {
          treesOf(run).forEach(disposeTree)
          tf.dispose(Object.values(run.batch))
        }
      })
    })
  })
}
