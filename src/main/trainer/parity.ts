/**
 * Compares a model family with reference values computed by other software: a folder holds weights, one batch,
 * logits, loss, gradients, activations and an AdamW run (format and tolerances: test/fixtures/parity/README.md).
 * The loss, its gradients and the AdamW run go through the very functions that train, at answer positions only;
 * logits and activations through the full forward pass.
 */
import * as tf from '@tensorflow/tfjs'
import { models } from '../models/index'
import type { Family, Tap } from '../models/index'
import { disposeTree, flatten, toVariables } from '../models/params'
import type { HostArray, Tree } from '../models/params'
import { l2Deviation, maxDeviation } from './deviation'
import type { Numbers } from './deviation'
import { scalarsAt } from './optimizer'
import type { AdamW, Schedule } from './optimizer'
import { initAdam } from './optimizer-state'
import { readCase, valuesOf } from './parity-case'
import type { Case } from './parity-case'
import { familyDeviations } from './parity-states'
import { batchLoss, lossAndGradients, trainStep } from './step'
import type { Batch, Recipe } from './step'

/**
 * What is allowed, in the measure of each deviation:
 * logits, hidden, attention, activations: largest difference / largest absolute reference value, per tensor;
 * loss: relative difference; gradients: L2 error / L2 norm, per tensor;
 * adamw.losses: difference / (loss + 0.01); adamw.gradNorms: difference / (norm + 0.1), largest over the steps;
 * adamw.parameters: L2 error of (final - initial) / its L2 norm, per tensor.
 */
export const tolerances = {
  logits: 2e-5,
  loss: 1e-5,
  gradients: 1e-4,
  hidden: 2e-5,
  attention: 2e-5,
  activations: 2e-5,
  adamw: { losses: 1e-4, gradNorms: 2e-3, parameters: 5e-4 }
} as const

export interface Deviations {
  logits: number
  loss: number
  gradients: Record<string, number>
  /** Residual stream after the embedding and after each block. */
  hidden: number[]
  /** Attention pattern of each block; empty for families without attention. */
  attention: number[]
  /** What only some families have, under the reference's names: `pre_ln`, `state.0.ssm`. */
  activations: Record<string, number>
  adamw: { losses: number; gradNorms: number; parameters: Record<string, number> }
}

/** One deviation beside what it may be. */
export interface Finding {
  /** Path within Deviations, e.g. `gradients.transformer.wte.weight`. */
  readonly quantity: string
  readonly deviation: number
  readonly tolerance: number
}

export interface ParityReport {
  readonly folder: string
  readonly family: Family
  /** No deviation exceeds its tolerance or is not a number. */
  readonly passed: boolean
  readonly deviations: Deviations
  /** The finding nearest to, or furthest beyond, its tolerance. */
  readonly worst: Finding
  readonly tolerances: typeof tolerances
}

/**
 * Entries of a parameter that its gradient does not determine, left out of the comparison after training: adding
 * a constant to all keys of a head moves every score of a query alike, so the true gradient of the key third of
 * c_attn.bias is zero, and Adam divides rounding by rounding.
 */
const undetermined: {
  readonly [F in Family]?: (name: string, index: number, size: number) => boolean
} = {
  gpt2: (name, index, size) =>
    name.endsWith('attn.c_attn.bias') && index >= size / 3 && index < (2 * size) / 3
}

/**
 * Runs one case on the current engine.
 * @throws {UserError} `parity.family`, `parity.case` or a reader's, where the folder is not one this can check.
 */
export async function checkCase(folder: string): Promise<ParityReport> {
  const reference = readCase(folder)
  const batch = toBatch(reference.ids, reference.targets)
  const weights = toVariables(reference.initial)
  try {
    const deviations: Deviations = {
      ...(await checkForward(reference, weights, batch)),
      ...(await checkLoss(reference, weights, batch)),
      adamw: await checkAdamW(reference, weights, batch) // last: it changes the weights
    }
    const findings = listFindings(deviations)
    const share = ({ deviation, tolerance }: Finding): number =>
      Number.isNaN(deviation) ? Infinity : deviation / tolerance
    const worst = findings.reduce((a, b) => (share(b) > share(a) ? b : a))
    const passed = findings.every(({ deviation, tolerance }) => deviation <= tolerance)
    return { folder, family: reference.family, passed, deviations, worst, tolerances }
  } finally {
    disposeTree(weights)
    tf.dispose(Object.values(batch))
  }
}

