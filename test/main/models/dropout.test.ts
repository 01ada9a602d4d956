import { beforeAll, describe, expect, it } from 'vitest'
import * as tf from '@tensorflow/tfjs'
import { Gpt2Config, LlamaConfig, MambaConfig, type ModelConfig } from '@shared/config'
import { createRng } from '@shared/rng'
import { dropper, drops, noiseAt } from '../../../src/main/models/dropout'
import { models } from '../../../src/main/models/index'
import { flatten, toVariables, unflatten } from '../../../src/main/models/params'
import type { Weights } from '../../../src/main/models/params'
import { startEngine } from '../../../src/main/trainer/backend'
import { batchLoss, lossAndGradients } from '../../../src/main/trainer/step'
import { trainable } from '../../support/engines'

const engines = [...trainable, { name: 'cpu' as const, skip: undefined }]
const p = 0.3
const size = 20000
const small = { nLayer: 2, dModel: 16, nHead: 2, initStd: 0.3, dropout: p } as const
const sizes = { vocabSize: 11, contextLength: 5 }
const B = 64

it('draws two words a step, which differ between steps and seeds and repeat for one', () => {
  const words = [noiseAt(1, 0), noiseAt(1, 1), noiseAt(2, 0)].map(String)
  expect(new Set(words).size).toBe(3)
  expect(String(noiseAt(1, 1))).toBe(words[1])
  for (let step = 0; step < 1000; step++) {
    const [, second] = noiseAt(5, step)
    // A place can be added without leaving int32.
    expect(second! >= 0 && second! < 2 ** 30).toBe(true)
  }
})

it('is asked for by families that have it and a probability above 0', () => {
  expect(drops(Gpt2Config.parse({ dropout: 0.1 }))).toBe(true)
  expect(drops(Gpt2Config.parse({}))).toBe(false)
  expect(drops(MambaConfig.parse({ family: 'mamba' }))).toBe(false)
})

