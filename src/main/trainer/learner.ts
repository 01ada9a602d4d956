/**
 * Everything of a run that lives on the engine: data, weights and the optimizer's state. What changes from step to step is fed:
 * the rows of the batch, four scalars and, for dropout, two random words. On native TensorFlow a step and an evaluation chunk are recorded once
 * and replayed as one call each (recording/session.ts); elsewhere, or when asked for, the same functions run
 * operation by operation.
 */
import * as tf from '@tensorflow/tfjs'
import type { ModelConfig } from '@shared/config'
import type { Dataset, Examples } from '../datasets/dataset'
import type { Model } from '../models/index'
import { drops, noiseAt, type Noise } from '../models/dropout'
import { disposeTree, flatten, toHost, toVariables } from '../models/params'
import type { HostArray, Tree } from '../models/params'
import type { NamedArrays } from './checkpoint'
import { scalarsAt } from './optimizer'
import type { AdamW, Schedule } from './optimizer'
import { initState } from './optimizer-state'
import type { OptimizerState } from './optimizer-state'
import { parameterGroup } from './parameter-groups'
import { canRecord, eagerSession, recordedSession } from './recording/index'
import type { RecordingOptions } from './recording/index'
import { trainStep, type Batch } from './step'

export interface LearnerOptions {
  model: Model<ModelConfig>
  config: ModelConfig
  optimizer: AdamW & Schedule
  dataset: Dataset
  batchSize: number
  /** The run's, for what a step draws. */
  seed: number
  /** Initial weights, and the optimizer's state where the run goes on from a checkpoint. */
  weights: Tree<HostArray>
  state?: OptimizerState<HostArray>
  /** Further inputs whose logits are asked for as they are, not measured. */
  inputs?: Examples | undefined
  /** Replay recorded graphs where the engine can. */
  record: boolean
  /** How a recorded training step is computed; as it is written, where this is left out. */
  stepOptions?: RecordingOptions
}

export interface StepResult {
  /** Loss before the update, mean over the batch's targets: scalar. */
  loss: tf.Scalar
  /** Global gradient norm before clipping: scalar. */
  gradNorm: tf.Scalar
}

/** What a row of probes can be measured by. */
export interface Answers {
  /** [B, V] */
  readonly logits: tf.Tensor2D
  /** [B] int32 */
  readonly labels: tf.Tensor1D
  /** [B, V] bool: tokens of the label's class; absent where the data set names no classes. */
  readonly alternatives?: tf.Tensor2D
}
/** Functions of the answers of probes to one value a row, [B]; null where the data set does not allow it. */
export type RowMeasures = Record<string, (answers: Answers) => tf.Tensor1D | null>

/** What the state of a run can be measured by. */
export interface Standing {
  readonly weights: Tree<tf.Tensor>
  readonly optimizer: AdamW
  readonly state: OptimizerState
  /** [4]: what the last update was fed (`scalarsAt`); zeros before the first. */
  readonly scalars: tf.Tensor1D
}
/** Functions of the state of a run to a scalar; null where the model has nothing of the kind. */
export type WeightMeasures = Record<string, (standing: Standing) => tf.Scalar | null>

export interface Learner {
  readonly recorded: boolean
  /** One update on the training rows given, as number `step` (0-based). The caller disposes the results. */
  step(rows: Int32Array, step: number): StepResult
  /** Measures of some probes, by their row in the splits laid end to end. */
  evaluateRows(rows: Int32Array): Promise<Record<string, Float32Array>>
  /** Logits [B, V] at the first answer of some of the further inputs. */
  inputLogits(rows: Int32Array): Promise<Float32Array>
  /** The embeddings of the first tokens, [count, width]. */
  embeddingRows(count: number): Promise<{ values: Float32Array; width: number }>
  /** Measures of the state after `step` updates. */
  evaluateWeights(step: number): Promise<Record<string, number>>
  /** Weights and optimizer state as they are now. */
  read(): Promise<{ weights: NamedArrays; state: Record<string, NamedArrays> }>
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
  const state = initState(optimizer, options.weights, options.state)
  const train = load(dataset.train, T, K)
  const probes = load(joined(Object.values(dataset.splits)), T, K)

  const inputs = options.inputs && load(options.inputs, T, K)
  const groups = dataset.answerGroups && tf.tensor1d(dataset.answerGroups, 'int32') // [V]
  const trees = [weights, ...Object.values(state)]
  const recorded = options.record && canRecord()
  const session = recorded
    ? recordedSession({
        variables: trees.flatMap((tree) => flatten(tree).map(([, variable]) => variable)),
        constants: [
          ...[train, probes, inputs ?? {}].flatMap((examples) =>
            Object.values<tf.Tensor>(examples)
          ),
          ...(groups ? [groups] : [])
        ]
      })
    : eagerSession()

