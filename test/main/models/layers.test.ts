import { beforeAll, describe, expect, it } from 'vitest'
import * as tf from '@tensorflow/tfjs'
import { createRng } from '@shared/rng'
import {
  affine,
  causalBias,
  crossEntropy,
  earlier,
  embedding,
  gelu,
  relu,
  layerNorm,
  linear,
  pick,
  picker,
  rmsNorm,
  silu
} from '../../../src/main/models/layers'
import { startEngine } from '../../../src/main/trainer/backend'
import { trainable } from '../../support/engines'
import { differences, largestError, relativeError } from '../../support/reference/differences'
import * as reference from '../../support/reference/gpt2'
import * as plainly from '../../support/reference/plain'

/** Plain JavaScript too: slow, so for small tensors only. */
const engines = [...trainable, { name: 'cpu' as const, skip: undefined }]

const rng = createRng(7, 'layers')
const draw = (n: number, scale = 1): Float64Array =>
  Float64Array.from({ length: n }, () => Math.fround(scale * rng.normal()))

/** sum(f(inputs) * direction) and its gradients, as the engine computes them. */
function run(
  f: (...xs: tf.Tensor[]) => tf.Tensor,
  inputs: [Float64Array, number[]][],
  direction: Float64Array
): { value: ArrayLike<number>; gradients: ArrayLike<number>[] } {
  return tf.tidy(() => {
    const xs = inputs.map(([values, shape]) => tf.tensor(Array.from(values), shape))
    const y = f(...xs)
    const along = tf.tensor(Array.from(direction), y.shape)
    const gradients = tf.grads((...xs) =>
      f(...xs)
        .mul(along)
        .sum()
    )(xs)
    return { value: y.dataSync(), gradients: gradients.map((g) => g.dataSync()) }
  })
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0)
}

