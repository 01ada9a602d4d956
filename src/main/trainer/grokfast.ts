/**
 * Grokfast (Lee et al. 2024, arXiv 2405.20233; code ironjr/grokfast): the slow part of each gradient, kept by a
 * low-pass filter over the steps, is amplified before the optimizer sees it. With g the gradient of update t:
 *
 *     ema   m = g at t = 1, then alpha m + (1 - alpha) g; passes on g + lambda m
 *     ma    a queue of the last `window` gradients; once it is full, passes on g + lambda mean(queue), before that g
 *
 * The filter gets gradients after clipping: what it remembers is bounded, and an outlier does not stay in it. So
 * what the optimizer gets may be larger than the clip norm, by a factor of up to 1 + lambda.
 */
import * as tf from '@tensorflow/tfjs'
import type { OptimizerConfig } from '@shared/config'
import { flatten, mapTree } from '../models/params'
import type { Tree } from '../models/params'

export type Grokfast =
  | { readonly filter: 'ema'; readonly lambda: number; readonly alpha: number }
  | { readonly filter: 'ma'; readonly lambda: number; readonly window: number }

/** Null where the filter is off. The library's lambdas where none is set: 2 for ema, 5 for ma. */
export function grokfastOf({ grokfast }: Pick<OptimizerConfig, 'grokfast'>): Grokfast | null {
  const { filter, alpha, window } = grokfast
  if (filter === 'off') return null
  return filter === 'ema'
    ? { filter, lambda: grokfast.lambda ?? 2, alpha }
    : { filter, lambda: grokfast.lambda ?? 5, window }
}

type Shape = { readonly shape: readonly number[] }

/** Shapes of what a filter remembers, by the name of the tree; all zero before the first update. */
export function grokfastShapes(
  grokfast: Grokfast | null,
  weights: Tree<Shape>
): Record<string, Tree<Shape>> {
  if (grokfast === null) return {}
  if (grokfast.filter === 'ema') return { slow: mapTree(weights, ({ shape }) => ({ shape })) }
  const { window } = grokfast
  return { queue: mapTree(weights, ({ shape }) => ({ shape: [window, ...shape] })) }
}

/**
 * What changes with the step, for update number t from 1 on, as a factor that is fed: ema: the weight of the new
 * gradient in m, 1 at first and 1 - alpha later; ma: lambda, 0 until the queue is full.
 */
export function grokfastScalar(grokfast: Grokfast | null, t: number): number {
  if (grokfast === null) return 0
  if (grokfast.filter === 'ema') return t === 1 ? 1 : 1 - grokfast.alpha
  return t >= grokfast.window ? grokfast.lambda : 0
}

/**
 * Filters gradients in tree order; `scalar` is the fed `grokfastScalar`.
 * @returns what the optimizer gets, and what is remembered next, by tree name and in tree order
 */
export function filterGradients(
  grokfast: Grokfast | null,
  gradients: readonly tf.Tensor[],
  state: Readonly<Record<string, Tree<tf.Tensor>>>,
  scalar: tf.Scalar
): { gradients: readonly tf.Tensor[]; state: Record<string, tf.Tensor[]> } {
  if (grokfast === null) return { gradients, state: {} }
  if (grokfast.filter === 'ema') {
    const slow = flatten(state['slow']!).map(([, m], i) => m.add(gradients[i]!.sub(m).mul(scalar)))
    const { lambda } = grokfast
    return { gradients: gradients.map((g, i) => g.add(slow[i]!.mul(lambda))), state: { slow } }
  }
  const { window } = grokfast
  const queue = flatten(state['queue']!).map(([, past], i) => {
    const newest = gradients[i]!.expandDims(0) // [1, ...]
    if (window === 1) return newest
    const kept = past.slice([1, ...gradients[i]!.shape.map(() => 0)]) // [window - 1, ...]
    return tf.concat([kept, newest], 0) // [window, ...]
  })
  return {
    gradients: gradients.map((g, i) => g.add(queue[i]!.mean(0).mul(scalar))),
    state: { queue }
  }
}
