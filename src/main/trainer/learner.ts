/**
 * Everything of a run that lives on the engine: data, weights and moments. What changes from step to step is fed:
 * the rows of the batch and three scalars. On native TensorFlow a step and an evaluation chunk are recorded once
 * and replayed as one call each (recording/session.ts); elsewhere, or when asked for, the same functions run
 * operation by operation.
 */
import * as tf from '@tensorflow/tfjs'
import type { ModelConfig } from '@shared/config'
import type { Dataset, Examples } from '../datasets/dataset'
import type { Model } from '../models/index'
import { disposeTree, flatten, toHost, toVariables } from '../models/params'
import type { HostArray, Tree } from '../models/params'
import type { NamedArrays } from './checkpoint'
import { initAdam, scalarsAt, type AdamW, type Schedule } from './optimizer'
import { canRecord, eagerSession, recordedSession } from './recording/index'
import { trainStep, type Batch } from './step'

export interface LearnerOptions {
  model: Model<ModelConfig>
  config: ModelConfig
  optimizer: AdamW & Schedule
  dataset: Dataset
  batchSize: number
  /** Initial weights, and moments where the run goes on from a checkpoint. */
  weights: Tree<HostArray>
  moments?: { first: Tree<HostArray>; second: Tree<HostArray> }
  /** Replay recorded graphs where the engine can. */
  record: boolean
}

export interface StepResult {
  /** Loss before the update, mean over the batch's targets: scalar. */
  loss: tf.Scalar
  /** Global gradient norm before clipping: scalar. */
  gradNorm: tf.Scalar
}

/** Functions of the answers of probes: logits [B, V] and labels [B] to one value a row [B]. */
export type RowMeasures = Record<string, (logits: tf.Tensor2D, labels: tf.Tensor1D) => tf.Tensor1D>
/** Functions of the weights alone, to a scalar. */
export type WeightMeasures = Record<string, (weights: Tree<tf.Tensor>) => tf.Scalar>

export interface Learner {
  readonly recorded: boolean
  /** One update on the training rows given, as number `step` (0-based). The caller disposes the results. */
  step(rows: Int32Array, step: number, wanted: boolean): StepResult | undefined
  /** Measures of some probes, by their row in the splits laid end to end. */
  evaluateRows(rows: Int32Array): Promise<Record<string, Float32Array>>
  evaluateWeights(): Promise<Record<string, number>>
  /** Weights and moments as they are now. */
  read(): Promise<{ weights: NamedArrays; first: NamedArrays; second: NamedArrays }>
  dispose(): void
}

