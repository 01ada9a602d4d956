import { createRequire } from 'node:module'
import { performance } from 'node:perf_hooks'
import util from 'node:util'

/**
 * Run in a process of its own after the engine is built: loads it, multiplies two matrices whose
 * product is known, measures, and prints one JSON line
 * {tensorflow, gflops, device, node}.
 */

const SIDE = 1024
const MEASURE_MS = 600

// tfjs-node calls these on every operation; Node 23 and later have removed them.
const removed = {
  /** @param {unknown} value */
  isNullOrUndefined: (value) => value === null || value === undefined,
  isArray: Array.isArray
}
for (const [name, test] of Object.entries(removed)) Object.assign(util, { [name]: test })

/** @type {any} */
const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu')

// Row i of `a` is all i + 1, column j of `b` is all j + 1: product[i][j] = 3 (i + 1) (j + 1).
const a = tf.tensor2d([1, 1, 1, 2, 2, 2], [2, 3])
const b = tf.tensor2d([1, 2, 1, 2, 1, 2], [3, 2])
const product = Array.from(a.matMul(b).dataSync())
if (product.join() !== '3,6,6,12') throw new Error(`wrong product: ${product.join()}`)

const square = tf.ones([SIDE, SIDE])
square.matMul(square).dataSync()
let bestMs = Infinity
const endMs = performance.now() + MEASURE_MS
while (performance.now() < endMs) {
  const startMs = performance.now()
  const result = square.matMul(square)
  result.dataSync()
  bestMs = Math.min(bestMs, performance.now() - startMs)
  result.dispose()
}
const backend = tf.backend()
process.stdout.write(
  JSON.stringify({
    tensorflow: backend.binding.TF_Version,
    gflops: Math.round((2 * SIDE ** 3) / (bestMs * 1e6)),
    device: backend.isUsingGpuDevice ? 'gpu' : 'cpu',
    node: process.versions.node
  }) + '\n'
)
