import { beforeAll, describe, expect, it } from 'vitest'
import * as tf from '@tensorflow/tfjs'
import type { MambaConfig } from '@shared/config'
import { createRng } from '@shared/rng'
import { causalConv, mamba, scan } from '../../../src/main/models/mamba'
import type { Tap } from '../../../src/main/models/model'
import { countParameters, disposeTree, flatten } from '../../../src/main/models/params'
import { startEngine } from '../../../src/main/trainer/backend'
import { decayedNames } from '../../../src/main/trainer/optimizer'
import { describeFamily, engines, ids, sizes, stirred } from '../../support/family'
import type { FamilyCase } from '../../support/family'
import { differences, largestError, relativeError } from '../../support/reference/differences'
import { mambaOf, scanOf } from '../../support/reference/mamba'
import { dot, range, softplus } from '../../support/reference/plain'
import { expectAll, expectNormal, expectUniform } from '../../support/statistics'

const base: MambaConfig = {
  family: 'mamba',
  nLayer: 2,
  dModel: 8,
  dState: 3,
  expand: 2,
  dConv: 4,
  dtRank: 2,
  init: 'hf',
  tieHead: true,
  rmsNormEps: 1e-5
}

/** Step sizes start near 0, where the state hardly matters: move them to about 1. */
const stir: FamilyCase<MambaConfig>['stir'] = (name, values, rng) => {
  if (name.endsWith('dt_proj.bias'))
    for (let i = 0; i < values.length; i++) values[i] = rng.normal()
  else if (/norm|A_log|\.D$|bias/.test(name))
    for (let i = 0; i < values.length; i++) values[i]! += 0.3 * rng.normal()
}

describeFamily<MambaConfig>({
  variants: [
    ['tied', base],
    [
      'untied, other widths, one layer',
      { ...base, tieHead: false, expand: 3, dConv: 2, dtRank: null, nLayer: 1, rmsNormEps: 1e-2 }
    ],
    ['a convolution wider than the sequence', { ...base, dConv: 6, nLayer: 1 }]
  ],
  plain: (config) =>
    mambaOf({
      nLayer: config.nLayer,
      dModel: config.dModel,
      dState: config.dState,
      dtRank: config.dtRank ?? Math.ceil(config.dModel / 16),
      eps: config.rmsNormEps
    }),
  stir,
  taps: {
    'blocks.0.hook_resid_pre': [2, 4, 8],
    'blocks.1.mixer.hook_conv_in': [2, 4, 16],
    'blocks.1.mixer.hook_ssm_state.0': [2, 16, 3],
    'blocks.1.mixer.hook_ssm_state.3': [2, 16, 3],
    'blocks.1.hook_attn_out': [2, 4, 8],
    'ln_final.hook_normalized': [2, 4, 8]
  }
})

describe('mamba parameters', () => {
  it('have the names of transformers in drawing order', () => {
    const inMixer = [
      ...['A_log', 'D', 'conv1d.weight', 'conv1d.bias', 'in_proj.weight', 'x_proj.weight'],
      ...['dt_proj.weight', 'dt_proj.bias', 'out_proj.weight']
    ]
    const names = flatten(mamba.parameters({ ...base, tieHead: false }, sizes)).map(
      ([name]) => name
    )
    expect(names).toEqual([
      'backbone.embeddings.weight',
      ...[0, 1].flatMap((i) =>
        [...inMixer.map((part) => `mixer.${part}`), 'norm.weight'].map(
          (part) => `backbone.layers.${i}.${part}`
        )
      ),
      'backbone.norm_f.weight',
      'lm_head.weight'
    ])
  })

  it('are 3,771,648 in a block of width 768', () => {
    const study: MambaConfig = { ...base, dModel: 768, dState: 16, dtRank: null }
    const at = (nLayer: number): number =>
      countParameters(mamba.parameters({ ...study, nLayer }, sizes))
    expect(at(2) - at(1)).toBe(3_771_648)
  })

  it('decay but for biases under the reference rule: norms, A_log and D do', () => {
    const parameters = mamba.parameters({ ...base, tieHead: false }, sizes)
    const names = flatten(parameters).map(([name]) => name)
    expect(decayedNames('reference', parameters)).toEqual(
      names.filter((name) => !name.endsWith('conv1d.bias') && !name.endsWith('dt_proj.bias'))
    )
    const matrices = decayedNames('matrices', parameters)
    expect(matrices).toContain('backbone.layers.0.mixer.A_log')
    expect(matrices.filter((name) => /norm|\.D$/.test(name))).toEqual([])
  })
})

