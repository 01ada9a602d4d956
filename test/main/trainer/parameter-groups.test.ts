import { describe, expect, it } from 'vitest'
import { familyNames, ModelConfig } from '@shared/config'
import { models, type Family } from '../../../src/main/models/index'
import { flatten } from '../../../src/main/models/params'
import { parameterGroup } from '../../../src/main/trainer/parameter-groups'

const untied = { tieHead: false }
const own: Record<Family, object> = {
  gpt2: { nHead: 2, ...untied },
  llama: { nHead: 2, ...untied },
  rwkv: untied,
  mamba: untied,
  transformer1: { nHead: 2 }
}
const families = Object.keys(familyNames) as Family[]

describe('groups of parameters', () => {
  it.each(families)('of %s leave none out, and put norms apart from what they scale', (family) => {
    const config = ModelConfig.parse({ family, nLayer: 2, dModel: 8, ...own[family] })
    const model = models[family] as (typeof models)['gpt2']
    const tree = model.parameters(config as never, { vocabSize: 5, contextLength: 4 })
    const grouped = flatten(tree).map(([name, { shape }]) => ({
      name,
      shape,
      group: parameterGroup(name)
    }))
    expect(grouped.filter(({ group }) => group === undefined)).toEqual([])
    const groups = new Set(grouped.map(({ group }) => group))
    expect(groups).toContain('embedding')
    expect(groups).toContain('attention')
    expect(groups).toContain('head')
    for (const { group, shape } of grouped) if (group === 'norm') expect(shape).toEqual([8])
  })

  it.each([
    ['transformer.h.0.ln_1.weight', 'norm'],
    ['transformer.h.0.attn.c_attn.bias', 'attention'],
    ['model.layers.1.post_attention_layernorm.weight', 'norm'],
    ['model.norm.weight', 'norm'],
    ['backbone.layers.0.mixer.A_log', 'attention'],
    ['backbone.norm_f.weight', 'norm'],
    ['rwkv.blocks.0.pre_ln.weight', 'norm'],
    ['rwkv.blocks.0.attention.time_decay', 'attention'],
    ['rwkv.blocks.0.feed_forward.key.weight', 'mlp'],
    ['head.weight', 'head'],
    ['unembed.W_U', 'head'],
    ['pos_embed.W_pos', 'embedding'],
    ['blocks.0.mlp.b_in', 'mlp']
  ])('%s is of %s', (name, group) => {
    expect(parameterGroup(name)).toBe(group)
  })
})
