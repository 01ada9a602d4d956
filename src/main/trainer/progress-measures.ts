/**
 * Progress measures of modular addition (fourier.ts) during a run: all p² inputs go through the model at every
 * evaluation. Key frequencies are those that hold nine tenths of the logits' power at that moment; Nanda et al.
 * take those of the trained network for all of its past.
 */
import type { DatasetConfig } from '@shared/config'
import type { MetricValues } from '@shared/events'
import { emptyExamples, type Dataset, type Examples } from '../datasets/dataset'
import { modularRows } from '../datasets/modular'
import { finite } from './evaluate'
import {
  embeddingSpectrum,
  gini,
  keyFrequencies,
  progressMeasures,
  sumByAnswer,
  sumPower
} from './fourier'
import type { Learner } from './learner'

/** Every input of x + y modulo p, in the order a p + b, and which of them are trained on. */
export interface AdditionProbe {
  p: number
  inputs: Examples
  trainRows: Int32Array
}

/** Null for data that is no addition modulo an odd number: there are no such frequencies. */
export function additionProbe(config: DatasetConfig, dataset: Dataset): AdditionProbe | null {
  if (config.kind !== 'modular' || config.operation !== 'x+y' || config.modulus % 2 === 0)
    return null
  const { modulus: p } = config
  const { contextLength: T, answers: K, train } = dataset
  const { x, y } = modularRows(config)
  const inputs = emptyExamples(p * p, T, K)
  for (let row = 0; row < p * p; row++) {
    // Any equation will do for the other tokens; what follows the answer's position is not seen from there.
    inputs.tokens.set(train.tokens.subarray(0, T), row * T)
    inputs.tokens[row * T + x] = Math.floor(row / p)
    inputs.tokens[row * T + y] = row % p
    inputs.positions.set(train.positions.subarray(0, K), row * K)
  }
  const trainRows = Int32Array.from(
    { length: train.count },
    (_, i) => train.tokens[i * T + x]! * p + train.tokens[i * T + y]!
  )
  return { p, inputs, trainRows }
}

/** Inputs in one call of the engine. */
const chunk = 1024

/** The measures of the weights as they are now; null where `breathe` says that the run is to end. */
export async function evaluateProgress(
  learner: Learner,
  { p, trainRows }: AdditionProbe,
  breathe: () => Promise<boolean>
): Promise<MetricValues | null> {
  const total = p * p
  const size = Math.min(chunk, total)
  let logits: Float32Array | undefined
  for (let start = 0; start < total; start += size) {
    if (!(await breathe())) return null
    // The last chunk repeats the last input, so that all chunks have one shape.
    const rows = Int32Array.from({ length: size }, (_, i) => Math.min(start + i, total - 1))
    const read = await learner.inputLogits(rows) // [size, V]
    const V = read.length / size
    logits ??= new Float32Array(total * V)
    logits.set(read.subarray(0, Math.min(size, total - start) * V), start * V)
  }
  const { values: embedding, width } = await learner.embeddingRows(p)
  return measureProgress(p, logits!, embedding, width, trainRows)
}

/** @param logits [p², V], residues first; @param embedding [p, d] */
export function measureProgress(
  p: number,
  logits: ArrayLike<number>,
  embedding: ArrayLike<number>,
  d: number,
  trainRows: Int32Array
): MetricValues {
  const given = { p, classes: logits.length / (p * p), logits }
  const power = sumPower(sumByAnswer(given), p)
  const key = keyFrequencies(power)
  const { restricted, excluded } = progressMeasures(given, key, trainRows)
  return {
    restrictedLoss: finite(restricted),
    excludedLoss: finite(excluded),
    keyFrequencies: key.length,
    giniLogits: finite(gini(power)),
    giniEmbedding: finite(gini(embeddingSpectrum(embedding, p, d).power))
  }
}
