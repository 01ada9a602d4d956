import { beforeAll, describe, expect, it } from 'vitest'
import * as tf from '@tensorflow/tfjs'
import type { LlamaConfig } from '@shared/config'
import { createRng } from '@shared/rng'
import { llama, rotaryTurn, rotate } from '../../../src/main/models/llama'
import { countParameters, flatten } from '../../../src/main/models/params'
import { startEngine } from '../../../src/main/trainer/backend'
import { decayedNames } from '../../../src/main/trainer/optimizer'
import { describeFamily, engines, sizes } from '../../support/family'
import { differences, largestError, relativeError } from '../../support/reference/differences'
import { llamaOf, turn } from '../../support/reference/llama'
import { dot } from '../../support/reference/plain'
import { expectAll, expectNormal } from '../../support/statistics'

const base: LlamaConfig = {
  family: 'llama',
  nLayer: 2,
  dModel: 8,
  nHead: 2,
  nKvHead: null,
  dMlp: 10,
  ropeTheta: 100, // angles large enough to matter at five positions
  dropout: 0,
  initStd: 0.5, // large weights: every part of the model shows in the numbers
  tieHead: true,
  rmsNormEps: 1e-6
}

describeFamily<LlamaConfig>({
  variants: [
    ['tied, a key head per query head', base],
    [
      'untied, two query heads per key head, one layer',
      { ...base, dModel: 16, nHead: 4, nKvHead: 2, tieHead: false, nLayer: 1, rmsNormEps: 1e-2 }
    ],
    ['one key head for all', { ...base, dModel: 12, nHead: 3, nKvHead: 1, nLayer: 1 }]
  ],
  plain: (config) =>
    llamaOf({
      nLayer: config.nLayer,
      nHead: config.nHead,
      nKvHead: config.nKvHead ?? config.nHead,
      dModel: config.dModel,
      theta: config.ropeTheta,
      eps: config.rmsNormEps
    }),
  stir: (name, values, rng) => {
    if (!name.includes('norm')) return
    for (let i = 0; i < values.length; i++) values[i]! += 0.3 * rng.normal()
  },
  taps: {
    'blocks.0.hook_resid_pre': [2, 4, 8],
    'blocks.1.attn.hook_pattern': [2, 2, 4, 4],
    'blocks.1.hook_attn_out': [2, 4, 8],
    'blocks.1.hook_resid_mid': [2, 4, 8],
    'blocks.1.mlp.hook_post': [2, 4, 10],
    'ln_final.hook_normalized': [2, 4, 8]
  }
})

describe('llama parameters', () => {
  const study: LlamaConfig = { ...base, nLayer: 8, dModel: 768, nHead: 12, dMlp: null }

  it('have the names of transformers in drawing order', () => {
    const inLayer = [
      ...['q_proj', 'k_proj', 'v_proj', 'o_proj'].map((part) => `self_attn.${part}`),
      ...['gate_proj', 'up_proj', 'down_proj'].map((part) => `mlp.${part}`),
      'input_layernorm',
      'post_attention_layernorm'
    ]
    const names = flatten(llama.parameters({ ...base, tieHead: false }, sizes)).map(
      ([name]) => name
    )
    expect(names).toEqual([
      'model.embed_tokens.weight',
      ...[0, 1].flatMap((i) => inLayer.map((part) => `model.layers.${i}.${part}.weight`)),
      'model.norm.weight',
      'lm_head.weight'
    ])
  })

  it.each([
    [768, 2048],
    [512, 1536],
    [128, 512],
    [4096, 11008]
  ])("follow Meta's rule for the MLP: width %d has %d", (dModel, width) => {
    const shapes = new Map(flatten(llama.parameters({ ...study, dModel, nLayer: 1 }, sizes)))
    expect(shapes.get('model.layers.0.mlp.down_proj.weight')!.shape).toEqual([dModel, width])
  })

  it('are 56.6 M in 8 blocks of width 768, 75.5 M with an MLP of 3072', () => {
    const inBlocks = (config: LlamaConfig): number =>
      countParameters(llama.parameters(config, { vocabSize: 1, contextLength: 1 })) - 768 // embedding row
    expect(inBlocks(study)).toBe(8 * (4 * 768 ** 2 + 3 * 768 * 2048 + 2 * 768) + 768)
    expect(Math.round(inBlocks(study) / 1e5) / 10).toBe(56.6)
    expect(Math.round(inBlocks({ ...study, dMlp: 3072 }) / 1e5) / 10).toBe(75.5)
  })

  it('start N(0, std²) in every matrix, residual projections too, and 1 in every norm', () => {
    const config = { ...base, dModel: 64, nHead: 4, nKvHead: 2, dMlp: 128, initStd: 0.02 }
    const large = { vocabSize: 211, contextLength: 16 }
    const initial = flatten(llama.init({ ...config, tieHead: false }, large, createRng(1)))
    for (const [name, { values }] of initial) {
      if (name.includes('norm')) expectAll(values, 1, name)
      else expectNormal(values, 0.02, name)
    }
  })

  it('all decay under the reference rule, norms included: no name holds "ln" or "LayerNorm"', () => {
    const parameters = llama.parameters({ ...base, tieHead: false }, sizes)
    expect(decayedNames('reference', parameters)).toEqual(flatten(parameters).map(([name]) => name))
    const matrices = decayedNames('matrices', parameters)
    expect(matrices).toHaveLength(2 + 2 * 7)
    expect(matrices.filter((name) => name.includes('norm'))).toEqual([])
  })
})