/** Every deviation with its tolerance, in the order of Deviations. */
export function listFindings(deviations: Deviations): Finding[] {
  const { logits, loss, gradients, hidden, attention, activations, adamw } = deviations
  const each = (
    path: string,
    values: Record<string, number> | number[],
    tolerance: number
  ): Finding[] =>
    Object.entries(values).map(([key, deviation]) => ({
      quantity: `${path}.${key}`,
      deviation,
      tolerance
    }))
  return [
    { quantity: 'logits', deviation: logits, tolerance: tolerances.logits },
    { quantity: 'loss', deviation: loss, tolerance: tolerances.loss },
    ...each('gradients', gradients, tolerances.gradients),
    ...each('hidden', hidden, tolerances.hidden),
    ...each('attention', attention, tolerances.attention),
    ...each('activations', activations, tolerances.activations),
    ...each('adamw', { losses: adamw.losses }, tolerances.adamw.losses),
    ...each('adamw', { gradNorms: adamw.gradNorms }, tolerances.adamw.gradNorms),
    ...each('adamw.parameters', adamw.parameters, tolerances.adamw.parameters)
  ]
}

/** Logits at all positions and at the answers alone, and what a tap sees on the way to the former. */
async function checkForward(
  reference: Case,
  weights: Tree<tf.Variable>,
  batch: Batch
): Promise<Pick<Deviations, 'logits' | 'hidden' | 'attention' | 'activations'>> {
  const { family, config, expected } = reference
  const model = models[family]
  const kept = tf.tidy(() => {
    const seen: Record<string, tf.Tensor> = {}
    const tap: Tap = (name, value) => (seen[name] = value)
    const logits = model.forward(config, weights, batch.tokens, undefined, tap) // [B, T, V]
    const answers = model.forward(config, weights, batch.tokens, { positions: batch.positions }) // [B, K, V]
    return { logits, answers, seen }
  })
  const seen: Record<string, HostArray> = {}
  for (const [name, tensor] of Object.entries(kept.seen)) {
    seen[name] = { shape: tensor.shape, values: (await tensor.data()) as Float32Array }
  }
  const logits = await kept.logits.data()
  const answers = await kept.answers.data()
  const shape = kept.logits.shape
  tf.dispose([kept.logits, kept.answers, ...Object.values(kept.seen)])

  const wanted = valuesOf(expected, 'logits', shape, 'expected.safetensors')
  const compare = (name: string, { shape, values }: HostArray): number =>
    maxDeviation(values, valuesOf(expected, name, shape, 'expected.safetensors'))
  const inBlocks = (name: string): HostArray[] =>
    Array.from({ length: config.nLayer }, (_, i) => seen[`blocks.${i}.${name}`]).filter(
      (array) => array !== undefined
    )
  const start = seen['hook_embed'] ?? seen['blocks.0.hook_resid_pre']!
  return {
    logits: Math.max(
      maxDeviation(logits, wanted),
      maxDeviation(answers, rowsAt(wanted, shape, await batch.positions.array()))
    ),
    hidden: [start, ...inBlocks('hook_resid_post')].map((x, i) => compare(`hidden.${i}`, x)),
    attention: inBlocks('attn.hook_pattern').map((x, i) => compare(`attn.${i}`, x)),
    activations: familyDeviations(reference, seen)
  }
}

async function checkLoss(
  { family, config, loss: expectedLoss, expected }: Case,
  weights: Tree<tf.Variable>,
  batch: Batch
): Promise<Pick<Deviations, 'loss' | 'gradients'>> {
  const recipe = { model: models[family], config }
  const { loss, gradients } = tf.tidy(() => lossAndGradients(recipe, weights, batch))
  const deviations: Record<string, number> = {}
  for (const [i, [name]] of flatten(weights).entries()) {
    const gradient = gradients[i]!
    const wanted = valuesOf(expected, `grad.${name}`, gradient.shape, 'expected.safetensors')
    deviations[name] = l2Deviation(await gradient.data(), wanted)
  }
  const got = (await loss.data())[0]!
  tf.dispose([loss, ...gradients])
  return { loss: Math.abs(got - expectedLoss) / Math.abs(expectedLoss), gradients: deviations }
}

