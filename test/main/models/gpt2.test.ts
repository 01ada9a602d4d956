import { beforeAll, describe, expect, it } from 'vitest'
import * as tf from '@tensorflow/tfjs'
import { OptimizerConfig, type Gpt2Config } from '@shared/config'
import { createRng } from '@shared/rng'
import { gpt2 } from '../../../src/main/models/gpt2'
import type { Gpt2Weights } from '../../../src/main/models/gpt2'
import type { Sizes, Tap } from '../../../src/main/models/model'
import { countParameters, disposeTree, flatten, toVariables } from '../../../src/main/models/params'
import { startEngine } from '../../../src/main/trainer/backend'
import { adamW, initAdam, scalarsAt } from '../../../src/main/trainer/optimizer'
import { lossAndGradients, trainStep } from '../../../src/main/trainer/step'
import type { Batch } from '../../../src/main/trainer/step'
import { models } from '../../../src/main/models/index'
import { trainable } from '../../support/engines'
import { differences, largestError, relativeError } from '../../support/reference/differences'
import { logitsOf, lossOf } from '../../support/reference/gpt2'
import type { Numbers, Shape, Target } from '../../support/reference/gpt2'

/** Plain JavaScript too: slow, so for small tensors only. */
const engines = [...trainable, { name: 'cpu' as const, skip: undefined }]