describe.each(['hf', 'original'] as const)('mamba initialisation: %s', (init) => {
  const [C, E, N, R, L] = [64, 128, 16, 4, 3]
  const config: MambaConfig = {
    ...base,
    ...{ init, nLayer: L, dModel: C, dState: N, dtRank: null, tieHead: false }
  }
  const large = { vocabSize: 101, contextLength: 6 }
  const weights = new Map(flatten(mamba.init(config, large, createRng(2))))
  const of = (name: string): Float32Array => weights.get(name)!.values
  const mixer = 'backbone.layers.1.mixer'

  it('draws embeddings, projections and convolution', () => {
    expectNormal(of('backbone.embeddings.weight'), init === 'hf' ? 0.1 : 0.02, 'embeddings')
    expectUniform(of('lm_head.weight'), 1 / Math.sqrt(C), 'lm_head')
    expectUniform(of(`${mixer}.in_proj.weight`), 1 / Math.sqrt(C), 'in_proj')
    expectUniform(of(`${mixer}.x_proj.weight`), 1 / Math.sqrt(E), 'x_proj')
    expectUniform(of(`${mixer}.dt_proj.weight`), 1 / Math.sqrt(R), 'dt_proj')
    expectUniform(of(`${mixer}.conv1d.weight`), 1 / 2, 'conv1d')
    expectUniform(of(`${mixer}.conv1d.bias`), 1 / 2, 'conv1d.bias')
    const rescaled = init === 'original' ? Math.sqrt(L) : 1
    expectUniform(of(`${mixer}.out_proj.weight`), 1 / Math.sqrt(E) / rescaled, 'out_proj')
    expectAll(of('backbone.layers.1.norm.weight'), 1, 'norm')
    expectAll(of(`${mixer}.D`), 1, 'D')
  })

  it('sets A to -1 .. -N in every channel and step sizes log-uniform in [0.001, 0.1]', () => {
    const rates = Float32Array.from({ length: N }, (_, n) => Math.log(n + 1))
    for (let e = 0; e < E; e++) {
      expect(of(`${mixer}.A_log`).subarray(e * N, e * N + N)).toEqual(rates)
    }
    const steps = [0, 1, 2].flatMap((i) => [...of(`backbone.layers.${i}.mixer.dt_proj.bias`)])
    const shares = steps.map((bias) => Math.log(softplus(bias) / 0.001) / Math.log(100))
    expectUniform(
      Float32Array.from(shares, (share) => 2 * share - 1),
      1,
      'share of the range'
    )
  })
})

describe('mamba and config.json of transformers', () => {
  it.each(['hf', 'original'] as const)('reads back what it wrote: %s', (init) => {
    const config = { ...base, init, tieHead: false }
    expect(mamba.fromHfConfig(mamba.hfConfig(config, sizes))).toEqual({ config, sizes })
  })

  it("takes transformers' defaults for keys left out, and knows no longest sequence", () => {
    const { config, sizes } = mamba.fromHfConfig({ model_type: 'mamba', time_step_rank: 'auto' })
    expect(config).toMatchObject({ nLayer: 32, dModel: 768, dState: 16, dConv: 4, expand: 2 })
    expect(config).toMatchObject({ dtRank: null, tieHead: true, rmsNormEps: 1e-5 })
    expect(sizes).toEqual({ vocabSize: 50280, contextLength: Number.MAX_SAFE_INTEGER })
  })

  it.each([
    ['hidden_act', 'gelu'],
    ['use_bias', true],
    ['use_conv_bias', false],
    ['intermediate_size', 100],
    ['state_size', 0]
  ])('refuses %s = %j by name', (key, value) => {
    expect(() => mamba.fromHfConfig({ [key]: value })).toThrow(`${key} is ${JSON.stringify(value)}`)
  })
})

