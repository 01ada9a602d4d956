/** Recordings that are computed in other ways than the function says: half precision, XLA. */
import * as tf from '@tensorflow/tfjs'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createRng } from '@shared/rng'
import { startEngine } from '../../../../src/main/trainer/backend'
import { eagerSession, recordedSession } from '../../../../src/main/trainer/recording/index'
import type { RecordingOptions, Session } from '../../../../src/main/trainer/recording/index'
import { trainable } from '../../../support/engines'

const native = trainable.find(({ name }) => name === 'native')!

/** The nearest number with so many bits after the leading one, ties to even. */
function rounded(x: number, bits: number): number {
  if (x === 0) return 0
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(x))) - bits)
  const units = x / unit
  const below = Math.floor(units)
  const rest = units - below
  return unit * (rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below)
}

const [n, k, m] = [5, 7, 3]
const rng = createRng(4, 'products')
const draw = (length: number): Float32Array => Float32Array.from({ length }, () => rng.normal())
const [a, b, c] = [draw(n * k), draw(k * m), draw(m)]

/** a b + c, and what does not depend on a product: sums of squares and a gradient of the product. */
function expected(bits: number): { y: number[]; squares: number } {
  const y = Array.from({ length: n * m }, (_, at) => {
    const [i, j] = [Math.floor(at / m), at % m]
    let sum = 0
    for (let s = 0; s < k; s++) sum += rounded(a[i * k + s]!, bits) * rounded(b[s * m + j]!, bits)
    return sum + c[j]!
  })
  return { y, squares: Math.fround(a.reduce((sum, x) => sum + x * x, 0)) }
}

describe.skipIf(native.skip)(`options of a recording ${native.skip ?? ''}`, () => {
  let session: Session | undefined
  beforeAll(async () => {
    await startEngine('native')
  })
  afterEach(() => session?.dispose())

  function run(options: RecordingOptions): { y: number[]; squares: number } {
    const bias = tf.variable(tf.tensor1d(c))
    session = recordedSession({ variables: [bias] })
    const recording = session.recording(
      'products',
      ({ left, right }: { left: tf.Tensor2D; right: tf.Tensor2D }) => ({
        y: tf.matMul(left, right).add(bias),
        squares: left.square().sum(),
        picked: tf.matMul(tf.cast(tf.oneHot([3, 0], n), 'float32'), left)
      }),
      options
    )
    const feeds = { left: tf.tensor2d(a, [n, k]), right: tf.tensor2d(b, [k, m]) }
    const { y, squares, picked } = recording.run(feeds)
    const read = { y: Array.from(y.dataSync()), squares: squares.dataSync()[0]! }
    // Rows that a one-hot matrix picks are copies in any type of product.
    expect(Array.from(picked.dataSync())).toEqual([...a.slice(3 * k, 4 * k), ...a.slice(0, k)])
    tf.dispose([y, squares, picked, feeds.left, feeds.right, bias])
    return read
  }

  it.each([
    ['bfloat16', 7],
    ['float16', 10]
  ] as const)('products in %s round factors and results, and nothing else', (products, bits) => {
    const found = run({ products })
    const exact = expected(bits)
    found.y.forEach((y, i) => {
      const product = exact.y[i]! - c[i % m]!
      // One rounding of the result, a few of partial sums where the kernel rounds those too.
      expect(Math.abs(y - exact.y[i]!)).toBeLessThanOrEqual(
        4 * 2 ** -bits * Math.max(1, Math.abs(product))
      )
      // The product itself is a number of that type: the bias was added afterwards.
      const own = y - c[i % m]!
      expect(Math.abs(own - rounded(own, bits))).toBeLessThan(1e-6)
    })
    expect(found.squares).toBeCloseTo(exact.squares, 4)
    expect(found.y).not.toEqual(run({}).y)
  })

  it('compiled, the numbers are the same but for rounding', () => {
    const plain = run({})
    const compiled = run({ compile: true })
    compiled.y.forEach((y, i) => expect(y).toBeCloseTo(plain.y[i]!, 5))
    expect(compiled.squares).toBeCloseTo(plain.squares, 4)
  })

  it('an eager session refuses what only a recording can have', () => {
    const same = ({ x }: { x: tf.Tensor }): { x: tf.Tensor } => ({ x })
    const eager = eagerSession()
    expect(() => eager.recording('half', same, { products: 'float16' })).toThrow('float16')
    expect(() => eager.recording('fast', same, { compile: true })).toThrow('compiled')
    expect(() => eager.recording('plain', same, { products: 'float32' })).not.toThrow()
  })
})
