/**
 * AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101), and Adam with L2 for comparison, as data and pure
 * functions in torch's order of operations. An update is: clip the gradients, filter them (grokfast.ts), move the
 * weights, project them onto a fixed norm where that is asked for. What is remembered from step to step is a few
 * named trees. Nothing here keeps a step count: what depends on the step arrives as a tensor of four scalars,
 * so an update is the same operations every time.
 */
import * as tf from '@tensorflow/tfjs'
import type { OptimizerConfig } from '@shared/config'
import { UserError } from '@shared/errors'
import { flatten } from '../models/params'
import type { Tree, Weights } from '../models/params'
import { filterGradients, grokfastOf, grokfastScalar } from './grokfast'
import type { Grokfast } from './grokfast'
import { correctedScalars, isWhole, keepUnless, nextScaler, scalerOf } from './loss-scale'
import type { Moments, OptimizerState } from './optimizer-state'

type Shape = { readonly shape: readonly number[] }

/** Which weights decay, by name. The names are transformers', so the reference's rule can be applied literally. */
export const decayRules: Record<
  Exclude<OptimizerConfig['decay'], 'list'>,
  (name: string, shape: readonly number[]) => boolean
> = {
  /** GrokkedTransformer, main.py: all but names that contain one of three strings. */
  reference: (name) => !['bias', 'LayerNorm.weight', 'ln'].some((part) => name.includes(part)),
  /** Everything with two dimensions or more. */
  matrices: (_name, shape) => shape.length >= 2,
  /** Power et al. and Nanda et al.: one group of parameters, biases included. */
  all: () => true
}

/**
 * Names of the decayed weights, in tree order.
 * @param list for the rule `list`: parts of names, separated by commas or spaces; a name that holds one decays
 * @throws {UserError} `optimizer.decayList` where a part is in no name
 */
export function decayedNames(
  rule: OptimizerConfig['decay'],
  weights: Tree<Shape>,
  list = ''
): string[] {
  const all = flatten(weights)
  if (rule !== 'list') {
    return all.filter(([name, { shape }]) => decayRules[rule](name, shape)).map(([name]) => name)
  }
  const names = all.map(([name]) => name)
  const parts = list.split(/[\s,]+/).filter(Boolean)
  const strange = parts.find((part) => !names.some((name) => name.includes(part)))
  if (strange !== undefined) {
    throw new UserError(
      'optimizer.decayList',
      `optimizer.decayList names "${strange}", which is in the name of no parameter.`,
      `Parameters are ${names.join(', ')}.`
    )
  }
  return names.filter((name) => parts.some((part) => name.includes(part)))
}

/** A linear warm-up, then a constant rate or one that falls to its floor at the end of the budget. */
export interface Schedule {
  readonly lr: number
  /** Length of the warm-up in steps; 0 for none. */
  readonly warmup: number
  /**
   * What the first update counts as: 0 as torch's LambdaLR does (the first update then has rate 0), 1 where the
   * warm-up ends with update number `warmup`.
   */
  readonly firstCount?: 0 | 1
  readonly fall?: {
    readonly shape: 'cosine' | 'linear'
    /** The step at which the floor is reached. */
    readonly until: number
    /** As a share of lr. */
    readonly floor: number
  }
}

/**
 * Learning rate of the update after `step` updates: lr min(1, (step + firstCount) / warmup) r, where r falls from
 * 1 at the end of the warm-up to the floor at `until`: 1 - s linearly, (1 + cos(pi s)) / 2 as a cosine, s the share
 * of that way (Loshchilov and Hutter 2017, arXiv 1608.03983, without restarts).
 */
export function learningRate(schedule: Schedule, step: number): number {
  const { lr, warmup, firstCount = 0, fall } = schedule
  const count = step + firstCount
  const rate = warmup === 0 ? lr : lr * Math.min(1, count / warmup)
  if (!fall || count <= warmup) return rate
  const share = Math.min(1, (count - warmup) / Math.max(1, fall.until - warmup))
  const left = fall.shape === 'linear' ? 1 - share : (1 + Math.cos(Math.PI * share)) / 2
  return rate * (fall.floor + (1 - fall.floor) * left)
}