describe('llama and config.json of transformers', () => {
  it('reads back what it wrote', () => {
    const config = { ...base, nHead: 4, nKvHead: 2, tieHead: false }
    expect(llama.fromHfConfig(llama.hfConfig(config, sizes))).toEqual({ config, sizes })
  })

  it('writes what a null stands for, and reads it back as a model of the same shapes', () => {
    const config = { ...base, dModel: 64, dMlp: null }
    const hf = llama.hfConfig(config, sizes)
    expect(hf).toMatchObject({ intermediate_size: 256, num_key_value_heads: 2, head_dim: 32 })
    const shapes = (config: LlamaConfig): [string, readonly number[]][] =>
      flatten(llama.parameters(config, sizes)).map(([name, { shape }]) => [name, shape])
    expect(shapes(llama.fromHfConfig(hf).config)).toEqual(shapes(config))
  })

  it("takes transformers' defaults for keys left out", () => {
    const { config, sizes } = llama.fromHfConfig({ model_type: 'llama' })
    expect(config).toMatchObject({ nLayer: 32, dModel: 4096, nHead: 32, nKvHead: 32, dMlp: 11008 })
    expect(config).toMatchObject({ ropeTheta: 10000, rmsNormEps: 1e-6, tieHead: false })
    expect(sizes).toEqual({ vocabSize: 32000, contextLength: 2048 })
  })

  it.each<[string, unknown, Record<string, unknown>]>([
    ['hidden_act', 'gelu', {}],
    ['rope_scaling', { type: 'linear', factor: 2 }, {}],
    ['attention_bias', true, {}],
    ['mlp_bias', true, {}],
    ['hidden_size', 100, {}],
    ['num_key_value_heads', 5, {}],
    ['head_dim', 64, { hidden_size: 512, num_attention_heads: 4 }],
    ['rms_norm_eps', 0, {}]
  ])('refuses %s = %j by name', (key, value, rest) => {
    expect(() => llama.fromHfConfig({ ...rest, [key]: value })).toThrow(
      `${key} is ${JSON.stringify(value)}`
    )
  })
})

describe.each(engines)('rotary positions on $name', ({ name, skip }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    beforeAll(async () => {
      await startEngine(name)
    })
    const rng = createRng(5, 'rope')
    const draw = (n: number): number[] => Array.from({ length: n }, () => Math.fround(rng.normal()))
    const [T, D, theta] = [9, 8, 50]

    /** x [T][D], each row turned by its position. */
    const turned = (rows: number[][]): number[][] =>
      tf.tidy(
        () =>
          rotate(
            tf.tensor(rows.flat(), [1, 1, T, D]),
            rotaryTurn(T, D, theta)
          ).arraySync() as number[][][][]
      )[0]![0]!

    it('turns pairs j and j + D/2 by t theta^(-2j/D)', () => {
      const rows = Array.from({ length: T }, () => draw(D))
      const wanted = rows.map((row, t) => turn(row, t, theta))
      expect(largestError(turned(rows).flat(), wanted.flat())).toBeLessThan(1e-6)
    })

    it('makes dot products depend on the difference of positions alone', () => {
      const [q, k] = [draw(D), draw(D)]
      const [qs, ks] = [turned(new Array(T).fill(q)), turned(new Array(T).fill(k))]
      for (let difference = 0; difference < T; difference++) {
        const scores = Array.from({ length: T - difference }, (_, s) =>
          dot(qs[s + difference]!, ks[s]!)
        )
        for (const score of scores) expect(score).toBeCloseTo(scores[0]!, 4)
      }
      expect(dot(qs[3]!, ks[0]!)).not.toBeCloseTo(dot(qs[0]!, ks[0]!), 2)
    })

    it('has the gradient of its finite differences', () => {
      const x = Float64Array.from(draw(T * D))
      const direction = draw(T * D)
      const f = (): number => {
        const rows = Array.from({ length: T }, (_, t) => [...x.subarray(t * D, t * D + D)])
        return dot(
          rows.flatMap((row, t) => turn(row, t, theta)),
          direction
        )
      }
      const got = tf.tidy(() => {
        const along = tf.tensor(direction, [1, 1, T, D])
        const turns = rotaryTurn(T, D, theta)
        return tf
          .grad((x) => rotate(x, turns).mul(along).sum())(tf.tensor([...x], [1, 1, T, D]))
          .dataSync()
      })
      expect(relativeError(got, differences(f, x))).toBeLessThan(1e-5)
    })
  })
})