async function checkAdamW(
  { family, config, initial, adamw, trained }: Case,
  weights: Tree<tf.Variable>,
  batch: Batch
): Promise<Deviations['adamw']> {
  const optimizer: AdamW & Schedule = {
    lr: adamw.lr,
    warmup: adamw.warmup_steps,
    firstCount: 1,
    beta1: adamw.betas[0],
    beta2: adamw.betas[1],
    eps: adamw.eps,
    weightDecay: adamw.weight_decay,
    clipNorm: adamw.clip,
    decayed: new Set(adamw.decayed)
  }
  const recipe: Recipe = { model: models[family], config, optimizer }
  const moments = initAdam(initial)
  let losses = 0
  let gradNorms = 0
  for (let step = 0; step < adamw.steps; step++) {
    const scalars = tf.tensor1d(scalarsAt(optimizer, step))
    const { loss, gradNorm } = trainStep(recipe, weights, moments, batch, scalars)
    const [l, n] = [(await loss.data())[0]!, (await gradNorm.data())[0]!]
    tf.dispose([scalars, loss, gradNorm])
    losses = Math.max(losses, lossDeviation(l, adamw.loss[step]!))
    gradNorms = Math.max(
      gradNorms,
      Math.abs(n - adamw.grad_norm[step]!) / (adamw.grad_norm[step]! + 0.1)
    )
  }
  const last = tf.tidy(() => batchLoss(recipe, weights, batch))
  losses = Math.max(losses, lossDeviation((await last.data())[0]!, adamw.final_loss))
  tf.dispose([last])

  const parameters: Record<string, number> = {}
  const before = new Map(flatten(initial))
  for (const [name, variable] of flatten(weights)) {
    const start = before.get(name)!.values
    const wanted = valuesOf(trained, name, variable.shape, 'adamw_params.safetensors')
    const got = await variable.data()
    const counts = (i: number): boolean => !undetermined[family]?.(name, i, start.length)
    const change = (values: Numbers): Float64Array =>
      Float64Array.from(start, (s, i) => (counts(i) ? values[i]! - s : 0))
    parameters[name] = l2Deviation(change(got), change(wanted))
  }
  disposeTree(moments.first)
  disposeTree(moments.second)
  return { losses, gradNorms, parameters }
}

/** 1e-4 of this is the format's tolerance 1e-4 loss + 1e-6. */
function lossDeviation(got: number, wanted: number): number {
  return Math.abs(got - wanted) / (wanted + 0.01)
}

/** Rows with fewer targets than the longest repeat their last one, or position 0, with weight 0. */
function toBatch(ids: number[][], targets: [number, number, number][]): Batch {
  const perRow = ids.map((_, row) => targets.filter(([r]) => r === row))
  const K = Math.max(...perRow.map((row) => row.length))
  const filled = perRow.map((row) => {
    const repeat = row.at(-1) ?? [0, 0, 0]
    return Array.from({ length: K }, (_, k) => row[k] ?? repeat)
  })
  const shape: [number, number] = [ids.length, K]
  return {
    tokens: tf.tensor2d(ids, [ids.length, ids[0]!.length], 'int32'),
    positions: tf.tensor2d(
      filled.flat().map(([, position]) => position),
      shape,
      'int32'
    ),
    labels: tf.tensor2d(
      filled.flat().map(([, , token]) => token),
      shape,
      'int32'
    ),
    weights: tf.tensor2d(
      perRow.flatMap((row) => Array.from({ length: K }, (_, k) => (k < row.length ? 1 : 0))),
      shape
    )
  }
}

/** Rows of [B, T, V] at positions [B][K], flat. */
function rowsAt(values: Numbers, shape: readonly number[], positions: number[][]): Float64Array {
  const [, T, V] = shape as [number, number, number]
  return Float64Array.from(
    positions.flatMap((row, b) =>
      row.flatMap((t) => Array.from({ length: V }, (_, v) => values[(b * T + t) * V + v]!))
    )
  )
}
