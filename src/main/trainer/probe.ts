/** Does an engine really start and compute here, and how fast? For the doctor. */
import * as tf from '@tensorflow/tfjs'
import { startEngine, type EngineName } from './backend'

export interface EngineProbe {
  name: EngineName
  version: string
  detail: string
  /** Billions of floating point operations a second in a product of two square float32 matrices. */
  gflops: number
}

/** Large enough that the product, not the call, is timed; small enough for the engine's speed. */
const sizes: Record<EngineName, number> = { native: 1024, wasm: 512, cpu: 128 }
const timedMs = 400

/**
 * Starts an engine and times matrix products, the best of those that fit in less than a second. One engine per
 * process is meant.
 * @throws {UserError} where the engine cannot start
 */
export async function probeEngine(want: EngineName): Promise<EngineProbe> {
  const { name, version, detail } = await startEngine(want)
  const n = sizes[want]
  const a = tf.fill([n, n], 1 / n)
  const once = async (): Promise<number> => {
    const from = performance.now()
    const product = tf.matMul(a, a) // [n, n], each entry n / n²
    const [first] = await product.data()
    product.dispose()
    const ms = performance.now() - from
    if (Math.abs(first! * n - 1) > 1e-3)
      throw new Error(`a matrix product came out as ${first! * n}, not 1`)
    return ms
  }
  await once() // the first product also loads code and starts threads
  let best = Infinity
  for (const from = performance.now(); performance.now() - from < timedMs;) {
    best = Math.min(best, await once())
  }
  a.dispose()
  return { name, version, detail, gflops: Number(((2 * n ** 3) / best / 1e6).toPrecision(3)) }
}