  const recipe = { model, config, optimizer }
  const training = session.recording(
    'step',
    ({ rows, scalars, noise }: StepFeeds) =>
      trainStep(recipe, weights, state, { ...batchOf(rows), noise }, scalars),
    options.stepOptions
  )
  /** Logits at the first answer of some rows, [B, V]. */
  function logitsOf(examples: ReturnType<typeof load>, rows: tf.Tensor1D): tf.Tensor2D {
    const [B] = rows.shape
    const tokens = tf.gather(examples.tokens, rows) // [B, T]
    const positions = tf.slice(tf.gather(examples.positions, rows), [0, 0], [B, 1]) // [B, 1]
    const logits = model.forward(config, weights, tokens, { positions }) // [B, 1, V]
    return tf.reshape(logits, [B, logits.shape[2]])
  }
  const answering = session.recording('answers', ({ rows }: { rows: tf.Tensor1D }) => {
    const [B] = rows.shape
    const labels = tf.slice(tf.gather(probes.labels, rows), [0, 0], [B, 1]).flatten() // [B]
    const flat = logitsOf(probes, rows)
    const alternatives = groups && alternativesOf(groups, labels as tf.Tensor1D)
    const answers = { logits: flat, labels: labels as tf.Tensor1D }
    return present(rowMeasures, { ...answers, ...(alternatives && { alternatives }) })
  })
  const asking = session.recording('inputs', ({ rows }: { rows: tf.Tensor1D }) => ({
    logits: logitsOf(inputs!, rows)
  }))
  const embedding = session.recording('embedding', ({ rows }: { rows: tf.Tensor1D }) => ({
    rows: tf.gather(tokenEmbedding(weights), rows) // [rows, d]
  }))
  const weighing = session.recording('weights', ({ scalars }: { scalars: tf.Tensor1D }) =>
    present(weightMeasures, { weights, optimizer, state, scalars })
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
      scalars: tf.tensor1d(scalarsAt(optimizer, step), 'float32'), // [4]
      ...(drops(config) && { noise: tf.tensor1d(noiseAt(options.seed, step), 'int32') }) // [2]
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
  const unmoved = { scalars: tf.tensor1d([0, 0, 0, 0]) }
  weighing.trace(unmoved)
  tf.dispose(unmoved)

  return {
    recorded,
    step(rows, step) {
      const feeds = stepFeeds(rows, step)
      // Always both: another set of results to fetch would have to be prepared by TensorFlow first.
      const result = training.run(feeds)
      tf.dispose(feeds)
      return result
    },
    async evaluateRows(rows) {
      const feeds = { rows: tf.tensor1d(rows, 'int32') } // [B]
      const results = answering.run(feeds)
      tf.dispose(feeds)
      const values = await readAll(results)
      return values
    },
    async inputLogits(rows) {
      const feeds = { rows: tf.tensor1d(rows, 'int32') } // [B]
      const results = asking.run(feeds)
      tf.dispose(feeds)
      const { logits } = await readAll(results)
      return logits!
    },
    async embeddingRows(count) {
      const feeds = { rows: tf.range(0, count, 1, 'int32') } // [count]
      const results = embedding.run(feeds)
      tf.dispose(feeds)
      const { rows } = await readAll(results)
      return { values: rows!, width: rows!.length / count }
    },
    async evaluateWeights(step) {
      const fed = step === 0 ? [0, 0, 0, 0] : scalarsAt(optimizer, step - 1)
      const feeds = { scalars: tf.tensor1d(fed, 'float32') } // [4]
      const results = weighing.run(feeds)
      tf.dispose(feeds)
      const values = await readAll(results)
      return mapValues(values, ([value]) => value!)
    },
    async read() {
      session.pull()
      const read = async (tree: Tree<tf.Tensor>): Promise<NamedArrays> =>
        new Map(await toHost(tree))
      const stateTrees = Object.entries(state).map(
        async ([name, tree]) => [name, await read(tree)] as const
      )
      return {
        weights: await read(weights),
        state: Object.fromEntries(await Promise.all(stateTrees))
      }
    },
    dispose() {
      session.dispose()
      trees.forEach(disposeTree)
      tf.dispose([train, probes, ...(inputs ? [inputs] : []), ...(groups ? [groups] : [])])
    }
  }
}

/** The token embedding, [V, d]: the first of the embeddings in every family. */
function tokenEmbedding(weights: Tree<tf.Tensor>): tf.Tensor {
  const found = flatten(weights).find(([name]) => parameterGroup(name) === 'embedding')
  if (!found) throw new Error('This model has no embedding by any known name.')
  return found[1]
}

/** Tokens of each label's class, [B, V] bool; the label itself is one of them. */
function alternativesOf(groups: tf.Tensor1D, labels: tf.Tensor1D): tf.Tensor2D {
  const own = tf.gather(groups, labels).expandDims(1) // [B, 1]
  return tf.equal(own, groups.expandDims(0)) // [B, V]
}

/** The results of the measures that apply. */
function present<Given, Result extends tf.Tensor>(
  measures: Record<string, (given: Given) => Result | null>,
  given: Given
): Record<string, Result> {
  const results: Record<string, Result> = {}
  for (const [name, measure] of Object.entries(measures)) {
    const result = measure(given)
    if (result) results[name] = result
  }
  return results
}

type StepFeeds = { rows: tf.Tensor1D; scalars: tf.Tensor1D; noise?: Noise }

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