const base: Gpt2Config = {
  family: 'gpt2',
  nLayer: 2,
  dModel: 8,
  nHead: 2,
  passes: 1,
  dMlp: null,
  dropout: 0,
  initStd: 0.5, // large weights: every part of the model shows in the numbers
  tieHead: true,
  layerNormEps: 1e-5
}
const sizes: Sizes = { vocabSize: 7, contextLength: 5 }
const ids = [
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

const variants: [string, Gpt2Config][] = [
  ['tied', base],
  [
    'untied, own MLP width, one layer',
    { ...base, tieHead: false, dMlp: 12, nLayer: 1, layerNormEps: 1e-3 }
  ],
  ['one layer in three passes', { ...base, nLayer: 1, passes: 3 }]
]

function weightsOf(
  config: Gpt2Config,
  seed = 3
): { weights: ReturnType<typeof toVariables>; plain: Numbers } {
  const rng = createRng(seed)
  const initial = gpt2.init(config, sizes, rng)
  // Biases and norms start at 0 and 1, where mistakes can hide: move them.
  for (const [name, { values }] of flatten(initial)) {
    if (!/bias|ln_/.test(name)) continue
    for (let i = 0; i < values.length; i++) values[i]! += 0.3 * rng.normal()
  }
  const plain = flatten(initial).map(([name, { values }]) => [name, Float64Array.from(values)])
  return { weights: toVariables(initial), plain: Object.fromEntries(plain) as Numbers }
}

const shapeOf = (config: Gpt2Config): Shape => ({
  nLayer: config.nLayer,
  dModel: config.dModel,
  nHead: config.nHead,
  passes: config.passes,
  dMlp: config.dMlp ?? 4 * config.dModel,
  vocabSize: sizes.vocabSize,
  eps: config.layerNormEps
})

function batchOf(rows: number[][], targets: Target[]): Batch {
  const K = targets.length / rows.length
  const column = (i: 1 | 2 | 3): number[] => targets.map((target) => target[i])
  return {
    tokens: tf.tensor2d(rows, [rows.length, rows[0]!.length], 'int32'),
    positions: tf.tensor2d(column(1), [rows.length, K], 'int32'),
    labels: tf.tensor2d(column(2), [rows.length, K], 'int32'),
    weights: tf.tensor2d(column(3), [rows.length, K])
  }
}

describe('gpt2 initialisation', () => {
  const config: Gpt2Config = { ...base, dModel: 64, nHead: 4, initStd: 0.02 }
  const large: Sizes = { vocabSize: 211, contextLength: 16 }
  const initial = gpt2.init(config, large, createRng(1))
  const named = new Map(flatten(initial))

  it('has the names and shapes of transformers in drawing order', () => {
    const inBlock = ['ln_1', 'attn.c_attn', 'attn.c_proj', 'ln_2', 'mlp.c_fc', 'mlp.c_proj']
    const wanted = [
      'transformer.wte.weight',
      'transformer.wpe.weight',
      ...[0, 1].flatMap((i) =>
        inBlock.flatMap((part) => [
          `transformer.h.${i}.${part}.weight`,
          `transformer.h.${i}.${part}.bias`
        ])
      ),
      'transformer.ln_f.weight',
      'transformer.ln_f.bias'
    ]
    expect([...named.keys()]).toEqual(wanted)
    expect(named.get('transformer.h.1.attn.c_attn.weight')!.shape).toEqual([64, 192])
    expect(named.get('transformer.h.0.mlp.c_proj.weight')!.shape).toEqual([256, 64])
  })

  it('counts the parameters of the reference setting: 96,941,568', () => {
    const study: Gpt2Config = { ...base, nLayer: 8, dModel: 768, nHead: 12 }
    const full: Sizes = { vocabSize: 51368, contextLength: 1024 }
    expect(countParameters(gpt2.parameters(study, full))).toBe(96_941_568)
  })

  it('has the parameters of its layers, however often they are passed', () => {
    const count = (config: Gpt2Config): number => countParameters(gpt2.parameters(config, large))
    expect(count({ ...config, passes: 2 })).toBe(count(config))
    const drawn = (passes: number): Float32Array[] =>
      flatten(gpt2.init({ ...config, passes }, large, createRng(1))).map(([, { values }]) => values)
    expect(drawn(2)).toEqual(drawn(1)) // the residual scale counts layers, not turns
  })

  it('draws N(0, std²), residual projections divided by sqrt(2 nLayer), biases 0, norms 1 and 0', () => {
    for (const [name, { values }] of named) {
      if (name.endsWith('bias')) expect(new Set(values)).toEqual(new Set([0]))
      else if (name.includes('ln_')) expect(new Set(values)).toEqual(new Set([1]))
      else {
        const std = name.includes('c_proj') ? 0.02 / Math.sqrt(4) : 0.02
        const n = values.length
        const mean = values.reduce((a, b) => a + b, 0) / n
        const found = Math.sqrt(values.reduce((a, b) => a + b * b, 0) / n)
        // Five standard errors of each estimate.
        expect(Math.abs(mean)).toBeLessThan((5 * std) / Math.sqrt(n))
        expect(Math.abs(found / std - 1)).toBeLessThan(5 / Math.sqrt(2 * n))
      }
    }
  })

  it('draws the token embedding first and continues the same stream', () => {
    const rng = createRng(1)
    for (const name of ['transformer.wte.weight', 'transformer.wpe.weight']) {
      const { values } = named.get(name)!
      expect(values).toEqual(Float32Array.from(values, () => 0.02 * rng.normal()))
    }
    expect(named.get('transformer.h.0.attn.c_attn.weight')!.values[0]).toBe(
      Math.fround(0.02 * rng.normal())
    )
  })

  it('differs between seeds and repeats for one', () => {
    const of = (seed: number): Float32Array =>
      flatten(gpt2.init(config, large, createRng(seed)))[0]![1].values
    expect(of(1)).toEqual(named.get('transformer.wte.weight')!.values)
    expect(of(2)).not.toEqual(of(1))
  })
})

describe('gpt2 and config.json of transformers', () => {
  it.each(variants)('reads back what it wrote: %s', (_title, config) => {
    expect(gpt2.fromHfConfig(gpt2.hfConfig(config, sizes))).toEqual({ config, sizes })
  })

  it('goes by a name that transformers refuses where blocks are passed more than once', () => {
    expect(gpt2.hfConfig(base, sizes)).toMatchObject({ model_type: 'gpt2' })
    const recurrent = gpt2.hfConfig({ ...base, passes: 2 }, sizes)
    expect(recurrent).toMatchObject({ model_type: 'gpt2-recurrent', passes: 2 })
    expect(recurrent).not.toHaveProperty('architectures')
  })

  it("takes transformers' defaults for keys left out", () => {
    const { config, sizes } = gpt2.fromHfConfig({ model_type: 'gpt2' })
    expect(config).toMatchObject({ nLayer: 12, dModel: 768, nHead: 12, dMlp: null, tieHead: true })
    expect(sizes).toEqual({ vocabSize: 50257, contextLength: 1024 })
  })

  it.each([
    ['activation_function', 'relu'],
    ['scale_attn_weights', false],
    ['n_layer', 0],
    ['n_layer', 2.5],
    ['n_embd', 770],
    ['layer_norm_epsilon', '1e-5'],
    ['tie_word_embeddings', 'yes']
  ])('refuses %s = %j by name', (key, value) => {
    expect(() => gpt2.fromHfConfig({ [key]: value })).toThrow(`${key} is ${JSON.stringify(value)}`)
  })
})

describe.each(engines)('gpt2 on $name', ({ name, skip }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    beforeAll(async () => {
      await startEngine(name)
    })

    it.each(variants)('logits equal the plain float64 model: %s', (_title, config) => {
      const { weights, plain } = weightsOf(config)
      const logits = tf.tidy(() =>
        models.gpt2.forward(config, weights, tf.tensor2d(ids, [2, 4], 'int32')).dataSync()
      )
      const wanted = ids.flatMap((row) => logitsOf(plain, shapeOf(config), row)).flat()
      expect(logits.length).toBe(wanted.length)
      expect(largestError(logits, wanted)).toBeLessThan(1e-5)
      disposeTree(weights)
    })

    it.each(variants)('loss and gradients equal finite differences: %s', (_title, config) => {
      const { weights, plain } = weightsOf(config)
      const batch = batchOf(ids, targets)
      const f = (): number => lossOf(plain, shapeOf(config), ids, targets)
      tf.tidy(() => {
        const { loss, gradients } = lossAndGradients({ model: models.gpt2, config }, weights, batch)
        expect(loss.dataSync()[0]).toBeCloseTo(f(), 5)
        const wanted = flatten(weights).map(([name]) => differences(f, plain[name]!))
        flatten(weights).forEach(([name], i) => {
          const got = gradients[i]!.dataSync()
          if (!name.endsWith('c_attn.bias')) {
            expect(relativeError(got, wanted[i]!), name).toBeLessThan(2e-4)
            return
          }
          // The true gradient of the key third is zero: compare it on the scale of the whole.
          expect(largestError(got, wanted[i]!), name).toBeLessThan(2e-4)
        })
      })
      tf.dispose(Object.values(batch))
      disposeTree(weights)
    })

    it('gives at picked positions the very logits of the full pass', () => {
      const { weights } = weightsOf(base)
      const positions = [
        [3, 0, 3],
        [1, 2, 2]
      ]
      const [full, picked] = tf.tidy(() => {
        const tokens = tf.tensor2d(ids, [2, 4], 'int32')
        const at = { positions: tf.tensor2d(positions, [2, 3], 'int32') }
        return [
          models.gpt2.forward(base, weights, tokens).arraySync(),
          models.gpt2.forward(base, weights, tokens, at).arraySync()
        ]
      })
      const wanted = positions.flatMap((row, b) => row.flatMap((t) => full[b]![t]!))
      expect(largestError(picked.flat(2), wanted)).toBeLessThan(1e-6)
      disposeTree(weights)
    })

    it('equals in two passes a deeper model whose layers repeat, and not a single pass', () => {
      const { weights } = weightsOf(base)
      const tree = weights as unknown as Gpt2Weights
      const { transformer } = tree
      const repeated = {
        ...tree,
        transformer: { ...transformer, h: [...transformer.h, ...transformer.h] }
      }
      const shown: string[] = []
      const watch: Tap = (name, value) => {
        if (name.endsWith('hook_resid_post')) shown.push(name)
        return value
      }
      const logits = (config: Gpt2Config, weights: Gpt2Weights): ArrayLike<number> =>
        tf.tidy(() => {
          const tokens = tf.tensor2d(ids, [2, 4], 'int32')
          return gpt2.forward(config, weights, tokens, undefined, watch).dataSync()
        })
      const twice = logits({ ...base, passes: 2 }, tree)
      expect(shown).toEqual([0, 1, 2, 3].map((i) => `blocks.${i}.hook_resid_post`))
      expect(twice).toEqual(logits({ ...base, nLayer: 4 }, repeated))
      expect(largestError(twice, logits(base, tree))).toBeGreaterThan(0.1)
      disposeTree(weights)
    })

    it('lets no later token change an earlier logit', () => {
      const { weights } = weightsOf(base)
      const logits = (tokens: number[]): number[][] =>
        tf.tidy(
          () =>
            models.gpt2
              .forward(base, weights, tf.tensor2d([tokens], [1, 5], 'int32'))
              .arraySync()[0]!
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

    it('shows named activations to the tap and goes on with what it returns', () => {
      const { weights } = weightsOf(base)
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
        models.gpt2.forward(base, weights, tokens, undefined, watch)
        expect(shapes['blocks.0.hook_resid_pre']).toEqual([2, 4, 8])
        expect(shapes['blocks.1.attn.hook_pattern']).toEqual([2, 2, 4, 4])
        expect(shapes['blocks.1.mlp.hook_post']).toEqual([2, 4, 32])
        models.gpt2.forward(base, weights, tokens, at, watch)
        expect(shapes['blocks.0.hook_resid_post']).toEqual([2, 4, 8])
        expect(shapes['blocks.1.attn.hook_pattern']).toEqual([2, 2, 1, 4])
        const silent = models.gpt2.forward(base, weights, tokens, at, silence).arraySync()
        expect(silent[0]).toEqual(silent[1]) // nothing of the tokens is left
      })
      disposeTree(weights)
    })
  })
})

