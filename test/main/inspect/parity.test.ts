/** Logit lens and interchange against reference numbers (test/fixtures/parity/README.md, `interp`). */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { meanReciprocalRank, readLens } from '../../../src/main/inspect/lens'
import { unhurried } from '../../../src/main/inspect/pace'
import { createSubject, type Subject } from '../../../src/main/inspect/subject'
import { interchange, trace } from '../../../src/main/inspect/trace'
import { models } from '../../../src/main/models/index'
import { startEngine } from '../../../src/main/trainer/backend'
import { treeOf } from '../../../src/main/trainer/checkpoint'
import { maxDeviation } from '../../../src/main/trainer/deviation'
import { loadSafetensors } from '../../../src/main/trainer/safetensors'
import type { HostArray } from '../../../src/main/models/params'
import { trainable } from '../../support/engines'

const folder = join(__dirname, '../../fixtures/parity/interp')
const json = <T>(name: string): T => JSON.parse(readFileSync(join(folder, name), 'utf8')) as T

interface LensCase {
  ids: number[][]
  targets: number[][]
  layers: number[]
  ranks: number[][][][]
  argmax: number[][][]
  mrr_per_layer_position_target: number[][][]
}
interface PatchingCase {
  examples: { normal: number[]; changed: number[]; normal_argmax: number; changed_argmax: number }[]
  layers: number[]
  position_sets: number[][]
  causal_strength: number[][]
  rank_of_normal_argmax: number[][][]
  argmax: number[][][]
  normal_logits: number[][]
  changed_logits: number[][]
  logits: number[][][][]
}

const { config, sizes } = models.gpt2.fromHfConfig(json('config.json'))
const lens = json<LensCase>('logit_lens.json')
const patching = json<PatchingCase>('patching.json')

describe.each(trainable)('on $name', ({ name, skip }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    let subject: Subject
    let tensors = 0
    beforeAll(async () => {
      await startEngine(name)
      tensors = tf.memory().numTensors
      const stored = loadSafetensors(join(folder, 'model.safetensors')).tensors
      const shapes = models.gpt2.parameters(config, sizes)
      subject = createSubject(config, treeOf(shapes, stored as ReadonlyMap<string, HostArray>))
    })
    afterAll(() => {
      subject.dispose()
      expect(tf.memory().numTensors).toBe(tensors)
    })

    it('the logit lens gives the reference ranks, likeliest tokens and MRR', async () => {
      const reading = await readLens(subject, lens.ids, lens.targets, sizes.vocabSize, unhurried)
      const [layers, B, T, K] = reading.shape
      expect(reading.shape).toEqual([lens.layers.length + 1, lens.ids.length, 7, 3])
      // Layer 0, the embedding, is not in the reference.
      expect([...reading.ranks.subarray(B * T * K)]).toEqual(lens.ranks.flat(3))
      expect([...reading.argmax.subarray(B * T)]).toEqual(lens.argmax.flat(2))
      const mrr = meanReciprocalRank(reading)
      expect(mrr.length).toBe(layers * T * K)
      const wanted = lens.mrr_per_layer_position_target.flat(2)
      expect(maxDeviation(mrr.subarray(T * K), wanted)).toBeLessThan(1e-9)
    })

    it('interchange gives the reference logits, ranks and causal strength', async () => {
      const { examples, layers, position_sets: sets } = patching
      const patches = layers.flatMap((layer) => sets.map((positions) => ({ layer, positions })))
      const traced = await trace(subject, examples, patches, unhurried)
      expect([...traced.normal]).toEqual(examples.map((example) => example.normal_argmax))
      expect([...traced.changed]).toEqual(examples.map((example) => example.changed_argmax))
      expect(traced.patched.map(({ argmax }) => [...argmax])).toEqual(patching.argmax.flat())
      expect(traced.patched.map(({ rank }) => [...rank])).toEqual(
        patching.rank_of_normal_argmax.flat()
      )
      const strength = traced.patched.map(
        ({ rank }) => rank.filter((r) => r > 0).length / examples.length
      )
      expect(maxDeviation(strength, patching.causal_strength.flat())).toBeLessThan(1e-9)

      const runs = interchange(subject, examples)
      const close = async (tensor: tf.Tensor, wanted: number[][]): Promise<void> => {
        expect(maxDeviation(await tensor.data(), wanted.flat())).toBeLessThan(2e-5)
      }
      await close(runs.normal, patching.normal_logits)
      await close(runs.changed, patching.changed_logits)
      for (const [n, patch] of patches.entries()) {
        const logits = runs.patched(patch)
        await close(logits, patching.logits.flat()[n]!)
        logits.dispose()
      }
      runs.dispose()
    })

    it('patching a state with itself changes nothing, in every layer and at every position', async () => {
      const pairs = patching.examples.map(({ normal }) => ({ normal, changed: normal }))
      const layers = [0, ...patching.layers]
      const runs = interchange(subject, pairs)
      const normal = await runs.normal.data()
      for (const layer of layers) {
        for (let t = 0; t < 7; t++) {
          const logits = runs.patched({ layer, positions: [t] })
          expect(maxDeviation(await logits.data(), normal)).toBeLessThan(2e-6)
          logits.dispose()
        }
      }
      runs.dispose()
    })

    it('patching everything after any layer is the changed run', async () => {
      const runs = interchange(subject, patching.examples)
      const changed = await runs.changed.data()
      for (const layer of [0, ...patching.layers]) {
        const logits = runs.patched({ layer, positions: [0, 1, 2, 3, 4, 5, 6] })
        expect(maxDeviation(await logits.data(), changed)).toBeLessThan(2e-6)
        logits.dispose()
      }
      runs.dispose()
    })
  })
})
