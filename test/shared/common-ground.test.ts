import { describe, expect, it } from 'vitest'
import { commonGround } from '@shared/common-ground'
import { familyNames, RunConfig, type ModelConfig, type RunConfigInput } from '@shared/config'
import { models } from '../../src/main/models/index'
import { flatten } from '../../src/main/models/params'
import { decayedNames } from '../../src/main/trainer/optimizer'

const families = Object.keys(familyNames) as ModelConfig['family'][]
const valueOf = (key: string, input: RunConfigInput): string =>
  commonGround(RunConfig.parse(input)).find((line) => line.key === key)!.value

/** Parts of models as the sheet calls them, and which parameters they are. */
const parts: Record<string, RegExp> = {
  biases: /(?<!ln_\w|ln\d|pre_ln|ln_out)\.bias$|\.b_(in|out)$/,
  LayerNorm: /(ln_\w+|ln\d|pre_ln|ln_out)\.(weight|bias)$/,
  'RMSNorm gains': /(norm|norm_f|layernorm)\.weight$/,
  time_decay: /time_decay$/,
  time_first: /time_first$/,
  'mixing vectors': /time_mix_/,
  A_log: /A_log$/,
  ' D': /\.D$/,
  matrices: /(c_fc|_proj|W_in|key|output)(\.weight)?$/
}

describe('the common-ground sheet', () => {
  it.each(
    families.flatMap((family) =>
      (['reference', 'matrices', 'all'] as const).map((rule) => [family, rule] as const)
    )
  )('of %s says what the rule %s decays, and what not', (family, decay) => {
    const config = RunConfig.parse({
      model: { family, nLayer: 2, dModel: 24 },
      optimizer: { decay }
    })
    const model = models[family] as (typeof models)['gpt2']
    const tree = model.parameters(config.model as never, { vocabSize: 5, contextLength: 4 })
    const all = flatten(tree).map(([name]) => name)
    const decayed = new Set(decayedNames(decay, tree))
    const [yes, no = ''] = valueOf('decay', config).split(', not ')
    if (yes!.startsWith('every parameter')) expect(decayed.size).toBe(all.length)
    else expect(decayed.size).toBeLessThan(all.length)
    for (const [part, pattern] of Object.entries(parts)) {
      const names = all.filter((name) => pattern.test(name))
      if (names.length === 0) continue
      if (no.includes(part.trim()) && part !== ' D') {
        expect(
          names.filter((name) => decayed.has(name)),
          `${part} is said not to decay`
        ).toEqual([])
      } else if (yes!.includes(part)) {
        expect(
          names.filter((name) => !decayed.has(name)),
          `${part} is said to decay`
        ).toEqual([])
      } else if (!yes!.startsWith('every') && part !== ' D') {
        expect(names, `${part} is not mentioned`).toEqual([])
      }
    }
  })

  it('tells apart what a setting changes, in the line that is about it', () => {
    const base = RunConfig.parse({})
    const changes: [string, object][] = [
      ['decay', { optimizer: { decay: 'list', decayList: 'wte' } }],
      ['decay', { optimizer: { weightDecay: 0 } }],
      ['optimizer', { optimizer: { kind: 'adam' } }],
      ['head', { model: { tieHead: false } }],
      ['dropout', { model: { dropout: 0.1 } }],
      ['init', { optimizer: { initScale: 3 } }],
      ['init', { optimizer: { keepNorm: true } }],
      ['gradients', { optimizer: { clipNorm: null } }],
      ['gradients', { optimizer: { grokfast: { filter: 'ema' } } }],
      ['schedule', { optimizer: { schedule: 'cosine' } }],
      ['batch', { batchSize: 8 }],
      ['targets', { dataset: { kind: 'comparison', endTarget: false } }],
      ['seed', { seed: 1 }]
    ]
    const rwkv = { family: 'rwkv' } as const
    expect(valueOf('gradients', { model: { ...rwkv, l2Wrap: true } })).toBe(
      `with L2Wrap, ${valueOf('gradients', { model: rwkv })}`
    )
    const before = commonGround(base)
    for (const [key, change] of changes) {
      const after = commonGround(RunConfig.parse(change))
      const changed = after.filter((line, i) => line.value !== before[i]!.value)
      expect(changed.map((line) => line.key)).toContain(key)
    }
  })

  it('is the same for equal conditions in two families, but for what the family itself brings', () => {
    const [a, b] = [
      commonGround(RunConfig.parse({ model: { family: 'gpt2', tieHead: false } })),
      commonGround(RunConfig.parse({ model: { family: 'llama' } }))
    ]
    const differing = a.filter((line, i) => line.value !== b[i]!.value).map((line) => line.key)
    expect(differing).toEqual(['decay', 'positions'])
  })
})
