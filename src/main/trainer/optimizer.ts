/**
 * AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) as data and pure functions, in torch's order of
 * operations. The moments are two trees of the weights' form; nothing here keeps a step count: what depends on the step
 * arrives as a tensor of three scalars, so an update is the same operations every time.
 */
import * as tf from '@tensorflow/tfjs'
import type { OptimizerConfig } from '@shared/config'
import { flatten, mapTree, sizeOf, toVariables } from '../models/params'
import type { HostArray, Tree, Weights } from '../models/params'

/** Which weights decay, by name. The names are transformers', so the reference's rule can be applied literally. */
export const decayRules: Record<
  OptimizerConfig['decay'],
  (name: string, shape: readonly number[]) => boolean
> = {
  /** GrokkedTransformer, main.py: all but names that contain one of three strings. */
  reference: (name) => !['bias', 'LayerNorm.weight', 'ln'].some((part) => name.includes(part)),
  /** Everything with two dimensions or more. */
  matrices: (_name, shape) => shape.length >= 2,
  /** Power et al. and Nanda et al.: one group of parameters, biases included. */
  all: () => true
}

/** Names of the decayed weights, in tree order. */
export function decayedNames(
  rule: OptimizerConfig['decay'],
  weights: Tree<{ readonly shape: readonly number[] }>
): string[] {
  return flatten(weights)
    .filter(([name, { shape }]) => decayRules[rule](name, shape))
    .map(([name]) => name)
}

/** A linear warm-up to a constant rate. */
export interface Schedule {
  readonly lr: number
  /** Length of the warm-up in steps; 0 for none. */
  readonly warmup: number
  /**
   * What the first update counts as: 0 as torch's LambdaLR does (the first update then has rate 0), 1 where the
   * warm-up ends with update number `warmup`.
   */
  readonly firstCount?: 0 | 1
}

/** Learning rate of the update after `step` updates: lr min(1, (step + firstCount) / warmup). */
export function learningRate({ lr, warmup, firstCount = 0 }: Schedule, step: number): number {
  return warmup === 0 ? lr : lr * Math.min(1, (step + firstCount) / warmup)
}

/** AdamW's constants: fixed for a run. */
export interface AdamW {
  readonly beta1: number
  readonly beta2: number
  readonly eps: number
  readonly weightDecay: number
  /** Upper bound of the global gradient norm, or null for no clipping. */
  readonly clipNorm: number | null
  readonly decayed: ReadonlySet<string>
}

/** First and second moments m and v, each a tree of the weights' form. */
export type Moments<Leaf extends object = tf.Tensor> = {
  readonly first: Tree<Leaf>
  readonly second: Tree<Leaf>
}

/** AdamW and its schedule as a run's configuration describes them, for a given tree of weights. */
export function adamW(
  config: OptimizerConfig,
  weights: Tree<{ readonly shape: readonly number[] }>
): AdamW & Schedule {
  const { lr, warmup, beta1, beta2, eps, weightDecay, clipNorm } = config
  const decayed = new Set(decayedNames(config.decay, weights))
  return { lr, warmup, beta1, beta2, eps, weightDecay, clipNorm, decayed }
}

/** Moments as variables on the current engine: those of a checkpoint, else zeros. The caller disposes them. */
export function initAdam(
  weights: Tree<{ readonly shape: readonly number[] }>,
  saved?: Moments<HostArray>
): Moments<tf.Variable> {
  const zeros = (): Tree<HostArray> =>
    mapTree(weights, ({ shape }) => ({ shape, values: new Float32Array(sizeOf(shape)) }))
  return {
    first: toVariables(saved?.first ?? zeros()),
    second: toVariables(saved?.second ?? zeros())
  }
}

/**
 * What update number `step + 1` needs beside tensors that persist: [lr, 1/(1 - beta1^t), 1/(1 - beta2^t)] with
 * t = step + 1, computed in double precision. Feed it as a float32 tensor of shape [3].
 */
export function scalarsAt(optimizer: AdamW & Schedule, step: number): [number, number, number] {
  const t = step + 1
  return [
    learningRate(optimizer, step),
    1 / (1 - optimizer.beta1 ** t),
    1 / (1 - optimizer.beta2 ** t)
  ]
}

/** L2 norm of all gradients taken together: scalar. */
export function globalNorm(gradients: readonly tf.Tensor[]): tf.Scalar {
  return tf.addN(gradients.map((g) => g.square().sum())).sqrt() as tf.Scalar
}

/** Scales gradients by min(1, clipNorm / (norm + 1e-6)), as torch's clip_grad_norm_. */
export function clip(
  gradients: readonly tf.Tensor[],
  norm: tf.Scalar,
  clipNorm: number | null
): readonly tf.Tensor[] {
  if (clipNorm === null) return gradients
  const factor = tf.minimum(tf.scalar(clipNorm).div(norm.add(1e-6)), 1)
  return gradients.map((g) => g.mul(factor))
}

/**
 * One update; gradients are clipped already and in tree order. With c1 and c2 from `scalarsAt`:
 * p = p (1 - lr wd) where decayed; m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g²;
 * p = p - lr m c1 / (sqrt(v c2) + eps).
 * Returns new tensors in tree order; assigning or disposing them is the caller's part.
 */
export function update(
  { beta1, beta2, eps, weightDecay, decayed }: AdamW,
  weights: Weights,
  gradients: readonly tf.Tensor[],
  { first, second }: Moments,
  scalars: tf.Tensor1D
): { weights: tf.Tensor[]; first: tf.Tensor[]; second: tf.Tensor[] } {
  const [lr, c1, c2] = tf.unstack(scalars) as [tf.Scalar, tf.Scalar, tf.Scalar]
  const keep = tf.sub(1, lr.mul(weightDecay))
  const m = flatten(first).map(([, m], i) => m.mul(beta1).add(gradients[i]!.mul(1 - beta1)))
  const v = flatten(second).map(([, v], i) =>
    v.mul(beta2).add(gradients[i]!.square().mul(1 - beta2))
  )
  const rate = lr.mul(c1)
  const next = flatten(weights).map(([name, p], i) => {
    const kept = weightDecay !== 0 && decayed.has(name) ? p.mul(keep) : p
    const change = m[i]!.mul(rate).div(v[i]!.mul(c2).sqrt().add(eps))
    return kept.sub(change)
  })
  return { weights: next, first: m, second: v }
}
