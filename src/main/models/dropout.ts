/**
 * Dropout (Srivastava et al. 2014, JMLR 15) as a pure function: which entries fall is decided by a step's two words
 * and the place in the model, never by a generator that keeps a state. So a resumed run drops what an undisturbed
 * one drops, and a recorded step, to which the words are fed, what an eager one drops. Without words nothing falls:
 * that is evaluation.
 */
import * as tf from '@tensorflow/tfjs'
import type { ModelConfig } from '@shared/config'
import { createRng } from '@shared/rng'
import { tensorflowOp } from './tensorflow-op'

/** A step's random words, [2] int32; the second leaves room for the place to be added. */
export type Noise = tf.Tensor1D

/** What stands at `place`, a number that no other place of the model has, with some entries dropped. */
export type Drop = (place: number, x: tf.Tensor) => tf.Tensor

/** The words of the update after `step` updates: a stream of their own per step, so that nothing has to be saved. */
export function noiseAt(seed: number, step: number): Int32Array {
  const rng = createRng(seed, `dropout/${step}`)
  return Int32Array.of(rng.uint32() | 0, rng.int(2 ** 30))
}

/** Whether training this model needs words. */
export function drops(config: ModelConfig): boolean {
  return 'dropout' in config && config.dropout > 0
}

/** Each entry is 0 with probability p, else divided by 1 - p, so that the expectation is x. */
export function dropper(p: number, noise: Noise | undefined): Drop {
  if (p === 0 || !noise) return (_place, x) => x
  return (place, x) => x.mul(keptAt(p, noise, place, x.shape))
}

/**
 * 0 or 1 / (1 - p) per entry. TensorFlow draws by Philox, keyed with the words and the place (Salmon et al. 2011;
 * StatelessRandomUniform); elsewhere the project's own generator draws on the host. The contract is the same, the
 * numbers are each engine's own.
 */
function keptAt(p: number, noise: Noise, place: number, shape: number[]): tf.Tensor {
  const uniform = tensorflowOp(
    'StatelessRandomUniform',
    { dtype: 'float32', T: 'int32', Tseed: 'int32' },
    [tf.tensor1d(shape, 'int32'), noise.add(tf.tensor1d([0, place], 'int32'))],
    1
  )
  if (uniform) {
    return tf
      .greaterEqual(uniform[0]!, p)
      .cast('float32')
      .mul(1 / (1 - p)) // shape
  }
  const [first, second] = noise.dataSync()
  const rng = createRng(first! >>> 0, `dropout/${second! + place}`)
  const size = shape.reduce((product, n) => product * n, 1)
  const kept = Float32Array.from({ length: size }, () => (rng.uniform() >= p ? 1 / (1 - p) : 0))
  return tf.tensor(kept, shape)
}