describe.each(engines)('scan and convolution on $name', ({ name, skip }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    beforeAll(async () => {
      await startEngine(name)
    })
    const [B, T, E, N] = [2, 7, 5, 3]
    const rng = createRng(21, 'scan')
    const draw = (n: number, f = (x: number): number => x): Float64Array =>
      Float64Array.from({ length: n }, () => Math.fround(f(rng.normal())))
    const inputs = {
      A: draw(N * E, (x) => -Math.exp(x)), // [N, E]
      delta: draw(B * T * E, (x) => Math.exp(x - 1)),
      b: draw(B * T * N),
      c: draw(B * T * N),
      x: draw(B * T * E)
    }
    const shapes = { A: [N, E], delta: [B, T, E], b: [B, T, N], c: [B, T, N], x: [B, T, E] }
    const names = ['A', 'delta', 'b', 'c', 'x'] as const

    /** y of Δ, b, c and x themselves, [B, T, E] flat, by the plain loop. */
    const plain = (): number[] => {
      const A = range(E).map((e) => range(N).map((n) => inputs.A[n * E + e]!))
      const rows = (x: Float64Array, b: number, width: number): number[][] =>
        range(T).map((t) => [...x.subarray((b * T + t) * width, (b * T + t + 1) * width)])
      return range(B).flatMap((row) =>
        scanOf(
          A,
          rows(inputs.delta, row, E),
          rows(inputs.b, row, N),
          rows(inputs.c, row, N),
          rows(inputs.x, row, E)
        ).flat()
      )
    }
    const tensors = (): tf.Tensor[] =>
      names.map((name) => tf.tensor([...inputs[name]], shapes[name]))
    const scanned = (...xs: tf.Tensor[]): tf.Tensor => {
      const [A, delta, b, c, x] = xs as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]
      return scan(A, delta, b, c, delta.mul(x))
    }

    it('equals the loop', () => {
      const got = tf.tidy(() => scanned(...tensors()).dataSync())
      expect(largestError(got, plain())).toBeLessThan(1e-5)
    })

    it('has the gradients of the loop', () => {
      const direction = [...draw(B * T * E)]
      const gradients = tf.tidy(() => {
        const along = tf.tensor(direction, [B, T, E])
        return tf
          .grads((...xs) =>
            scanned(...xs)
              .mul(along)
              .sum()
          )(tensors())
          .map((gradient) => gradient.dataSync())
      })
      for (const [i, name] of names.entries()) {
        const wanted = differences(() => dot(plain(), direction), inputs[name])
        expect(relativeError(gradients[i]!, wanted), name).toBeLessThan(1e-5)
      }
    })

    it('leaves no tensor behind, trained or not', () => {
      const before = tf.memory().numTensors
      tf.tidy(() => void scanned(...tensors()))
      tf.tidy(() => void tf.grads((...xs) => scanned(...xs).sum())(tensors()))
      expect(tf.memory().numTensors).toBe(before)
    })

    it.each([1, 4, 9])(
      'convolves each channel with its own %d taps and sees no later position',
      (width) => {
        const [x, weight, bias] = [draw(B * T * E), draw(E * width), draw(E)]
        const got = tf.tidy(() =>
          causalConv(
            { weight: tf.tensor([...weight], [E, 1, width]), bias: tf.tensor([...bias]) },
            tf.tensor([...x], [B, T, E])
          ).dataSync()
        )
        const at = (b: number, t: number, e: number): number =>
          t < 0 ? 0 : x[(b * T + t) * E + e]!
        const wanted = range(B).flatMap((b) =>
          range(T).flatMap((t) =>
            range(E).map((e) =>
              range(width).reduce(
                (sum, j) => sum + weight[e * width + j]! * at(b, t - (width - 1) + j, e),
                bias[e]!
              )
            )
          )
        )
        expect(largestError(got, wanted)).toBeLessThan(1e-6)
      }
    )

    it('shows states that a tap can change, for this and later positions', () => {
      const { weights } = stirred(base, stir)
      const logits = (tap: Tap): number[][][] =>
        tf.tidy(() =>
          mamba
            .forward(base, weights as never, tf.tensor2d(ids, [2, 4], 'int32'), undefined, tap)
            .arraySync()
        )
      const before = logits((_name, value) => value)
      const after = logits((name, value) =>
        name === 'blocks.0.mixer.hook_ssm_state.1' ? value.add(1) : value
      )
      for (const row of [0, 1]) {
        expect(after[row]![0]).toEqual(before[row]![0])
        for (const t of [1, 2, 3]) expect(after[row]![t]).not.toEqual(before[row]![t])
      }
      disposeTree(weights)
    })
  })
})
