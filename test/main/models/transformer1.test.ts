import { describe, expect, it } from 'vitest'
import type { Transformer1Config } from '@shared/config'
import { createRng } from '@shared/rng'
import { countParameters, flatten } from '../../../src/main/models/params'
import { transformer1 } from '../../../src/main/models/transformer1'
import { decayedNames } from '../../../src/main/trainer/optimizer'
import { describeFamily, sizes } from '../../support/family'
import { transformer1Of } from '../../support/reference/transformer1'
import { expectAll, expectNormal } from '../../support/statistics'

const base: Transformer1Config = {
  family: 'transformer1',
  nLayer: 2,
  dModel: 8,
  nHead: 2,
  dHead: null,
  dMlp: null
}
const nanda: Transformer1Config = { ...base, nLayer: 1, dModel: 128, nHead: 4 }
const modular = { vocabSize: 114, contextLength: 3 }

describeFamily<Transformer1Config>({
  variants: [
    ['two layers', base],
    ['one layer, own widths', { ...base, nLayer: 1, nHead: 3, dHead: 5, dMlp: 10 }]
  ],
  plain: ({ nLayer, nHead, dModel, dHead }) =>
    transformer1Of({ nLayer, nHead, dModel, dHead: dHead ?? dModel / nHead }),
  stir: (name, values, rng) => {
    if (!name.includes('.b_')) return
    for (let i = 0; i < values.length; i++) values[i]! += 0.3 * rng.normal()
  },
  taps: {
    'blocks.0.hook_resid_pre': [2, 4, 8],
    'blocks.1.attn.hook_pattern': [2, 2, 4, 4],
    'blocks.1.hook_attn_out': [2, 4, 8],
    'blocks.1.mlp.hook_post': [2, 4, 32]
  }
})

describe('transformer1 parameters', () => {
  it('have the names and shapes of the parity format in drawing order', () => {
    const shapes = flatten(transformer1.parameters(nanda, modular)).map(([name, { shape }]) => [
      name,
      shape
    ])
    expect(shapes).toEqual([
      ['embed.W_E', [114, 128]],
      ['pos_embed.W_pos', [3, 128]],
      ['blocks.0.attn.W_Q', [4, 128, 32]],
      ['blocks.0.attn.W_K', [4, 128, 32]],
      ['blocks.0.attn.W_V', [4, 128, 32]],
      ['blocks.0.attn.W_O', [4, 32, 128]],
      ['blocks.0.mlp.W_in', [128, 512]],
      ['blocks.0.mlp.b_in', [512]],
      ['blocks.0.mlp.W_out', [512, 128]],
      ['blocks.0.mlp.b_out', [128]],
      ['unembed.W_U', [128, 114]]
    ])
    expect(countParameters(transformer1.parameters(nanda, modular))).toBe(
      2 * 114 * 128 + 3 * 128 + 4 * 128 ** 2 + 2 * 128 * 512 + 512 + 128
    )
  })

  it('start as in the paper: N(0, 1/d), the head N(0, 1/V), biases 0', () => {
    for (const [name, { values }] of flatten(transformer1.init(nanda, modular, createRng(1)))) {
      if (name.includes('.b_')) expectAll(values, 0, name)
      else if (name === 'unembed.W_U') expectNormal(values, 1 / Math.sqrt(114), name)
      else expectNormal(values, 1 / Math.sqrt(128), name)
    }
  })

  it('all decay under the reference rule: its biases are not named so', () => {
    const parameters = transformer1.parameters(base, sizes)
    expect(decayedNames('reference', parameters)).toEqual(flatten(parameters).map(([name]) => name))
    expect(decayedNames('matrices', parameters).filter((name) => name.includes('.b_'))).toEqual([])
  })
})

describe('transformer1 and its config.json', () => {
  it('reads back what it wrote', () => {
    const config = { ...base, dHead: 5, dMlp: 10 }
    expect(transformer1.fromHfConfig(transformer1.hfConfig(config, sizes))).toEqual({
      config,
      sizes
    })
  })

  it('writes what a null stands for', () => {
    expect(transformer1.hfConfig(nanda, modular)).toMatchObject({ d_head: 32, d_mlp: 512 })
    expect(transformer1.fromHfConfig({}).sizes).toEqual(modular)
    expect(transformer1.fromHfConfig({}).config).toEqual({ ...nanda, dHead: 32, dMlp: 512 })
  })

  it.each([
    ['act_fn', 'gelu'],
    ['normalization', 'LN'],
    ['attn_bias', true],
    ['mlp_bias', false],
    ['unembed_bias', true],
    ['tie_word_embeddings', true],
    ['positional_embedding', 'rotary'],
    ['causal', false],
    ['d_model', 130]
  ])('refuses %s = %j by name', (key, value) => {
    expect(() => transformer1.fromHfConfig({ [key]: value })).toThrow(
      `${key} is ${JSON.stringify(value)}`
    )
  })
})
