/** What is timed: a model, a data set of the right shapes, a batch size. Ids are drawn from named streams. */
import { Gpt2Config, OptimizerConfig, Transformer1Config } from '@shared/config'
import { trainFlops } from '@shared/model-cost'
import { createRng } from '@shared/rng'
import { emptyExamples } from '../datasets/dataset'
import type { Dataset, Examples } from '../datasets/dataset'

export interface Workload {
  name: string
  title: string
  model: Gpt2Config | Transformer1Config
  /** B */
  batchSize: number
  /** T: tokens per row. */
  contextLength: number
  /** K: targets per row. */
  answers: number
  /** V */
  vocabSize: number
  /** Training rows. */
  rows: number
  /** What the rows are: see `benchDataset`. */
  task: 'comparison' | 'modular'
}

/** The seed of weights, data and order of examples. */
export const benchSeed = 42

/** AdamW as every contender runs it: the reference's decay rule, clipping, no warm-up. */
export const benchOptimizer: OptimizerConfig = OptimizerConfig.parse({
  lr: 1e-3,
  warmup: 0,
  weightDecay: 0.1,
  clipNorm: 1
})

function comparison(nLayer: number, dModel: number, batchSize: number): Workload {
  const size = `${nLayer} layer${nLayer === 1 ? '' : 's'}, width ${dModel}`
  return {
    name: `gpt2-${nLayer}x${dModel}-b${batchSize}`,
    title: `GPT-2, ${size}, batch ${batchSize}`,
    model: Gpt2Config.parse({ nLayer, dModel, nHead: 4 }),
    batchSize,
    contextLength: 6,
    answers: 2,
    vocabSize: 1107,
    rows: 16 * batchSize,
    task: 'comparison'
  }
}

/** Base of the cost table, and the workload that `--quick` times. */
const base = comparison(2, 128, 512)

const modular: Workload = {
  name: 'modular-1x128',
  title: '1-layer transformer, width 128, modular addition, full batch 3830',
  model: Transformer1Config.parse({ family: 'transformer1', nLayer: 1, dModel: 128, nHead: 4 }),
  batchSize: 3830,
  contextLength: 3,
  answers: 1,
  vocabSize: 114,
  rows: 3830,
  task: 'modular'
}

/** Timed by every contender, in this order. */
export const workloads: readonly Workload[] = [base, modular, comparison(4, 256, 512)]

/** What each axis of the cost table varies, the rest staying at 2 layers, width 128, batch 512. */
export const costTable: readonly { axis: string; workloads: readonly Workload[] }[] = [
  { axis: 'width', workloads: [64, 128, 256, 512].map((dModel) => comparison(2, dModel, 512)) },
  { axis: 'depth', workloads: [1, 2, 4, 8].map((nLayer) => comparison(nLayer, 128, 512)) },
  { axis: 'batch', workloads: [128, 512, 2048].map((batch) => comparison(2, 128, batch)) }
]

/**
 * Rows with the shapes of the real tasks. `comparison`: random ids, targets at positions 4 and 5, and in one row of
 * 14 (the share of atomic facts at φ 12.6) at 1 and 2. `modular`: a random 30 % of all (a, b, =) modulo 113.
 */
export function benchDataset(workload: Workload): Dataset {
  const { rows, contextLength: T, answers: K, vocabSize: V, task, name } = workload
  const train = emptyExamples(rows, T, K)
  if (task === 'modular') fillModular(train)
  else fillComparison(train, V)
  return {
    kind: task,
    hash: name,
    vocabulary: { tokens: Array.from({ length: V }, (_, id) => String(id)), size: V },
    contextLength: T,
    answers: K,
    train,
    trainParts: [{ name: 'train', count: rows }],
    // Nothing is evaluated here; a learner wants a split all the same.
    splits: { probe: firstRow(train, T, K) },
    pools: {},
    seed: benchSeed
  }
}

function fillComparison(train: Examples, vocabSize: number): void {
  const rng = createRng(benchSeed, 'train')
  train.tokens.forEach((_, i) => (train.tokens[i] = rng.int(vocabSize)))
  train.labels.forEach((_, i) => (train.labels[i] = rng.int(vocabSize)))
  for (let row = 0; row < train.count; row++) {
    train.positions.set(rng.int(14) === 0 ? [1, 2] : [4, 5], 2 * row)
  }
}

function fillModular(train: Examples): void {
  const p = 113
  const pairs = createRng(benchSeed, 'split').permutation(p * p)
  for (let row = 0; row < train.count; row++) {
    const [a, b] = [Math.floor(pairs[row]! / p), pairs[row]! % p]
    train.tokens.set([a, b, p], 3 * row)
    train.positions[row] = 2
    train.labels[row] = (a + b) % p
  }
}

/** Floating point operations of one training step: what the loss needs and no more (model-cost.ts). */
export function stepFlops({
  model,
  batchSize,
  contextLength,
  answers,
  vocabSize
}: Workload): number {
  return batchSize * trainFlops(model, { vocabularySize: vocabSize, contextLength, answers })
}

function firstRow({ tokens, positions, labels }: Examples, T: number, K: number): Examples {
  return {
    count: 1,
    tokens: tokens.slice(0, T),
    positions: positions.slice(0, K),
    labels: labels.slice(0, K)
  }
}
