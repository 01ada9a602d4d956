/**
 * What is measured at an evaluation. Measures are data: a further one is one entry below, and its values appear
 * under its name in the event lines, the history and the charts.
 */
import * as tf from '@tensorflow/tfjs'
import type { MetricValues } from '@shared/events'
import type { Examples } from '../datasets/dataset'
import { crossEntropy } from '../models/layers'
import { flatten } from '../models/params'
import type { Learner, RowMeasures, WeightMeasures } from './learner'

/** Measures of a split, recorded as `name/split`: the mean over its probes. */
export const rowMeasures = {
  /** Cross-entropy of the answer token over the whole vocabulary, in nats. */
  loss: (logits, labels) => crossEntropy(logits, labels),
  /** The argmax over the whole vocabulary is the answer (the cheap equivalent of the reference's exact match). */
  accuracy: (logits, labels) => tf.cast(tf.equal(tf.argMax(logits, 1), labels), 'float32')
} satisfies RowMeasures

/** Measures of the weights alone. */
export const weightMeasures = {
  /** Global L2 norm of all parameters. */
  weightNorm: (weights) => tf.sqrt(tf.addN(flatten(weights).map(([, w]) => tf.sum(tf.square(w)))))
} satisfies WeightMeasures

/** Probes in one call of the engine: enough to keep it busy, few enough that commands are heard in between. */
const chunk = 1024

/**
 * Evaluates all splits. Between chunks it waits for `breathe`, so that commands are heard; where that answers
 * false, the evaluation is given up and null returned.
 */
export async function evaluate(
  learner: Learner,
  splits: Record<string, Examples>,
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
  for (const [name, value] of Object.entries(await learner.evaluateWeights())) {
    metrics[name] = finite(value)
  }
  return metrics
}

/** JSON knows neither NaN nor infinity: both are recorded as null. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
