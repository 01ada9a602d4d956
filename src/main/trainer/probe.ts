/** Does an engine really start and compute here, and how fast? For the doctor; one engine per process is meant. */
import * as tf from '@tensorflow/tfjs'
import type { ProbeAnswer } from '@shared/diagnosis'
import { toErrorMessage } from '@shared/errors'
import { startEngine, type EngineName } from './backend'

type Works = Extract<ProbeAnswer, { type: 'works' }>
type Device = Works['device']

/** Side of the matrices: a power of two, large enough that the product, not the call, is timed. */
const sides: Record<EngineName, Record<Device, number>> = {
  native: { cpu: 1024, gpu: 4096 },
  wasm: { cpu: 512, gpu: 512 },
  cpu: { cpu: 128, gpu: 128 }
}
/** Products in a row before their result is waited for: a GPU answers a call long before it has computed. */
const inARow: Record<Device, number> = { cpu: 1, gpu: 20 }
const timedMs = 400

/** Starts an engine, times it, and never throws: what fails is an answer too. */
export async function answerProbe(engine: EngineName): Promise<ProbeAnswer> {
  // TensorFlow says at these levels which library it could not load and why it leaves a GPU alone.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '0'
  process.env['TF_CPP_VMODULE'] ??= 'dso_loader=1'
  try {
    return await probeEngine(engine)
  } catch (error) {
    const { code, message, hint } = toErrorMessage(error)
    return { type: 'refused', message, hint: code === 'internal' ? '' : hint }
  }
}

/**
 * Times products of two square float32 matrices, the best of those that fit in half a second. On a card that has
 * TensorFloat-32, TensorFlow uses it for such products, here as in training.
 * @throws {UserError} where the engine cannot start
 */
export async function probeEngine(want: EngineName): Promise<Works> {
  const { name, version, detail } = await startEngine(want)
  const onGpu = (tf.backend() as { isUsingGpuDevice?: boolean }).isUsingGpuDevice === true
  const device = onGpu ? 'gpu' : 'cpu'
  const n = sides[want][device]
  const products = inARow[device]
  const a = tf.fill([n, n], 1 / n)
  const once = async (): Promise<number> => {
    const from = performance.now()
    // Each product is [n, n] with n (1/n)² = 1/n in every place, exactly: the next one's factor again.
    const corner = tf.tidy(() => {
      let product: tf.Tensor2D = a as tf.Tensor2D
      for (let i = 0; i < products; i++) product = tf.matMul(product, a as tf.Tensor2D)
      return product.slice([0, 0], [1, 1]) // [1, 1]
    })
    const [value] = await corner.data()
    corner.dispose()
    const ms = performance.now() - from
    if (Math.abs(value! * n - 1) > 1e-3) {
      throw new Error(`a matrix product came out as ${value! * n}, not 1`)
    }
    return ms / products
  }
  await once() // the first product also loads code and starts threads
  let best = Infinity
  for (const from = performance.now(); performance.now() - from < timedMs;) {
    best = Math.min(best, await once())
  }
  a.dispose()
  const gflops = Number(((2 * n ** 3) / best / 1e6).toPrecision(3))
  return { type: 'works', name, version, detail, device, gflops }
}
