/** One training step: ordinary tfjs operations from batch to new weights, nothing that reads a value back. */
import * as tf from '@tensorflow/tfjs'
import type { ModelConfig } from '@shared/config'
import { crossEntropy } from '../models/layers'
import type { Noise } from '../models/dropout'
import { noTap, type Model } from '../models/model'
import { flatten, unflatten } from '../models/params'
import type { Tree, Weights } from '../models/params'
import { scalerOf } from './loss-scale'
import { advance } from './optimizer'
import type { AdamW } from './optimizer'
import type { OptimizerState } from './optimizer-state'

/** B rows of T tokens, each with K targets. Everything that changes from step to step is one of these tensors. */
export interface Batch {
  /** [B, T] int32 */
  readonly tokens: tf.Tensor2D
  /** [B, K] int32: positions whose next token is predicted. */
  readonly positions: tf.Tensor2D
  /** [B, K] int32: the tokens to be predicted. */
  readonly labels: tf.Tensor2D
  /** [B, K] float32: weight of each target in the loss; 0 for the repeats that fill short rows. */
  readonly weights: tf.Tensor2D
  /** [2] int32: what dropout is drawn from; without it nothing is dropped. */
  readonly noise?: Noise | undefined
}

/** What is fixed for a run. */
export interface Recipe {
  readonly model: Model<ModelConfig>
  readonly config: ModelConfig
  readonly optimizer: AdamW
}

/** Weighted mean cross-entropy over the batch's targets, sum(w ce) / sum(w): scalar. */
export function batchLoss(
  { model, config }: Pick<Recipe, 'model' | 'config'>,
  weights: Weights,
  batch: Batch
): tf.Scalar {
  const { tokens, positions, noise } = batch
  const logits = model.forward(config, weights, tokens, { positions }, noTap, noise) // [B, K, V]
  const flat = logits.reshape([-1, logits.shape[2]]) as tf.Tensor2D // [B K, V]
  const w = batch.weights.flatten() // [B K]
  const trained = model.trainedLogits?.(config, flat, w.div(w.sum())) ?? flat // [B K, V]
  const losses = crossEntropy(trained, batch.labels.flatten()) // [B K]
  return losses.mul(w).sum().div(w.sum()) as tf.Scalar
}

/**
 * Loss and its gradients in tree order, those of the loss times `scale` where one is given; a weight the loss does not depend on has no gradient and is an error.
 */
export function lossAndGradients(
  recipe: Pick<Recipe, 'model' | 'config'>,
  weights: Weights,
  batch: Batch,
  scale?: tf.Tensor
): { loss: tf.Scalar; gradients: tf.Tensor[] } {
  const loss = (...leaves: tf.Tensor[]): tf.Scalar => {
    const value = batchLoss(recipe, unflatten(weights, leaves), batch)
    return scale ? value.mul(scale) : value
  }
  const leaves = flatten(weights).map(([, leaf]) => leaf)
  const { value, grads } = tf.valueAndGrads(loss)(leaves)
  return { loss: scale ? value.div(scale) : value, gradients: grads }
}

/**
 * Assigns new weights and optimizer state in place. `scalars` [4] float32 comes from `scalarsAt`.
 * Returns the loss before the update and the gradient norm before clipping, two scalars the caller disposes;
 * no other tensor outlives the call.
 */
export function trainStep(
  recipe: Recipe,
  weights: Tree<tf.Variable>,
  state: OptimizerState<tf.Variable>,
  batch: Batch,
  scalars: tf.Tensor1D
): { loss: tf.Scalar; gradNorm: tf.Scalar } {
  return tf.tidy(() => {
    const { loss, gradients } = lossAndGradients(recipe, weights, batch, scalerOf(state)?.scale)
    const next = advance(recipe.optimizer, weights, gradients, state, scalars)
    assign(weights, next.weights)
    for (const [name, tensors] of Object.entries(next.state)) assign(state[name]!, tensors)
    return { loss, gradNorm: next.gradNorm }
  })
}

function assign(variables: Tree<tf.Variable>, values: readonly tf.Tensor[]): void {
  flatten(variables).forEach(([, variable], i) => variable.assign(values[i]!))
}
