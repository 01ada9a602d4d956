import { beforeAll, describe, expect, it } from 'vitest'
import * as tf from '@tensorflow/tfjs'
import type { RwkvConfig } from '@shared/config'
import { createRng } from '@shared/rng'
import { models } from '../../../src/main/models/index'
import type { Tap } from '../../../src/main/models/model'
import { countParameters, disposeTree, flatten, unflatten } from '../../../src/main/models/params'
import { rwkv, wkv } from '../../../src/main/models/rwkv'
import { startEngine } from '../../../src/main/trainer/backend'
import { decayedNames } from '../../../src/main/trainer/optimizer'
import { lossAndGradients } from '../../../src/main/trainer/step'
import { batchOf, describeFamily, engines, ids, sizes, stirred } from '../../support/family'
import { differences, largestError, relativeError } from '../../support/reference/differences'
import { dot } from '../../support/reference/plain'
import { rwkvOf, wkvOf } from '../../support/reference/rwkv'
import { expectAll, expectNormal, expectUniform } from '../../support/statistics'
import type { FamilyCase } from '../../support/family'

const base: RwkvConfig = {
  family: 'rwkv',
  nLayer: 2,
  dModel: 8,
  dMlp: 12,
  init: 'hf',
  l2Wrap: false,
  tieHead: false,
  layerNormEps: 1e-5
}

const stir: FamilyCase<RwkvConfig>['stir'] = (name, values, rng) => {
  if (name.includes('time_mix')) {
    for (let i = 0; i < values.length; i++) values[i] = rng.uniform()
  } else if (/ln|time_/.test(name)) {
    for (let i = 0; i < values.length; i++) values[i]! += 0.3 * rng.normal()
  }
}

describeFamily<RwkvConfig>({
  variants: [
    ['untied', base],
    [
      'tied, own width, one layer',
      { ...base, tieHead: true, dMlp: 10, nLayer: 1, layerNormEps: 1e-2 }
    ]
  ],
  plain: ({ nLayer, dModel, layerNormEps: eps }) => rwkvOf({ nLayer, dModel, eps }),
  stir,
  taps: {
    hook_embed: [2, 4, 8],
    'blocks.0.hook_resid_pre': [2, 4, 8],
    'blocks.0.ln1.hook_normalized': [2, 4, 8],
    'blocks.1.att.hook_wkv_state.0': [2, 3, 8],
    'blocks.1.att.hook_wkv_state.3': [2, 3, 8],
    'blocks.1.att.hook_wkv': [2, 4, 8],
    'blocks.1.hook_attn_out': [2, 4, 8],
    'blocks.1.mlp.hook_post': [2, 4, 12]
  }
})

describe('rwkv parameters', () => {
  const study: RwkvConfig = { ...base, nLayer: 8, dModel: 768, dMlp: null }

  it('have the names of transformers in drawing order', () => {
    const affine = (name: string): string[] => [`${name}.weight`, `${name}.bias`]
    const time = ['decay', 'first', 'mix_key', 'mix_value', 'mix_receptance']
    const inBlock = [
      ...affine('ln1'),
      ...affine('ln2'),
      ...time.map((part) => `attention.time_${part}`),
      ...['key', 'value', 'receptance', 'output'].map((part) => `attention.${part}.weight`),
      ...['mix_key', 'mix_receptance'].map((part) => `feed_forward.time_${part}`),
      ...['key', 'receptance', 'value'].map((part) => `feed_forward.${part}.weight`)
    ]
    expect(flatten(rwkv.parameters(base, sizes)).map(([name]) => name)).toEqual([
      'rwkv.embeddings.weight',
      ...affine('rwkv.blocks.0.pre_ln'),
      ...[0, 1].flatMap((i) => inBlock.map((part) => `rwkv.blocks.${i}.${part}`)),
      ...affine('rwkv.ln_out'),
      'head.weight'
    ])
  })

  it('are 7,676,160 in a block of width 768', () => {
    const at = (nLayer: number): number =>
      countParameters(rwkv.parameters({ ...study, nLayer }, sizes))
    expect(at(2) - at(1)).toBe(7_676_160)
  })

  it('decay but for the norms under the reference rule: the time vectors do, ln* and biases do not', () => {
    const parameters = rwkv.parameters(base, sizes)
    const names = flatten(parameters).map(([name]) => name)
    expect(decayedNames('reference', parameters)).toEqual(
      names.filter((name) => !/\.(pre_ln|ln1|ln2|ln_out)\./.test(name))
    )
    expect(decayedNames('reference', parameters)).toContain('rwkv.blocks.0.attention.time_decay')
    const undecayed = names.filter((name) => !decayedNames('matrices', parameters).includes(name))
    expect(undecayed.filter((name) => !name.includes('ln'))).toEqual(
      [0, 1].flatMap((i) =>
        ['time_decay', 'time_first'].map((part) => `rwkv.blocks.${i}.attention.${part}`)
      )
    )
  })
})