describe.each(trainable)('gpt2 training on $name', ({ name, skip }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    beforeAll(async () => {
      await startEngine(name)
    })

    it('learns one batch by heart and keeps no tensor from step to step', async () => {
      const config = { ...base, initStd: 0.02 }
      const weights = toVariables(gpt2.init(config, sizes, createRng(4)))
      const optimizer = adamW(OptimizerConfig.parse({ lr: 0.02, warmup: 3, beta2: 0.98 }), weights)
      const moments = initAdam(weights)
      const batch = batchOf(ids, targets)
      const recipe = { model: models.gpt2, config, optimizer }
      const losses: number[] = []
      const counts: number[] = []
      for (let step = 0; step < 40; step++) {
        const scalars = tf.tensor1d(scalarsAt(optimizer, step))
        const { loss, gradNorm } = trainStep(recipe, weights, moments, batch, scalars)
        losses.push((await loss.data())[0]!)
        tf.dispose([scalars, loss, gradNorm])
        counts.push(tf.memory().numTensors)
      }
      expect(losses[0]).toBeCloseTo(Math.log(sizes.vocabSize), 1)
      expect(losses[1]).toBe(losses[0]) // the first update has learning rate 0
      expect(losses.at(-1)).toBeLessThan(0.1)
      expect(new Set(counts).size).toBe(1)
      for (const tree of [weights, moments.first, moments.second]) disposeTree(tree)
      tf.dispose(Object.values(batch))
    })
  })
})
