/**
 * Dynamic loss scaling (Micikevicius et al. 2018, arXiv 1710.03740), as torch's GradScaler does it: gradients in
 * half precision are kept from vanishing by scaling the loss, and an update whose gradients overflow is left out.
 * The scale begins at 2^16, is halved at an overflow and doubled after 2,000 updates without one. Scales are powers
 * of two, so scaling and unscaling round nothing. All of it is state of the run, a tree among the optimizer's.
 */
import * as tf from '@tensorflow/tfjs'
import type { Tree } from '../models/params'

const growthInterval = 2000

/** Leaves of the tree `scaler`: the scale, updates since it changed, updates made at all; scalars. */
export type Scaler<Leaf extends object = tf.Tensor> = Tree<Leaf> & {
  readonly scale: Leaf
  readonly good: Leaf
  readonly updates: Leaf
}

/** Shapes, and what the leaves hold before the first step. */
export const scalerShapes = {
  scale: { shape: [], start: 2 ** 16 },
  good: { shape: [] },
  updates: { shape: [] }
} as const

/** The scaler among what an optimizer remembers; undefined where nothing is scaled. */
export function scalerOf(state: Readonly<Record<string, Tree<tf.Tensor>>>): Scaler | undefined {
  return state['scaler'] as Scaler | undefined
}

/** Whether the norm, and so every gradient, is a finite number: a scalar bool. */
export function isWhole(gradNorm: tf.Scalar): tf.Scalar {
  return tf.isFinite(gradNorm) as tf.Scalar
}

/** `next` where the update counts, else what was before; tensors in the same order. */
export function keepUnless(
  whole: tf.Scalar,
  next: readonly tf.Tensor[],
  before: readonly tf.Tensor[]
): tf.Tensor[] {
  return next.map((tensor, i) => tf.where(whole, tensor, before[i]!))
}

/** The scaler after a step, in tree order. */
export function nextScaler({ scale, good, updates }: Scaler, whole: tf.Scalar): tf.Tensor[] {
  const counted = tf.cast(whole, 'float32')
  const row = good.add(1).mul(counted) // 0 after an overflow
  const full = tf.greaterEqual(row, growthInterval)
  const grown = tf.where(full, scale.mul(2), scale)
  return [
    tf.where(whole, grown, scale.mul(0.5)),
    tf.where(full, tf.zerosLike(row), row),
    updates.add(counted)
  ]
}

/**
 * The scalars of an update (optimizer.ts) with bias corrections for update number `t`, a scalar: what was left out
 * does not count. 1 - beta^t is taken as -expm1(t ln beta), which keeps all digits in single precision.
 */
export function correctedScalars(
  { beta1, beta2 }: { beta1: number; beta2: number },
  scalars: tf.Tensor1D,
  t: tf.Tensor
): tf.Tensor1D {
  const correction = (beta: number): tf.Tensor =>
    beta === 0 ? tf.scalar(1) : tf.scalar(-1).div(t.mul(Math.log(beta)).expm1())
  const [lr, , , fed] = tf.unstack(scalars) as [tf.Scalar, tf.Scalar, tf.Scalar, tf.Scalar]
  return tf.stack([lr, correction(beta1), correction(beta2), fed]) as tf.Tensor1D
}