describe('rwkv initialisation', () => {
  const config: RwkvConfig = { ...base, nLayer: 3, dModel: 48, dMlp: null }
  const large = { vocabSize: 101, contextLength: 6 }
  const drawn = (init: RwkvConfig['init']): Map<string, { values: Float32Array }> =>
    new Map(flatten(rwkv.init({ ...config, init }, large, createRng(2))))
  const [hf, original] = [drawn('hf'), drawn('original')]
  const C = 48
  const channels = Array.from({ length: C }, (_, i) => i)

  it.each([0, 1, 2])(
    'sets decay and blends of layer %d by channel, the same in both styles',
    (l) => {
      const [fromFirst, toLast] = [l / 2, 1 - l / 3]
      const wanted: Record<string, number[]> = {
        'attention.time_decay': channels.map(
          (i) => -5 + 8 * (i / (C - 1)) ** (0.7 + 1.3 * fromFirst)
        ),
        'attention.time_mix_key': channels.map((i) => (i / C) ** toLast),
        'attention.time_mix_value': channels.map((i) => (i / C) ** toLast + 0.3 * fromFirst),
        'attention.time_mix_receptance': channels.map((i) => (i / C) ** (0.5 * toLast)),
        'feed_forward.time_mix_key': channels.map((i) => (i / C) ** toLast),
        'feed_forward.time_mix_receptance': channels.map((i) => (i / C) ** toLast)
      }
      for (const [name, values] of Object.entries(wanted)) {
        for (const weights of [hf, original]) {
          const got = weights.get(`rwkv.blocks.${l}.${name}`)!.values
          expect(got, name).toEqual(Float32Array.from(values))
        }
      }
    }
  )

  it('sets time_first to ones as transformers does, to a zigzag around ln 0.3 as the original', () => {
    const name = 'rwkv.blocks.1.attention.time_first'
    expectAll(hf.get(name)!.values, 1, name)
    const zigzag = [0, 0.5, -0.5].map((step) => Math.fround(Math.log(0.3) + step))
    expect([...original.get(name)!.values.subarray(0, 6)]).toEqual([...zigzag, ...zigzag])
  })

  it('hf: PyTorch defaults for matrices and embedding', () => {
    for (const [name, { values }] of hf) {
      if (name.includes('embeddings')) expectNormal(values, 1, name)
      else if (name.endsWith('feed_forward.value.weight'))
        expectUniform(values, 1 / Math.sqrt(4 * C), name)
      else if (!/ln|time_/.test(name)) expectUniform(values, 1 / Math.sqrt(C), name)
      else if (name.includes('ln')) expectAll(values, name.endsWith('bias') ? 0 : 1, name)
    }
  })

  it('original: zero and orthogonal matrices with their gains', () => {
    const zeros = ['attention.key', 'attention.receptance', 'attention.output']
    for (const part of [...zeros, 'feed_forward.receptance', 'feed_forward.value']) {
      const name = `rwkv.blocks.1.${part}.weight`
      expectAll(original.get(name)!.values, 0, name)
    }
    const gains: [string, number, number][] = [
      ['rwkv.blocks.1.attention.value.weight', C, 1],
      ['rwkv.blocks.1.feed_forward.key.weight', 4 * C, 2],
      ['rwkv.embeddings.weight', 101, 1e-4 * Math.sqrt(101)],
      ['head.weight', 101, 0.5 * Math.sqrt(101 / C)]
    ]
    for (const [name, rows, gain] of gains) {
      const { values } = original.get(name)!
      expect(values.length).toBe(rows * C)
      const column = (c: number): number[] =>
        Array.from({ length: rows }, (_, r) => values[r * C + c]! / gain)
      for (let a = 0; a < C; a += 5) {
        for (let b = 0; b < C; b++) {
          expect(Math.abs(dot(column(a), column(b)) - (a === b ? 1 : 0)), name).toBeLessThan(1e-5)
        }
      }
    }
  })

  it('counts a single layer as the first of many', () => {
    const single = new Map(flatten(rwkv.init({ ...config, nLayer: 1 }, large, createRng(2))))
    for (const name of ['time_decay', 'time_mix_value'].map(
      (n) => `rwkv.blocks.0.attention.${n}`
    )) {
      expect(single.get(name)!.values).toEqual(hf.get(name)!.values)
    }
  })
})