/** Puts a run on the current engine. The caller disposes it. */
export function createLearner(
  options: LearnerOptions,
  rowMeasures: RowMeasures,
  weightMeasures: WeightMeasures
): Learner {
  const { model, config, optimizer, dataset } = options
  const { contextLength: T, answers: K } = dataset
  const weights = toVariables(options.weights)
  const moments = initAdam(options.weights, options.moments)
  const train = load(dataset.train, T, K)
  const probes = load(joined(Object.values(dataset.splits)), T, K)

  const trees = [weights, moments.first, moments.second]
  const recorded = options.record && canRecord()
  const session = recorded
    ? recordedSession({
        variables: trees.flatMap((tree) => flatten(tree).map(([, variable]) => variable)),
        constants: [...Object.values(train), ...Object.values(probes)]
      })
    : eagerSession()

  const recipe = { model, config, optimizer }
  const training = session.recording('step', ({ rows, scalars }: StepFeeds) =>
    trainStep(recipe, weights, moments, batchOf(rows), scalars)
  )
  const answering = session.recording('answers', ({ rows }: { rows: tf.Tensor1D }) => {
    const [B] = rows.shape
    const tokens = tf.gather(probes.tokens, rows) // [B, T]
    const positions = tf.slice(tf.gather(probes.positions, rows), [0, 0], [B, 1]) // [B, 1]
    const labels = tf.slice(tf.gather(probes.labels, rows), [0, 0], [B, 1]).flatten() // [B]
    const logits = model.forward(config, weights, tokens, { positions }) // [B, 1, V]
    const flat = tf.reshape(logits, [B, logits.shape[2]]) as tf.Tensor2D // [B, V]
    return mapValues(rowMeasures, (measure) => measure(flat, labels as tf.Tensor1D))
  })
  const weighing = session.recording('weights', () =>
    mapValues(weightMeasures, (measure) => measure(weights))
  )

  function batchOf(rows: tf.Tensor1D): Batch {
    return {
      tokens: tf.gather(train.tokens, rows), // [B, T]
      positions: tf.gather(train.positions, rows), // [B, K]
      labels: tf.gather(train.labels, rows), // [B, K]
      weights: tf.ones([rows.shape[0], K]) as tf.Tensor2D // [B, K]
    }
  }

  function stepFeeds(rows: Int32Array, step: number): StepFeeds {
    return {
      rows: tf.tensor1d(rows, 'int32'), // [B]
      scalars: tf.tensor1d(scalarsAt(optimizer, step), 'float32') // [3]
    }
  }
  // An epoch's last batch may be smaller: both shapes are known now, so TensorFlow loads one graph for all.
  const { batchSize } = options
  const rest = dataset.train.count % batchSize
  for (const B of new Set([Math.min(batchSize, dataset.train.count), rest || batchSize])) {
    if (B > dataset.train.count) continue
    const feeds = stepFeeds(new Int32Array(B), 0)
    training.trace(feeds)
    tf.dispose(feeds)
  }

  return {
    recorded,
    step(rows, step, wanted) {
      const feeds = stepFeeds(rows, step)
      const result = training.run(feeds, wanted ? ['loss', 'gradNorm'] : [])
      tf.dispose(feeds)
      return wanted ? result : undefined
    },
    async evaluateRows(rows) {
      const feeds = { rows: tf.tensor1d(rows, 'int32') } // [B]
      const results = answering.run(feeds)
      tf.dispose(feeds)
      const values = await readAll(results)
      return values
    },
    async evaluateWeights() {
      const values = await readAll(weighing.run({}))
      return mapValues(values, ([value]) => value!)
    },
    async read() {
      session.pull()
      const [w, first, second] = await Promise.all(trees.map((tree) => toHost(tree)))
      return { weights: new Map(w), first: new Map(first), second: new Map(second) }
    },
    dispose() {
      session.dispose()
      trees.forEach(disposeTree)
      tf.dispose([train, probes])
    }
  }
}

type StepFeeds = { rows: tf.Tensor1D; scalars: tf.Tensor1D }

/** Examples on the engine: tokens [n, T], positions and labels [n, K], all int32. */
function load(examples: Examples, T: number, K: number) {
  const { count: n, tokens, positions, labels } = examples
  return {
    tokens: tf.tensor2d(tokens, [n, T], 'int32'),
    positions: tf.tensor2d(positions, [n, K], 'int32'),
    labels: tf.tensor2d(labels, [n, K], 'int32')
  }
}

/** Examples laid end to end. */
function joined(parts: readonly Examples[]): Examples {
  const join = (key: 'tokens' | 'positions' | 'labels'): Int32Array => {
    const all = new Int32Array(parts.reduce((sum, part) => sum + part[key].length, 0))
    let at = 0
    for (const part of parts) {
      all.set(part[key], at)
      at += part[key].length
    }
    return all
  }
  return {
    count: parts.reduce((sum, part) => sum + part.count, 0),
    tokens: join('tokens'),
    positions: join('positions'),
    labels: join('labels')
  }
}

async function readAll(tensors: Record<string, tf.Tensor>): Promise<Record<string, Float32Array>> {
  const entries = Object.entries(tensors).map(
    async ([name, tensor]) => [name, (await tensor.data()) as Float32Array] as const
  )
  const values = Object.fromEntries(await Promise.all(entries))
  tf.dispose(tensors)
  return values
}

function mapValues<A, B>(record: Record<string, A>, f: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]))
}