describe.each(engines)('layers on $name', ({ name, skip }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    beforeAll(async () => {
      await startEngine(name)
    })

    it('embedding looks rows up and sums the gradient over repeated ids', () => {
      const ids = [3, 1, 3, 0, 3, 1] // 2 is never used
      const [V, C] = [5, 4]
      const table = draw(V * C)
      const direction = draw(ids.length * C)
      const tokens = tf.tensor2d(ids, [2, 3], 'int32')
      const { value, gradients } = run(
        (weight) => embedding({ weight: weight! }, tokens),
        [[table, [V, C]]],
        direction
      )
      expect(Array.from(value)).toEqual(
        ids.flatMap((id) => [...table.subarray(id * C, id * C + C)])
      )
      const wanted = new Float64Array(V * C)
      ids.forEach((id, n) => {
        for (let c = 0; c < C; c++) wanted[id * C + c]! += direction[n * C + c]!
      })
      expect(largestError(gradients[0]!, wanted)).toBeLessThan(1e-6)
      tokens.dispose()
    })

    it('layerNorm equals its formula and its finite differences', () => {
      const [N, C] = [3, 8]
      const [x, weight, bias] = [draw(N * C, 2), draw(C), draw(C)]
      const direction = draw(N * C)
      const eps = 1e-4
      const plain = (): number[] =>
        Array.from({ length: N }, (_, n) =>
          reference.layerNorm([...x.subarray(n * C, n * C + C)], weight, bias, eps)
        ).flat()
      const { value, gradients } = run(
        (x, weight, bias) => layerNorm({ weight: weight!, bias: bias! }, x!, eps),
        [
          [x, [1, N, C]],
          [weight, [C]],
          [bias, [C]]
        ],
        direction
      )
      expect(largestError(value, plain())).toBeLessThan(1e-5)
      for (const [i, input] of [x, weight, bias].entries()) {
        const wanted = differences(() => dot(plain(), direction), input)
        expect(relativeError(gradients[i]!, wanted)).toBeLessThan(1e-5)
      }
    })

    it('rmsNorm equals its formula and its finite differences', () => {
      const [N, C] = [3, 8]
      const [x, weight, direction] = [draw(N * C, 2), draw(C), draw(N * C)]
      const eps = 1e-2
      const plain = (): number[] =>
        Array.from({ length: N }, (_, n) =>
          plainly.rmsNorm([...x.subarray(n * C, n * C + C)], weight, eps)
        ).flat()
      const { value, gradients } = run(
        (x, weight) => rmsNorm({ weight: weight! }, x!, eps),
        [
          [x, [1, N, C]],
          [weight, [C]]
        ],
        direction
      )
      expect(largestError(value, plain())).toBeLessThan(1e-5)
      for (const [i, input] of [x, weight].entries()) {
        const wanted = differences(() => dot(plain(), direction), input)
        expect(relativeError(gradients[i]!, wanted)).toBeLessThan(1e-5)
      }
    })

    it('silu equals x sigmoid(x) and its finite differences, far from zero too', () => {
      const x = Float64Array.from([-90, -6, -3, -1, -0.1, 0, 0.1, 0.5, 1, 3, 6, 90])
      const direction = draw(x.length)
      const plain = (): number[] => Array.from(x, plainly.silu)
      const { value, gradients } = run((x) => silu(x!), [[x, [3, 4]]], direction)
      expect(largestError(value, plain())).toBeLessThan(1e-6)
      const wanted = differences(() => dot(plain(), direction), x)
      for (const [i, want] of wanted.entries()) expect(gradients[0]![i]).toBeCloseTo(want, 5)
    })

    it.each([0, 1, 2, 3, 7])('earlier by %d moves positions back and its gradient forth', (by) => {
      const [B, T, C] = [2, 3, 2]
      const [x, direction] = [draw(B * T * C), draw(B * T * C)]
      const { value, gradients } = run(
        (x) => earlier(x!, by).add(x!.mul(0)),
        [[x, [B, T, C]]],
        direction
      )
      const at = (values: Float64Array, n: number, shift: number): number => {
        const t = Math.floor(n / C) % T
        return t + shift < 0 || t + shift >= T ? 0 : values[n + shift * C]!
      }
      expect(Array.from(value)).toEqual(Array.from(x, (_, n) => at(x, n, -by)))
      expect(gradients[0]).toEqual(Float32Array.from(x, (_, n) => at(direction, n, by)))
    })

    it('gelu equals the tanh form and its finite differences, far from zero too', () => {
      const x = Float64Array.from([-40, -6, -3, -1, -0.1, 0, 0.1, 0.5, 1, 3, 6, 40])
      const direction = draw(x.length)
      const plain = (): number[] => Array.from(x, reference.geluTanh)
      const { value, gradients } = run((x) => gelu(x!), [[x, [3, 4]]], direction)
      expect(largestError(value, plain())).toBeLessThan(1e-6)
      const wanted = differences(() => dot(plain(), direction), x)
      for (const [i, want] of wanted.entries()) expect(gradients[0]![i]).toBeCloseTo(want, 5)
    })

    it('relu equals max(x, 0) and its finite differences off the kink, where the gradient is 0', () => {
      const x = Float64Array.from([-90, -3, -0.1, 0.1, 0.5, 3, 6, 90])
      const direction = draw(x.length)
      const plain = (): number[] => Array.from(x, (v) => Math.max(v, 0))
      const { value, gradients } = run((x) => relu(x!), [[x, [2, 4]]], direction)
      expect(largestError(value, plain())).toBeLessThan(1e-6)
      const wanted = differences(() => dot(plain(), direction), x)
      for (const [i, want] of wanted.entries()) expect(gradients[0]![i]).toBeCloseTo(want, 5)
      const zero = run((x) => relu(x!), [[new Float64Array(2), [2]]], Float64Array.of(3, -1))
      expect(Array.from(zero.gradients[0]!, Math.abs)).toEqual([0, 0])
    })

    it('affine and linear agree on transposed weights, gradients too', () => {
      const [x, w] = [draw(2 * 3 * 4), draw(4 * 5)]
      const direction = draw(2 * 3 * 5)
      const bias = new Float64Array(5)
      const a = run(
        (x, weight, bias) => affine({ weight: weight!, bias: bias! }, x!),
        [
          [x, [2, 3, 4]],
          [w, [4, 5]],
          [bias, [5]]
        ],
        direction
      )
      const transposed = Float64Array.from(w, (_, i) => w[(i % 4) * 5 + Math.floor(i / 4)]!) // [5, 4]
      const b = run(
        (x, weight) => linear({ weight: weight! }, x!),
        [
          [x, [2, 3, 4]],
          [transposed, [5, 4]]
        ],
        direction
      )
      expect(a.value.length).toBe(2 * 3 * 5)
      expect(largestError(a.value, b.value)).toBeLessThan(1e-6)
      expect(largestError(a.gradients[0]!, b.gradients[0]!)).toBeLessThan(1e-6)
      const sums = Array.from({ length: 5 }, (_, o) =>
        direction.reduce((sum, d, i) => sum + (i % 5 === o ? d : 0), 0)
      )
      expect(largestError(a.gradients[2]!, sums)).toBeLessThan(1e-6)
    })

    it('crossEntropy equals -log softmax and its gradient softmax - onehot, without overflow', () => {
      const logits = Float64Array.from([1, 2, 3, -1, 0, 0.5, 900, 100, -900])
      const labels = [2, 0, 1]
      const direction = Float64Array.from([1, -2, 0.5])
      const tokens = tf.tensor1d(labels, 'int32')
      const { value, gradients } = run(
        (logits) => crossEntropy(logits as tf.Tensor2D, tokens),
        [[logits, [3, 3]]],
        direction
      )
      const shares = [0, 3, 6].map((at) => reference.softmax([...logits.subarray(at, at + 3)]))
      expect(value[0]).toBeCloseTo(-Math.log(shares[0]![2]!), 5)
      expect(value[1]).toBeCloseTo(-Math.log(shares[1]![0]!), 5)
      expect(value[2]).toBeCloseTo(800, 3)
      shares.forEach((row, n) =>
        row.forEach((share, v) => {
          const wanted = direction[n]! * (share - (labels[n] === v ? 1 : 0))
          expect(gradients[0]![n * 3 + v]).toBeCloseTo(wanted, 5)
        })
      )
      tokens.dispose()
    })

    it('pick copies rows exactly, repeats allowed', () => {
      const x = draw(2 * 4 * 3)
      const positions = [
        [3, 0],
        [2, 2]
      ]
      const [rows, mask] = tf.tidy(() => {
        const picked = picker(tf.tensor2d(positions, [2, 2], 'int32'), 4)
        return [
          pick(picked, tf.tensor(Array.from(x), [2, 4, 3])).dataSync(),
          pick(picked, causalBias(4)).arraySync() as number[][][]
        ]
      })
      const wanted = positions.flatMap((row, b) =>
        row.flatMap((t) => [...x.subarray((b * 4 + t) * 3, (b * 4 + t) * 3 + 3)])
      )
      expect(Array.from(rows)).toEqual(wanted)
      const visible = mask.map((row) => row.map((keys) => keys.filter((k) => k > -1).length))
      expect(visible).toEqual([
        [4, 1],
        [3, 3]
      ])
    })
  })
})
