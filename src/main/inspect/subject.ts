/** What is inspected: the weights of one checkpoint on the current engine, and the data set of its run. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import type { ModelConfig, RunConfig } from '@shared/config'
import { parseRunConfig } from '@shared/config-input'
import { UserError } from '@shared/errors'
import type { Dataset } from '../datasets/dataset'
import { buildDataset } from '../datasets/index'
import { modelOf, type Model, type Tap } from '../models/index'
import { disposeTree, flatten, toVariables, type HostArray, type Tree } from '../models/params'
import { readWeights, treeOf, type NamedArrays } from '../trainer/checkpoint'

/** A model with its weights on the engine. The caller disposes it. */
export interface Subject {
  readonly model: Model<ModelConfig>
  readonly config: ModelConfig
  readonly weights: Tree<tf.Variable>
  dispose(): void
}

export function createSubject(config: ModelConfig, arrays: Tree<HostArray>): Subject {
  const weights = toVariables(arrays)
  return { model: modelOf(config), config, weights, dispose: () => disposeTree(weights) }
}

/** Blocks that a token passes: those of a recurrent GPT-2 count once per pass. */
export const layerCount = (config: ModelConfig): number =>
  config.nLayer * ('passes' in config ? config.passes : 1)

/** A weight by the full name that transformers gives it. */
export function weightNamed({ weights }: Subject, name: string): tf.Variable {
  const found = flatten(weights).find(([known]) => known === name)
  if (!found) throw new Error(`this model has no weight ${name}`)
  return found[1]
}

/** What was ordered, as far as inspection needs it. */
const RunFile = z.object({ config: z.record(z.string(), z.unknown()) })

/**
 * The configuration of a run folder.
 * @throws {UserError} `inspect.run` where there is no readable config.json
 */
export function readRunConfig(folder: string): RunConfig {
  try {
    const file = RunFile.parse(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')))
    return parseRunConfig(file.config)
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(
      'inspect.run',
      `${join(folder, 'config.json')} cannot be read: ${(error as Error).message}.`,
      'Inspect a run that has its folder.'
    )
  }
}

export interface Checkpoint {
  readonly sha256: string
  readonly arrays: NamedArrays
  /** Puts the weights on the engine. */
  subject(): Subject
}

/** @throws {UserError} as `readWeights` does, or `checkpoint.mismatch` */
export function openCheckpoint(
  folder: string,
  config: RunConfig,
  dataset: Dataset,
  step: number
): Checkpoint {
  const { weights: arrays, sha256 } = readWeights(folder, step)
  return { sha256, arrays, subject: () => subjectOf(arrays, config, dataset) }
}

/**
 * Puts the weights of a run's model on the engine.
 * @throws {UserError} `checkpoint.mismatch` where they are not of that model
 */
export function subjectOf(
  arrays: NamedArrays,
  { model }: RunConfig,
  { vocabulary, contextLength }: Dataset
): Subject {
  const sizes = { vocabSize: vocabulary.size, contextLength }
  return createSubject(model, treeOf(modelOf(model).parameters(model, sizes), arrays))
}

export const datasetOf = ({ dataset, seed }: RunConfig): Dataset => buildDataset(dataset, seed)

/** Prompts of equal length as a tensor, [B, T] int32. */
export function toTokens(prompts: readonly (readonly number[])[]): tf.Tensor2D {
  const T = prompts[0]!.length
  return tf.tensor2d(prompts.flat() as number[], [prompts.length, T], 'int32')
}

/**
 * Runs the model over all positions and gives back what the tap kept. Tensors live as long as the tidy around it.
 * @param keep names of activations, or a function that says which
 */
export function runTapped(
  { model, config, weights }: Subject,
  tokens: tf.Tensor2D,
  keep: (name: string) => boolean
): { logits: tf.Tensor3D; seen: Record<string, tf.Tensor> } {
  const seen: Record<string, tf.Tensor> = {}
  const tap: Tap = (name, value) => {
    if (keep(name)) seen[name] = value
    return value
  }
  const logits = model.forward(config, weights, tokens, undefined, tap) // [B, T, V]
  return { logits, seen }
}

/**
 * Residual streams after the embedding and after each block, L + 1 of [B, T, C], before the final norm. RWKV's
 * stream begins after its first LayerNorm, as the recurrence of blocks does.
 */
export function streamsOf(subject: Subject, seen: Record<string, tf.Tensor>): tf.Tensor3D[] {
  const L = layerCount(subject.config)
  const after = Array.from({ length: L }, (_, i) => seen[`blocks.${i}.hook_resid_post`]!)
  return [seen['blocks.0.hook_resid_pre']!, ...after] as tf.Tensor3D[]
}

export const isStream = (name: string): boolean =>
  name === 'blocks.0.hook_resid_pre' || name.endsWith('.hook_resid_post')
