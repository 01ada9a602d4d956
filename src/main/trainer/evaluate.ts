/**
 * What is measured at an evaluation. Measures are data: a further one is one entry below, and its values appear
 * under its name in the event lines, the history and the charts.
 */
import * as tf from '@tensorflow/tfjs'
import type { MetricValues } from '@shared/events'
import type { ModelConfig } from '@shared/config'
import type { Dataset, Examples } from '../datasets/dataset'
import type { Model } from '../models/index'
import { crossEntropy } from '../models/layers'
import { flatten, type Weights } from '../models/params'

/**
 * Measures of a split, recorded as `name/split`. Each is a function of the logits [B, V] at the answer position
 * and the labels [B], and returns the sum over the rows as a scalar; what is recorded is the mean.
 */
const splitMeasures: Record<string, (logits: tf.Tensor2D, labels: tf.Tensor1D) => tf.Scalar> = {
  /** Cross-entropy of the answer token over the whole vocabulary, in nats. */
  loss: (logits, labels) => tf.sum(crossEntropy(logits, labels)),
  /** The argmax over the whole vocabulary is the answer (science: the cheap equivalent of exact match). */
  accuracy: (logits, labels) => tf.sum(tf.cast(tf.equal(tf.argMax(logits, 1), labels), 'float32'))
}

/** Measures of the weights alone, each a scalar. */
const weightMeasures: Record<string, (weights: Weights) => tf.Scalar> = {
  /** Global L2 norm of all parameters. */
  weightNorm: (weights) =>
    tf.sqrt(tf.addN(flatten(weights).map(([, w]) => tf.sum(tf.square(w))))) as tf.Scalar
}

/** A split on the engine: tokens [n, T], answer positions [n, 1], answers [n]. */
interface LoadedSplit {
  name: string
  count: number
  tokens: tf.Tensor2D
  positions: tf.Tensor2D
  labels: tf.Tensor1D
}

export interface Evaluation {
  /**
   * Evaluates all splits, `chunk` rows at a time. Between chunks it waits for `breathe`, so that commands are
   * heard; where that answers false, the evaluation is given up and null returned.
   */
  run(weights: Weights, breathe: () => Promise<boolean>): Promise<MetricValues | null>
  dispose(): void
}

/** Rows a chunk of an evaluation holds: large enough for the engine, small enough to stay within a second. */
const chunk = 1024

/** Puts the splits on the engine once; every evaluation of the run reads them there. */
export function prepareEvaluation(
  model: Model<ModelConfig>,
  config: ModelConfig,
  { splits, contextLength }: Pick<Dataset, 'splits' | 'contextLength'>
): Evaluation {
  const loaded = Object.entries(splits).map(([name, examples]) =>
    loadSplit(name, examples, contextLength)
  )

  async function run(
    weights: Weights,
    breathe: () => Promise<boolean>
  ): Promise<MetricValues | null> {
    const values: MetricValues = {}
    for (const split of loaded) {
      const sums = new Float64Array(Object.keys(splitMeasures).length)
      for (let start = 0; start < split.count; start += chunk) {
        if (!(await breathe())) return null
        const rows = Math.min(chunk, split.count - start)
        const chunkSums = tf.tidy(() => {
          const tokens = tf.slice(split.tokens, [start, 0], [rows, contextLength]) // [B, T]
          const positions = tf.slice(split.positions, [start, 0], [rows, 1]) // [B, 1]
          const labels = tf.slice(split.labels, [start], [rows]) // [B]
          const logits = model.forward(config, weights, tokens, { positions }) // [B, 1, V]
          const flat = tf.reshape(logits, [rows, logits.shape[2]]) as tf.Tensor2D // [B, V]
          return tf.stack(Object.values(splitMeasures).map((measure) => measure(flat, labels)))
        })
        const read = await chunkSums.data()
        chunkSums.dispose()
        read.forEach((sum, i) => (sums[i]! += sum))
      }
      Object.keys(splitMeasures).forEach((name, i) => {
        values[`${name}/${split.name}`] = finite(sums[i]! / split.count)
      })
    }
    for (const [name, measure] of Object.entries(weightMeasures)) {
      const scalar = tf.tidy(() => measure(weights))
      values[name] = finite((await scalar.data())[0]!)
      scalar.dispose()
    }
    return values
  }

  return {
    run,
    dispose: () => {
      for (const { tokens, positions, labels } of loaded) tf.dispose([tokens, positions, labels])
    }
  }
}

function loadSplit(name: string, examples: Examples, contextLength: number): LoadedSplit {
  const { count: n, tokens, positions, labels } = examples
  const perRow = labels.length / n // K
  const answers = (values: Int32Array): Int32Array =>
    Int32Array.from({ length: n }, (_, i) => values[i * perRow]!) // the first target of each row
  return {
    name,
    count: n,
    tokens: tf.tensor2d(tokens, [n, contextLength], 'int32'),
    positions: tf.tensor2d(answers(positions), [n, 1], 'int32'),
    labels: tf.tensor1d(answers(labels), 'int32')
  }
}

/** JSON knows neither NaN nor infinity: both are recorded as null. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