describe.each(engines)('dropout on $name', ({ name, skip }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    beforeAll(async () => {
      await startEngine(name)
    })

    const words = (step: number): tf.Tensor1D => tf.tensor1d(noiseAt(3, step), 'int32')
    /** The factors of `size` entries. */
    const factors = (step: number, place: number): number[] =>
      tf.tidy(() => [...dropper(p, words(step))(place, tf.ones([size / 4, 4])).dataSync()])

    it('returns the very tensor at probability 0 and in evaluation', () => {
      tf.tidy(() => {
        const x = tf.ones([3])
        expect(dropper(0, words(0))(0, x)).toBe(x)
        expect(dropper(p, undefined)(0, x)).toBe(x)
      })
    })

    it('leaves the expectation: entries are 0 with probability p, else 1 / (1 - p)', () => {
      const values = factors(0, 0)
      const dropped = values.filter((x) => x === 0).length
      for (const x of values) if (x !== 0) expect(x).toBeCloseTo(1 / (1 - p), 6)
      // Five standard deviations of a binomial count.
      expect(Math.abs(dropped - p * size)).toBeLessThan(5 * Math.sqrt(size * p * (1 - p)))
    })

    it('repeats for one step and place, and is independent of every other', () => {
      const first = factors(7, 2)
      expect(factors(7, 2)).toEqual(first)
      for (const [step, place] of [
        [7, 3],
        [8, 2],
        [8, 3]
      ] as const) {
        const other = factors(step, place)
        const both = first.filter((x, i) => x === 0 && other[i] === 0).length
        expect(Math.abs(both - p * p * size)).toBeLessThan(
          5 * Math.sqrt(size * p * p * (1 - p * p))
        )
      }
    })

    /** A model of this configuration with weights, and what stands at its named activations. */
    function build(config: ModelConfig) {
      const model = models[config.family]
      const weights = toVariables(model.init(config, sizes, createRng(4, 'init'))) as Weights
      const rng = createRng(9, 'tokens')
      const ids = Int32Array.from({ length: B * 5 }, () => rng.int(11))
      const tokens = tf.tensor2d(ids, [B, 5], 'int32')
      return { model, config, weights, tokens }
    }
    function activations(
      { model, config, weights, tokens }: ReturnType<typeof build>,
      step?: number,
      instead: Record<string, number[]> = {}
    ) {
      const seen: Record<string, number[]> = {}
      tf.tidy(() => {
        const tap = (at: string, value: tf.Tensor): tf.Tensor => {
          seen[at] = [...value.dataSync()]
          return instead[at] ? tf.tensor(instead[at], value.shape) : value
        }
        const noise = step === undefined ? undefined : words(step)
        const logits = model.forward(config, weights, tokens, undefined, tap, noise)
        seen['logits'] = [...logits.dataSync()]
      })
      return seen
    }
    const zeros = (values: number[]): number => values.filter((x) => x === 0).length / values.length

    it('GPT-2 drops on the embedding and on both branches of each block, each for itself', () => {
      const run = build(Gpt2Config.parse(small))
      const [dropped, evaluated] = [activations(run, 0), activations(run)]
      const places = ['blocks.0.hook_resid_pre'].concat(
        ['hook_attn_out', 'hook_mlp_out'].flatMap((at) => [`blocks.0.${at}`, `blocks.1.${at}`])
      )
      for (const place of places) {
        expect(Math.abs(zeros(dropped[place]!) - p), place).toBeLessThan(0.04)
        expect(zeros(evaluated[place]!), place).toBe(0)
      }
      const patterns = places.map((place) => dropped[place]!.map((x) => x === 0).join())
      expect(new Set(patterns).size).toBe(places.length)
      // The weights of attention are shown before some of them fall: rows still sum to 1.
      const [row] = [dropped['blocks.0.attn.hook_pattern']!.slice(20, 25)]
      expect(row!.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5)
      expect(dropped['logits']).not.toEqual(evaluated['logits'])
    })

    it('GPT-2 drops attention weights too: from the same input, its attention adds something else', () => {
      const run = build(Gpt2Config.parse(small))
      const evaluated = activations(run)
      const x = evaluated['blocks.0.hook_resid_pre']!
      const dropped = activations(run, 0, { 'blocks.0.hook_resid_pre': x })[
        'blocks.0.hook_attn_out'
      ]!
      const left = dropped.flatMap((value, i) =>
        value === 0 ? [] : [[value * (1 - p), i] as const]
      )
      const same = left.filter(([value, i]) => {
        return Math.abs(value - evaluated['blocks.0.hook_attn_out']![i]!) < 1e-5
      })
      expect(same.length / left.length).toBeLessThan(0.01)
    })

    it('LLaMA drops attention weights alone, as transformers does', () => {
      const run = build(LlamaConfig.parse({ family: 'llama', ...small, dMlp: 24 }))
      const [dropped, evaluated] = [activations(run, 0), activations(run)]
      expect(dropped['blocks.0.hook_resid_pre']).toEqual(evaluated['blocks.0.hook_resid_pre'])
      expect(zeros(dropped['blocks.0.hook_mlp_out']!)).toBe(0)
      expect(dropped['blocks.0.hook_attn_out']).not.toEqual(evaluated['blocks.0.hook_attn_out'])
      expect(zeros(dropped['blocks.0.attn.hook_pattern']!)).toBeCloseTo(0.4, 6) // the causal mask's
    })

    it.each([
      ['gpt2', Gpt2Config.parse(small)],
      ['llama', LlamaConfig.parse({ family: 'llama', ...small, dMlp: 24 })]
    ])("%s: the gradient is that of the function with the step's entries dropped", (_, config) => {
      const { model, weights, tokens } = build(config)
      tf.tidy(() => {
        const positions = tf.tensor2d(
          Int32Array.from({ length: B }, (_, i) => i % 5),
          [B, 1],
          'int32'
        )
        const batch = {
          ...{ tokens, positions, labels: tokens.slice([0, 2], [B, 1]) as tf.Tensor2D },
          ...{ weights: tf.ones([B, 1]) as tf.Tensor2D, noise: words(1) }
        }
        const { loss, gradients } = lossAndGradients({ model, config }, weights, batch)
        const rng = createRng(2, 'direction')
        const leaves = flatten(weights).map(([, leaf]) => leaf)
        const direction = leaves.map((leaf) =>
          tf.tensor(
            Float32Array.from({ length: leaf.size }, () => rng.normal()),
            leaf.shape
          )
        )
        const slope = gradients.reduce(
          (s, g, i) => s + g.mul(direction[i]!).sum().dataSync()[0]!,
          0
        )
        const at = (h: number): number => {
          const moved = leaves.map((leaf, i) => leaf.add(direction[i]!.mul(h)))
          return batchLoss({ model, config }, unflatten(weights, moved), batch).dataSync()[0]!
        }
        expect(at(0)).toBe(loss.dataSync()[0])
        const h = 1e-3
        expect(Math.abs((at(h) - at(-h)) / (2 * h) - slope)).toBeLessThan(
          0.02 * Math.abs(slope) + 0.02
        )
      })
    })
  })
})
