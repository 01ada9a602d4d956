/**
 * What is measured at an evaluation. Measures are data: a further one is one entry below, and its values appear
 * under its name in the event lines, the history and the charts.
 */
import * as tf from '@tensorflow/tfjs'
import type { MetricValues } from '@shared/events'
import { evaluationChunk } from '@shared/memory-forecast'
import type { Examples } from '../datasets/dataset'
import { crossEntropy } from '../models/layers'
import { flatten } from '../models/params'
import { scalerOf } from './loss-scale'
import { globalNorm, lastUpdate } from './optimizer'
import { parameterGroup, parameterGroups } from './parameter-groups'
import type { Learner, RowMeasures, WeightMeasures } from './learner'

/** Measures of a split, recorded as `name/split`: the mean over its probes. */
export const rowMeasures = {
  /** Cross-entropy of the answer token over the whole vocabulary, in nats. */
  loss: ({ logits, labels }) => crossEntropy(logits, labels),
  /** The argmax over the whole vocabulary is the answer (the cheap equivalent of the reference's exact match). */
  accuracy: ({ logits, labels }) => tf.cast(tf.equal(tf.argMax(logits, 1), labels), 'float32'),
  /** The argmax among the tokens of the answer's class alone (the labels of its attribute, the residues) is it. */
  restrictedAccuracy: ({ logits, labels, alternatives }) =>
    alternatives
      ? tf.cast(tf.equal(tf.argMax(tf.where(alternatives, logits, lowest), 1), labels), 'float32')
      : null,
  /** Logit of the answer minus the largest other one, over the whole vocabulary. */
  margin: ({ logits, labels }) => {
    const gold = goldOf(logits, labels)
    const best = tf.max(tf.where(gold, lowest, logits), 1) // [B]
    return tf.sub(tf.sum(tf.where(gold, logits, 0), 1), best)
  },
  /** The largest probability is 1 in float32: softmax has no room left (Prieto et al. 2025, arXiv 2501.04697). */
  saturated: ({ logits }) => tf.cast(tf.equal(tf.max(tf.softmax(logits), 1), 1), 'float32'),
  /** The gradient of the loss by the logits, softmax minus the answer, is exactly zero everywhere. */
  zeroGradient: ({ logits, labels }) => {
    const gold = tf.cast(goldOf(logits, labels), 'float32')
    const largest = tf.max(tf.abs(tf.sub(tf.softmax(logits), gold)), 1) // [B]
    return tf.cast(tf.equal(largest, 0), 'float32')
  }
} satisfies RowMeasures

/** Below every logit, and finite. */
const lowest = -1e30

/** Where each row's answer is, [B, V] bool. */
function goldOf(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor2D {
  return tf.cast(tf.oneHot(labels, logits.shape[1]), 'bool') as tf.Tensor2D
}

/** Measures of weights and optimizer. */
export const weightMeasures: WeightMeasures = {
  /** Global L2 norm of all parameters. */
  weightNorm: ({ weights }) => globalNorm(flatten(weights).map(([, w]) => w)),
  /** The same of each part of the model, as `weightNorm/attention`. */
  ...Object.fromEntries(
    parameterGroups.map((group): [string, WeightMeasures[string]] => [
      `weightNorm/${group}`,
      ({ weights }) => {
        const part = flatten(weights).filter(([name]) => parameterGroup(name) === group)
        return part.length > 0 ? globalNorm(part.map(([, w]) => w)) : null
      }
    ])
  ),
  /** L2 norm of the last update (before a projection) over that of the weights; 0 before the first. */
  updateRatio: ({ optimizer, weights, state, scalars }) =>
    tf.div(
      globalNorm(lastUpdate(optimizer, weights, state, scalars)),
      globalNorm(flatten(weights).map(([, w]) => w))
    ),
  /** What the loss is multiplied by, where gradients are in half precision. */
  lossScale: ({ state }) => (scalerOf(state)?.scale.clone() as tf.Scalar | undefined) ?? null
}

/** Enough to keep the engine busy, few enough that commands are heard in between. */
const chunk = evaluationChunk

/**
 * Evaluates all splits and the weights after `step` updates. Between chunks it waits for `breathe`, so that commands are heard; where that answers
 * false, the evaluation is given up and null returned.
 */
export async function evaluate(
  learner: Learner,
  splits: Record<string, Examples>,
  step: number,
  breathe: () => Promise<boolean>
): Promise<MetricValues | null> {
  // One value per probe and measure, splits end to end.
  const total = Object.values(splits).reduce((sum, split) => sum + split.count, 0)
  const rowValues: Record<string, Float32Array> = {}
  const size = Math.min(chunk, total)
  for (let start = 0; start < total; start += size) {
    if (!(await breathe())) return null
    // The last chunk repeats the last probe, so that all chunks have one shape and one recording serves.
    const rows = Int32Array.from({ length: size }, (_, i) => Math.min(start + i, total - 1))
    const values = await learner.evaluateRows(rows)
    for (const [name, read] of Object.entries(values)) {
      rowValues[name] ??= new Float32Array(total)
      rowValues[name].set(read.subarray(0, Math.min(size, total - start)), start)
    }
  }

  const metrics: MetricValues = {}
  let offset = 0
  for (const [split, { count }] of Object.entries(splits)) {
    for (const [name, values] of Object.entries(rowValues)) {
      const mean = values.subarray(offset, offset + count).reduce((a, b) => a + b, 0) / count
      metrics[`${name}/${split}`] = finite(mean)
    }
    offset += count
  }
  for (const [name, value] of Object.entries(await learner.evaluateWeights(step))) {
    metrics[name] = finite(value)
  }
  return metrics
}

/** JSON knows neither NaN nor infinity: both are recorded as null. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
