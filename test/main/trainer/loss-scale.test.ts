/** Scaled updates against the same in float64, from torch's description of its GradScaler. */
import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { OptimizerConfig } from '@shared/config'
import { createRng } from '@shared/rng'
import { flatten, toVariables } from '../../../src/main/models/params'
import { startEngine } from '../../../src/main/trainer/backend'
import { adamW, advance, scalarsAt } from '../../../src/main/trainer/optimizer'
import { initState } from '../../../src/main/trainer/optimizer-state'
import { plainStart, plainUpdate } from '../../support/reference/optimizer'

const config = OptimizerConfig.parse({ lr: 1e-2, warmup: 3, weightDecay: 0.1, clipNorm: 1 })
const start = [Float32Array.of(0.5, -1, 2), Float32Array.of(0.1, 0.2)]
const shapes = { matrix: { shape: [3] }, bias: { shape: [2] } }
const optimizer = adamW(config, shapes, { lossScale: true })

describe('loss scaling', () => {
  beforeAll(async () => {
    await startEngine('cpu')
  })

  /** Runs updates with the gradients given for each step; null: they overflow. */
  function run(steps: readonly (readonly number[][] | null)[], good = 0) {
    const weights = toVariables({
      matrix: { shape: [3], values: start[0]! },
      bias: { shape: [2], values: start[1]! }
    })
    const state = initState(optimizer, shapes)
    const scaler = state['scaler'] as unknown as Record<'scale' | 'good' | 'updates', tf.Variable>
    scaler.good.assign(tf.scalar(good))
    const norms: number[] = []
    steps.forEach((gradients, step) =>
      tf.tidy(() => {
        const scaled = (
          gradients ?? [
            [1, 1, 1],
            [Infinity, 1]
          ]
        ).map((g) => tf.tensor1d([...g]).mul(scaler.scale))
        const scalars = tf.tensor1d(scalarsAt(optimizer, step))
        const next = advance(optimizer, weights, scaled, state, scalars)
        const assign = (tree: typeof weights, values: readonly tf.Tensor[]): void =>
          flatten(tree).forEach(([, variable], i) => variable.assign(values[i]!))
        assign(weights, next.weights)
        for (const [name, values] of Object.entries(next.state)) assign(state[name]!, values)
        norms.push(next.gradNorm.dataSync()[0]!)
      })
    )
    const numbers = (tree: typeof weights): number[] =>
      flatten(tree).flatMap(([, tensor]) => Array.from(tensor.dataSync()))
    return {
      norms,
      weights: numbers(weights),
      moments: [...numbers(state.first), ...numbers(state.second)],
      scaler: Object.fromEntries(
        Object.entries(scaler).map(([name, value]) => [name, value.dataSync()[0]])
      )
    }
  }

  const rng = createRng(3, 'gradients')
  const draw = (): number[][] => [3, 2].map((n) => Array.from({ length: n }, () => rng.normal()))

  it('leaves out updates that overflow, and corrects biases by the updates made', () => {
    const gradients = [null, draw(), draw(), null, draw(), draw()]
    const found = run(gradients)
    const plain = plainStart(start)
    let t = 0
    gradients.forEach((g, step) => {
      if (!g) return
      const [lr] = scalarsAt(optimizer, step) // the schedule goes on, overflow or not
      plainUpdate(plain, g, config, { t: ++t, lr, decays: (k) => k === 0, norm: null })
    })
    found.weights.forEach((w, i) => expect(w).toBeCloseTo(plain.p.flat()[i]!, 6))
    found.moments.forEach((m, i) =>
      expect(m).toBeCloseTo([...plain.m.flat(), ...plain.v.flat()][i]!, 6)
    )
    expect(found.norms.map(Number.isFinite)).toEqual([false, true, true, false, true, true])
    expect(found.scaler).toEqual({ scale: 2 ** 14, good: 2, updates: 4 })
  })

  it('keeps weights and moments to the bit where an update is left out', () => {
    const made = [draw(), draw()]
    const [whole, left] = [run(made), run([...made, null])]
    expect(left.weights).toEqual(whole.weights)
    expect(left.moments).toEqual(whole.moments)
    expect(left.weights).not.toEqual(run([]).weights)
  })

  it('doubles the scale after 2,000 updates without an overflow', () => {
    expect(run([draw()], 1998).scaler).toEqual({ scale: 2 ** 16, good: 1999, updates: 1 })
    expect(run([draw()], 1999).scaler).toEqual({ scale: 2 ** 17, good: 0, updates: 1 })
    expect(run([null], 1999).scaler).toEqual({ scale: 2 ** 15, good: 0, updates: 0 })
  })
})
