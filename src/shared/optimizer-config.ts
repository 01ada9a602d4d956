/** The settings of the optimizer. Defaults are the study's (reference: GrokkedTransformer, main.py). */
import { z } from 'zod'
import { field } from './field'
import type { Refuse } from './model-config'

export const OptimizerConfig = z.strictObject({
  kind: field(z.enum(['adamw', 'adam']).default('adamw'), {
    label: 'Optimizer',
    help: 'adamw: decoupled weight decay. adam: the decay is added to the gradient as L2, for comparison.',
    group: 'optimizer',
    advanced: true,
    source: 'Loshchilov and Hutter 2019, arXiv 1711.05101'
  }),
  lr: field(z.number().positive().max(1).default(1e-4), {
    label: 'Learning rate',
    log: true,
    help: 'Reached at the end of the warm-up.',
    group: 'optimizer'
  }),
  schedule: field(z.enum(['constant', 'cosine', 'linear']).default('constant'), {
    label: 'After the warm-up',
    help: 'The learning rate stays, or falls to its floor at the end of the budget, as a cosine or a straight line.',
    group: 'optimizer',
    advanced: true
  }),
  lrFloor: field(z.number().min(0).max(1).default(0), {
    label: 'Learning rate floor',
    help: 'Where a falling schedule ends, as a share of the learning rate.',
    group: 'optimizer',
    advanced: true
  }),
  weightDecay: field(z.number().min(0).max(10).default(0.1), {
    label: 'Weight decay',
    log: true,
    help: 'Each step multiplies decayed weights by 1 − lr × this (adamw), or adds this times the weight to its gradient (adam).',
    group: 'optimizer'
  }),
  warmup: field(z.int().min(0).max(1000000).default(2000), {
    label: 'Warm-up',
    log: true,
    help: 'Linear from 0; the first update has learning rate 0.',
    unit: 'steps',
    group: 'optimizer'
  }),
  clipNorm: field(z.number().positive().max(1e6).nullable().default(1), {
    label: 'Clip norm',
    log: true,
    help: 'Upper bound of the global gradient norm, before Grokfast; empty means no clipping.',
    group: 'optimizer'
  }),
  beta1: field(z.number().min(0).lt(1).default(0.9), {
    label: 'β₁',
    help: 'Decay of the first moment.',
    group: 'optimizer',
    advanced: true
  }),
  beta2: field(z.number().min(0).lt(1).default(0.999), {
    label: 'β₂',
    help: 'Decay of the second moment.',
    group: 'optimizer',
    advanced: true
  }),
  eps: field(z.number().positive().max(0.1).default(1e-8), {
    label: 'ε',
    log: true,
    help: 'Added to the root of the second moment.',
    group: 'optimizer',
    advanced: true
  }),
  decay: field(z.enum(['reference', 'matrices', 'all', 'list']).default('reference'), {
    label: 'Decayed weights',
    help: 'reference: all but names holding "bias", "LayerNorm.weight" or "ln". matrices: all of two or more dimensions. all: every one. list: those of the next setting.',
    group: 'optimizer',
    advanced: true,
    source: 'GrokkedTransformer, main.py'
  }),
  decayList: field(z.string().max(2000).default(''), {
    label: 'Decay list',
    help: 'For "list": parts of parameter names, separated by commas; a parameter whose name holds one decays.',
    group: 'optimizer',
    advanced: true
  }),
  grokfast: z
    .strictObject({
      filter: field(z.enum(['off', 'ema', 'ma']).default('off'), {
        label: 'Grokfast',
        help: 'Amplifies the slow part of each gradient, after clipping: ema keeps a moving average, ma the mean of the last gradients (window times the memory of the model).',
        group: 'optimizer',
        advanced: true,
        source: 'Lee et al. 2024, arXiv 2405.20233'
      }),
      lambda: field(z.number().positive().max(1000).nullable().default(null), {
        label: 'Grokfast λ',
        log: true,
        help: 'How much of the slow part is added; empty means 2 for ema, 5 for ma.',
        group: 'optimizer',
        advanced: true
      }),
      alpha: field(z.number().min(0).lt(1).default(0.98), {
        label: 'Grokfast α',
        help: 'For ema: share of the average that is kept in a step.',
        group: 'optimizer',
        advanced: true
      }),
      window: field(z.int().min(1).max(1000).default(100), {
        label: 'Grokfast window',
        log: true,
        help: 'For ma: how many gradients are averaged; before there are that many, nothing is added.',
        unit: 'steps',
        group: 'optimizer',
        advanced: true
      })
    })
    .prefault({}),
  initScale: field(z.number().positive().max(100).default(1), {
    label: 'Initial scale',
    log: true,
    help: 'Every initial weight is multiplied by this, gains and embeddings too. Large values delay generalisation.',
    group: 'optimizer',
    advanced: true,
    source: 'Liu et al. 2023 (Omnigrok), arXiv 2210.01117'
  }),
  keepNorm: field(z.boolean().default(false), {
    label: 'Keep the weight norm',
    help: 'After each step all weights are scaled so that their global norm is the initial one (scaled as above).',
    group: 'optimizer',
    advanced: true,
    source: 'Liu et al. 2023 (Omnigrok), arXiv 2210.01117'
  })
})
export type OptimizerConfig = z.infer<typeof OptimizerConfig>

/** Rules that span settings. */
export function checkOptimizer(
  { optimizer, budget }: { optimizer: OptimizerConfig; budget: { steps: number } },
  refuse: Refuse
): void {
  const { decay, decayList, schedule, warmup } = optimizer
  if (decay === 'list' && decayList.trim() === '') {
    refuse(['optimizer', 'decayList'], 'must name what decays where optimizer.decay is list')
  }
  if (schedule !== 'constant' && warmup >= budget.steps) {
    refuse(
      ['optimizer', 'warmup'],
      `must be shorter than the budget of ${budget.steps} steps for a falling schedule`,
      budget.steps - 1
    )
  }
}