/** An optimizer's constants: fixed for a run. AdamW, unless said otherwise. */
export interface AdamW {
  /** L2 instead: decay is added to the gradient, before the moments, as torch's Adam has it. */
  readonly l2?: boolean
  readonly grokfast?: Grokfast | null
  /** After each update all weights are scaled to this global L2 norm (Omnigrok); null: they are not. */
  readonly fixedNorm?: number | null
  readonly beta1: number
  readonly beta2: number
  readonly eps: number
  /** The step at which all that is remembered was zero, where that is not 0: corrections count from there. */
  readonly since?: number
  readonly weightDecay: number
  /** Gradients are of a scaled loss (loss-scale.ts). */
  readonly lossScale?: boolean
  /** Upper bound of the global gradient norm, or null for no clipping. */
  readonly clipNorm: number | null
  readonly decayed: ReadonlySet<string>
}

/**
 * Optimizer and schedule as a run's configuration describes them, for a given tree of weights.
 * @param run the budget in steps, which a falling rate ends at, the norm to keep where one is kept, the step at which the
 * moments were zero, and whether the loss is scaled
 * @throws {UserError} as `decayedNames` does
 */
export function adamW(
  config: OptimizerConfig,
  weights: Tree<Shape>,
  run: { steps?: number; fixedNorm?: number | null; since?: number; lossScale?: boolean } = {}
): AdamW & Schedule {
  const { lr, warmup, beta1, beta2, eps, weightDecay, clipNorm, schedule, lrFloor } = config
  return {
    ...{ lr, warmup, beta1, beta2, eps, weightDecay, clipNorm },
    ...(schedule !== 'constant' && {
      fall: { shape: schedule, until: run.steps ?? Infinity, floor: lrFloor }
    }),
    decayed: new Set(decayedNames(config.decay, weights, config.decayList)),
    l2: config.kind === 'adam',
    grokfast: grokfastOf(config),
    fixedNorm: run.fixedNorm ?? null,
    lossScale: run.lossScale ?? false,
    since: run.since ?? 0
  }
}

/**
 * What update number `step + 1` needs beside tensors that persist: [lr, 1/(1 - beta1^t), 1/(1 - beta2^t), and the
 * filter's scalar] with t = step + 1 - since, computed in double precision. Feed it as a float32 tensor of shape [4].
 */
export function scalarsAt(
  optimizer: AdamW & Schedule,
  step: number
): [number, number, number, number] {
  const t = step + 1 - (optimizer.since ?? 0)
  return [
    learningRate(optimizer, step),
    1 / (1 - optimizer.beta1 ** t),
    1 / (1 - optimizer.beta2 ** t),
    grokfastScalar(optimizer.grokfast ?? null, t)
  ]
}

