/** A tiny run of every model family, and of every optimizer setting that keeps a state or changes a step. */
import type { RunConfig, RunConfigInput } from '@shared/config'
import { parseRunConfig } from '@shared/config-input'

type Changes = Pick<RunConfigInput, 'model' | 'optimizer' | 'batchSize'>

/** Seconds on any engine, and still everything a run has: data, model, optimizer, evaluations, checkpoints. */
export function tinyRun(steps: number, seed: number): RunConfigInput {
  return {
    dataset: {
      ...{ kind: 'comparison', entities: 12, attributes: 2, values: 4 },
      ...{ phi: 2, idShare: 0.7, probes: 10 }
    },
    model: { family: 'gpt2', nLayer: 1, dModel: 8, nHead: 2 },
    ...{ batchSize: 16, seed, budget: { steps } },
    evaluation: { every: 25, lossEvery: 1 },
    checkpoints: { every: 10 }
  }
}

const shape = { nLayer: 1, dModel: 16 } as const

const variants: Record<string, Changes> = {
  'gpt2 with dropout': { model: { family: 'gpt2', ...shape, nHead: 2, dropout: 0.2 } },
  llama: { model: { family: 'llama', ...shape, nHead: 2 } },
  rwkv: { model: { family: 'rwkv', ...shape } },
  mamba: { model: { family: 'mamba', ...shape } },
  'transformer1 on full batches': {
    model: { family: 'transformer1', dModel: 16, nHead: 2 },
    batchSize: 100_000
  },
  'adam, falling as a cosine': {
    optimizer: { kind: 'adam', lr: 1e-3, schedule: 'cosine', warmup: 5 }
  },
  'adamw, falling linearly, unclipped': {
    optimizer: { lr: 1e-3, schedule: 'linear', warmup: 5, clipNorm: null, decay: 'all' }
  },
  'grokfast ema': { optimizer: { lr: 1e-3, warmup: 5, grokfast: { filter: 'ema' } } },
  'grokfast ma': { optimizer: { lr: 1e-3, warmup: 5, grokfast: { filter: 'ma', window: 4 } } },
  'the norm kept': { optimizer: { lr: 1e-3, warmup: 5, keepNorm: true, initScale: 2 } }
}

/** @param steps the budget of each */
export function tinyRuns(steps: number): [title: string, config: RunConfig][] {
  return Object.entries(variants).map(([title, changes]) => [
    title,
    parseRunConfig({ ...tinyRun(steps, 1), ...changes })
  ])
}
