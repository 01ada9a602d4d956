/** The effective attention of recurrent families must be what they compute, not a picture of it. */
import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import type { MambaConfig, RwkvConfig } from '@shared/config'
import { createRng } from '@shared/rng'
import { mambaRow, rwkvRow } from '../../../src/main/inspect/effective-attention'
import { createSubject, runTapped, toTokens, weightNamed } from '../../../src/main/inspect/subject'
import { flatten } from '../../../src/main/models/params'
import { modelOf } from '../../../src/main/models/index'
import { startEngine } from '../../../src/main/trainer/backend'
import { maxDeviation } from '../../../src/main/trainer/deviation'
import { trainable } from '../../support/engines'

const sizes = { vocabSize: 9, contextLength: 6 }
const prompts = [
  [0, 8, 3, 3, 1],
  [7, 2, 5, 0, 6]
]
const [B, T] = [2, 5]

/** Initial weights, moved so that decays, step sizes and gates are far from their special starting values. */
function stirred(config: RwkvConfig | MambaConfig): ReturnType<typeof createSubject> {
  const rng = createRng(5)
  const weights = modelOf(config).init(config, sizes, rng)
  for (const [, { values }] of flatten(weights)) {
    for (let i = 0; i < values.length; i++) values[i]! += 0.4 * rng.normal()
  }
  return createSubject(config, weights)
}

describe.each(trainable)('on $name', ({ name, skip }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    beforeAll(async () => {
      await startEngine(name)
    })

    it("RWKV's rows sum to 1 and average the values to what the time mix gives", async () => {
      const config = { family: 'rwkv', nLayer: 2, dModel: 8, init: 'hf' } as RwkvConfig
      const subject = stirred({ ...config, dMlp: null, tieHead: false, layerNormEps: 1e-5 })
      const seen = tf.tidy(() => runTapped(subject, toTokens(prompts), () => true).seen)
      for (const i of [0, 1]) {
        const read = async (hook: string): Promise<ArrayLike<number>> =>
          seen[`blocks.${i}.att.hook_${hook}`]!.data()
        const [k, v, wkv] = [await read('k'), await read('v'), await read('wkv')]
        const weight = (part: string): Promise<ArrayLike<number>> =>
          weightNamed(subject, `rwkv.blocks.${i}.attention.${part}`).data()
        const [logW, u] = [await weight('time_decay'), await weight('time_first')]
        const got = new Float64Array(B * T * 8)
        for (let b = 0; b < B; b++) {
          for (let c = 0; c < 8; c++) {
            const at = (t: number): number => (b * T + t) * 8 + c
            for (let t = 0; t < T; t++) {
              const row = rwkvRow(t, Math.exp(logW[c]!), u[c]!, (s) => k[at(s)]!)
              expect(row.reduce((a, x) => a + x, 0)).toBeCloseTo(1, 12)
              got[at(t)] = row.reduce((sum, a, s) => sum + a * v[at(s)]!, 0)
            }
          }
        }
        expect(maxDeviation(got, wkv)).toBeLessThan(2e-6)
      }
      tf.dispose(seen)
      subject.dispose()
    })

    it("Mamba's rows turn its inputs into what the state space gives", async () => {
      const config = { family: 'mamba', nLayer: 2, dModel: 8, dState: 3, expand: 2 } as MambaConfig
      const subject = stirred({
        ...config,
        ...{ dConv: 4, dtRank: 2, init: 'hf', tieHead: true, rmsNormEps: 1e-5 }
      })
      const [E, N] = [16, 3]
      const seen = tf.tidy(() => runTapped(subject, toTokens(prompts), () => true).seen)
      for (const i of [0, 1]) {
        const read = async (hook: string): Promise<ArrayLike<number>> =>
          seen[`blocks.${i}.mixer.hook_${hook}`]!.data()
        const [delta, writes, reads] = [await read('delta'), await read('B'), await read('C')]
        const [x, y] = [await read('x'), await read('y')]
        const logA = await weightNamed(subject, `backbone.layers.${i}.mixer.A_log`).data()
        const got = new Float64Array(B * T * E)
        for (let b = 0; b < B; b++) {
          for (let e = 0; e < E; e++) {
            const at = (t: number): number => (b * T + t) * E + e
            for (let t = 0; t < T; t++) {
              const row = mambaRow(t, {
                N,
                A: (n) => -Math.exp(logA[e * N + n]!),
                delta: (s) => delta[at(s)]!,
                write: (s, n) => writes[(b * T + s) * N + n]!,
                read: (n) => reads[(b * T + t) * N + n]!
              })
              got[at(t)] = row.reduce((sum, m, s) => sum + m * x[at(s)]!, 0)
            }
          }
        }
        expect(maxDeviation(got, y)).toBeLessThan(2e-6)
      }
      tf.dispose(seen)
      subject.dispose()
    })
  })
})
