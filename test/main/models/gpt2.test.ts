import { beforeAll, describe, expect, it } from 'vitest'
import * as tf from '@tensorflow/tfjs'
import type { Gpt2Config } from '@shared/config'
import { createRng, type Rng } from '@shared/rng'
import { gpt2 } from '../../../src/main/models/gpt2'
import type { Gpt2Weights } from '../../../src/main/models/gpt2'
import type { Sizes, Tap } from '../../../src/main/models/model'
import { countParameters, disposeTree, flatten } from '../../../src/main/models/params'
import { startEngine } from '../../../src/main/trainer/backend'
import { describeFamily, engines, ids, sizes, stirred } from '../../support/family'
import { largestError } from '../../support/reference/differences'
import { gpt2Of } from '../../support/reference/gpt2'

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
const variants: [string, Gpt2Config][] = [
  ['tied', base],
  [
    'untied, own MLP width, one layer',
    { ...base, tieHead: false, dMlp: 12, nLayer: 1, layerNormEps: 1e-3 }
  ],
  ['one layer in three passes', { ...base, nLayer: 1, passes: 3 }]
]

/** Biases and norms start at 0 and 1, where mistakes can hide. */
function stir(name: string, values: Float32Array, rng: Rng): void {
  if (!/bias|ln_/.test(name)) return
  for (let i = 0; i < values.length; i++) values[i]! += 0.3 * rng.normal()
}

describeFamily<Gpt2Config>({
  variants,
  plain: (config) =>
    gpt2Of({
      nLayer: config.nLayer,
      dModel: config.dModel,
      nHead: config.nHead,
      passes: config.passes,
      dMlp: config.dMlp ?? 4 * config.dModel,
      vocabSize: sizes.vocabSize,
      eps: config.layerNormEps
    }),
  stir,
  taps: {
    'blocks.0.hook_resid_pre': [2, 4, 8],
    'blocks.1.attn.hook_pattern': [2, 2, 4, 4],
    'blocks.1.mlp.hook_post': [2, 4, 32]
  }
})

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

describe.each(engines)('gpt2 in passes on $name', ({ name, skip }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    beforeAll(async () => {
      await startEngine(name)
    })

    it('equals in two passes a deeper model whose layers repeat, and not a single pass', () => {
      const { weights } = stirred(base, stir)
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
  })
})