describe('rwkv and config.json of transformers', () => {
  it('reads back what it wrote', () => {
    const config = { ...base, tieHead: true, dMlp: 10 }
    expect(rwkv.fromHfConfig(rwkv.hfConfig(config, sizes))).toEqual({ config, sizes })
  })

  it("takes transformers' defaults for keys left out", () => {
    const { config, sizes } = rwkv.fromHfConfig({ model_type: 'rwkv' })
    expect(config).toMatchObject({ nLayer: 32, dModel: 4096, dMlp: null, tieHead: false })
    expect(sizes).toEqual({ vocabSize: 50277, contextLength: 1024 })
  })

  it('refuses another width of the time mix', () => {
    expect(() => rwkv.fromHfConfig({ hidden_size: 64, attention_hidden_size: 32 })).toThrow(
      'attention_hidden_size is 32'
    )
  })
})

describe.each(engines)('wkv on $name', ({ name, skip }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    beforeAll(async () => {
      await startEngine(name)
    })
    const [B, T, C] = [2, 7, 5]

    /** Random inputs, keys of the given spread: w, u [C], k, v [B, T, C]. */
    function inputs(spread: number): Record<'w' | 'u' | 'k' | 'v', Float64Array> {
      const rng = createRng(11, 'wkv')
      const draw = (n: number, f: (x: number) => number): Float64Array =>
        Float64Array.from({ length: n }, () => Math.fround(f(rng.normal())))
      return {
        w: draw(C, (x) => Math.exp(x)),
        u: draw(C, (x) => x),
        k: draw(B * T * C, (x) => spread * x),
        v: draw(B * T * C, (x) => x)
      }
    }
    const shapes: Record<string, number[]> = { w: [C], u: [C], k: [B, T, C], v: [B, T, C] }

    /** The direct sums, [B, T, C] flat. */
    const direct = ({ w, u, k, v }: ReturnType<typeof inputs>): number[] => {
      const rows = (x: Float64Array, b: number): number[][] =>
        Array.from({ length: T }, (_, t) => [...x.subarray((b * T + t) * C, (b * T + t + 1) * C)])
      return [0, 1].flatMap((b) => wkvOf([...w], [...u], rows(k, b), rows(v, b)).flat())
    }

    it.each([1, 30, 500])('equals the direct sum for keys of spread %d', (spread) => {
      const x = inputs(spread)
      const got = tf.tidy(() =>
        wkv(
          ...(['w', 'u', 'k', 'v'].map((name) =>
            tf.tensor([...x[name as 'w']], shapes[name])
          ) as Parameters<typeof wkv>)
        ).dataSync()
      )
      expect([...got].every(Number.isFinite)).toBe(true)
      expect(largestError(got, direct(x))).toBeLessThan(spread > 100 ? 2e-4 : 2e-5)
    })

    it('has the gradients of the direct sum', () => {
      const x = inputs(1.5)
      const rng = createRng(12)
      const direction = Array.from({ length: B * T * C }, () => rng.normal())
      const gradients = tf.tidy(() => {
        const along = tf.tensor(direction, [B, T, C])
        const names = ['w', 'u', 'k', 'v'] as const
        return tf
          .grads((...given) =>
            wkv(...(given as Parameters<typeof wkv>))
              .mul(along)
              .sum()
          )(names.map((name) => tf.tensor([...x[name]], shapes[name])))
          .map((gradient) => gradient.dataSync())
      })
      for (const [i, name] of (['w', 'u', 'k', 'v'] as const).entries()) {
        const wanted = differences(() => dot(direct(x), direction), x[name])
        expect(relativeError(gradients[i]!, wanted), name).toBeLessThan(2e-5)
      }
    })

    it('has finite gradients for keys that would overflow', () => {
      const x = inputs(500)
      const gradients = tf.tidy(() =>
        tf
          .grads((...given) => wkv(...(given as Parameters<typeof wkv>)).sum())(
            ['w', 'u', 'k', 'v'].map((name) => tf.tensor([...x[name as 'w']], shapes[name]))
          )
          .map((gradient) => gradient.dataSync())
      )
      for (const gradient of gradients) expect([...gradient].every(Number.isFinite)).toBe(true)
    })

    it('L2Wrap adds the gradient of share 1e-4 max² / 2 per target, and nothing to the loss', () => {
      const wrapped = { ...base, l2Wrap: true }
      const { weights, plain } = stirred(wrapped, stir)
      const forward = rwkvOf({ nLayer: base.nLayer, dModel: base.dModel, eps: base.layerNormEps })
      // The targets of `batchOf`: row, position and weight.
      const targets = [
        [0, 1, 1],
        [0, 3, 1],
        [1, 2, 1],
        [1, 2, 0]
      ] as const
      const penalty = (): number => {
        const logits = ids.map((row) => forward(plain, row))
        const terms = targets.map(([row, t, w]) => (w / 3) * Math.max(...logits[row]![t]!) ** 2)
        return (1e-4 / 2) * terms.reduce((a, b) => a + b, 0)
      }
      tf.tidy(() => {
        const batch = batchOf()
        const leaves = flatten(weights).map(([, leaf]) => leaf)
        // The loss's own part is taken away by a factor of 0: what is left is exact.
        const share = batch.weights.flatten().div(3) as tf.Tensor1D
        const added = tf.grads((...given) => {
          const tree = unflatten(weights, given) as never
          const logits = rwkv.forward(wrapped, tree, batch.tokens, batch) // [B, K, V]
          const flat = logits.reshape([-1, logits.shape[2]]) as tf.Tensor2D // [B K, V]
          return rwkv.trainedLogits!(wrapped, flat, share).mul(0).sum()
        })(leaves)
        const runs = [wrapped, base].map((config) =>
          lossAndGradients({ model: models.rwkv, config }, weights, batch)
        )
        expect(runs[0]!.loss.dataSync()).toEqual(runs[1]!.loss.dataSync())
        flatten(weights).forEach(([name], i) => {
          const wanted = differences(penalty, plain[name]!)
          expect(relativeError(added[i]!.dataSync(), wanted), name).toBeLessThan(2e-4)
          // In training both are there, as far as float32 can tell them apart.
          const both = runs[0]!.gradients[i]!.sub(runs[1]!.gradients[i]!).dataSync()
          expect(largestError(both, wanted), name).toBeLessThan(0.05)
        })
      })
      disposeTree(weights)
    })

    it('shows states that a tap can change, for later positions only', () => {
      const { weights } = stirred(base, stir)
      const logits = (tap: Tap): number[][][] =>
        tf.tidy(() =>
          rwkv
            .forward(base, weights as never, tf.tensor2d(ids, [2, 4], 'int32'), undefined, tap)
            .arraySync()
        )
      const before = logits((_name, value) => value)
      const after = logits((name, value) =>
        name === 'blocks.0.att.hook_wkv_state.1'
          ? tf.concat([value.slice([0, 0, 0], [2, 1, 8]).add(1), value.slice([0, 1, 0])], 1)
          : value
      )
      for (const row of [0, 1]) {
        expect(after[row]!.slice(0, 2)).toEqual(before[row]!.slice(0, 2))
        expect(after[row]![2]).not.toEqual(before[row]![2])
        expect(after[row]![3]).not.toEqual(before[row]![3])
      }
      disposeTree(weights)
    })
  })
})