/** L2 norm of all gradients taken together: scalar. */
export function globalNorm(gradients: readonly tf.Tensor[]): tf.Scalar {
  // Not addN: TensorFlow's begins with whichever input nobody else needs any more, so that where others share these
  // sums the order of adding, and with it the last digit, is a matter of timing.
  return tf
    .stack(gradients.map((g) => g.square().sum()))
    .sum()
    .sqrt() as tf.Scalar
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
 * One update; gradients are clipped and filtered already and in tree order. With c1 and c2 from `scalarsAt`:
 * p = p (1 - lr wd) where decayed (with L2 instead: g = g + wd p); m = beta1 m + (1 - beta1) g;
 * v = beta2 v + (1 - beta2) g²; p = p - lr m c1 / (sqrt(v c2) + eps).
 * Returns new tensors in tree order; assigning or disposing them is the caller's part.
 */
export function update(
  { beta1, beta2, eps, weightDecay, decayed, l2 = false }: AdamW,
  weights: Weights,
  gradients: readonly tf.Tensor[],
  { first, second }: Moments,
  scalars: tf.Tensor1D
): { weights: tf.Tensor[]; first: tf.Tensor[]; second: tf.Tensor[] } {
  const [lr, c1, c2] = tf.unstack(scalars) as [tf.Scalar, tf.Scalar, tf.Scalar, tf.Scalar]
  const keep = tf.sub(1, lr.mul(weightDecay))
  const decays = (name: string): boolean => weightDecay !== 0 && decayed.has(name)
  if (l2) {
    const leaves = flatten(weights)
    gradients = gradients.map((g, i) => {
      const [name, p] = leaves[i]!
      return decays(name) ? g.add(p.mul(weightDecay)) : g
    })
  }
  const m = flatten(first).map(([, m], i) => m.mul(beta1).add(gradients[i]!.mul(1 - beta1)))
  const v = flatten(second).map(([, v], i) =>
    v.mul(beta2).add(gradients[i]!.square().mul(1 - beta2))
  )
  const rate = lr.mul(c1)
  const next = flatten(weights).map(([name, p], i) => {
    const kept = !l2 && decays(name) ? p.mul(keep) : p
    const change = m[i]!.mul(rate).div(v[i]!.mul(c2).sqrt().add(eps))
    return kept.sub(change)
  })
  return { weights: next, first: m, second: v }
}

/**
 * What the last update added to the weights, in tree order, read back from the state after it. With L2 there is no
 * decay apart from the moments; the weights before are p + lr wd p / (1 - lr wd) of those after, but for the moments'
 * share, which is of second order in lr.
 */
export function lastUpdate(
  optimizer: AdamW,
  weights: Weights,
  state: OptimizerState,
  scalars: tf.Tensor1D
): tf.Tensor[] {
  const { eps, weightDecay, decayed, l2 = false } = optimizer
  const { first, second } = state
  const scaler = scalerOf(state)
  if (scaler) scalars = correctedScalars(optimizer, scalars, scaler.updates)
  const [lr, c1, c2] = tf.unstack(scalars) as [tf.Scalar, tf.Scalar, tf.Scalar, tf.Scalar]
  const v = flatten(second)
  const leaves = flatten(weights)
  return flatten(first).map(([name, m], i) => {
    const change = m.mul(lr.mul(c1)).div(v[i]![1].mul(c2).sqrt().add(eps))
    const decay = !l2 && weightDecay !== 0 && decayed.has(name)
    return decay ? change.add(leaves[i]![1].mul(lr.mul(weightDecay))).neg() : change.neg()
  })
}

/** Scales tensors to a global L2 norm (Liu et al. 2023, Omnigrok, arXiv 2210.01117). */
export function project(
  weights: readonly tf.Tensor[],
  fixedNorm: number | null
): readonly tf.Tensor[] {
  if (fixedNorm === null) return weights
  const factor = tf.scalar(fixedNorm).div(globalNorm(weights))
  return weights.map((w) => w.mul(factor))
}

/**
 * A whole update from raw gradients: new weights and state in tree order, and the gradient norm before clipping.
 * With a loss scale the gradients are of the scaled loss; an update whose norm is not finite changes the scale alone.
 */
export function advance(
  optimizer: AdamW,
  weights: Weights,
  gradients: readonly tf.Tensor[],
  state: OptimizerState,
  scalars: tf.Tensor1D
): {
  weights: readonly tf.Tensor[]
  state: Record<string, readonly tf.Tensor[]>
  gradNorm: tf.Scalar
} {
  const scaler = scalerOf(state)
  if (scaler) {
    gradients = gradients.map((g) => g.div(scaler.scale))
    scalars = correctedScalars(optimizer, scalars, scaler.updates.add(1))
  }
  const gradNorm = globalNorm(gradients)
  const clipped = clip(gradients, gradNorm, optimizer.clipNorm)
  const fed = tf.slice(scalars, [3], [1]).asScalar()
  const filtered = filterGradients(optimizer.grokfast ?? null, clipped, state, fed)
  const { weights: moved, ...moments } = update(
    optimizer,
    weights,
    filtered.gradients,
    state,
    scalars
  )
  const next = {
    weights: project(moved, optimizer.fixedNorm ?? null),
    state: { ...moments, ...filtered.state }
  }
  if (!scaler) return { ...next, gradNorm }
  const whole = isWhole(gradNorm)
  const kept = (tensors: readonly tf.Tensor[], before: Tree<tf.Tensor>): tf.Tensor[] =>
    keepUnless(
      whole,
      tensors,
      flatten(before).map(([, tensor]) => tensor)
    )
  const trees = Object.entries(next.state).map(
    ([name, tensors]) => [name, kept(tensors, state[name]!)] as const
  )
  return {
    weights: kept(next.weights, weights),
    state: { ...Object.fromEntries(trees), scaler: nextScaler(scaler, whole) },
    gradNorm
  }
}
