/**
 * RunConfig: one schema that describes a run completely. The wizard's fields, the CLI's `--set path=value`,
 * what is stored and hashed, limits, help and error messages all derive from it. Sizes that follow from the
 * data (vocabulary, context length) are derived, not fields. Defaults are the study's full setting
 * (Wang et al. 2024, arXiv 2405.15071, and the reference code's command line).
 */
import { z } from 'zod'
import {
  comparisonCounts,
  maxEntities,
  maxPairs,
  maxPhi,
  maxTrainInferred
} from './comparison-counts'

/** Form groups, in order. */
export const groups = ['data', 'model', 'optimizer', 'budget'] as const
export type Group = (typeof groups)[number]

export interface FieldMeta {
  label: string
  help: string
  unit?: string
  group: Group
  /** Rarely touched: the form shows it behind "more". */
  advanced?: boolean
  /** Where the default and the meaning come from. */
  source?: string
}

const field = <T extends z.ZodType>(schema: T, meta: FieldMeta): T => schema.meta({ ...meta })

export const ComparisonConfig = z.strictObject({
  kind: z.literal('comparison').default('comparison'),
  entities: field(z.int().min(4).max(20000).default(1000), {
    label: 'Entities',
    help: 'How many entities the knowledge base holds. Each has one value for every attribute.',
    group: 'data',
    source: 'Wang et al. 2024, section 4'
  }),
  attributes: field(z.int().min(1).max(2000).default(20), {
    label: 'Attributes',
    help: 'How many attributes each entity has.',
    group: 'data'
  }),
  values: field(z.int().min(2).max(1000).default(20), {
    label: 'Values per attribute',
    help: 'Values are drawn uniformly from 0 to this number minus one.',
    group: 'data'
  }),
  phi: field(z.number().positive().max(1000).default(12.6), {
    label: 'Inferred : atomic ratio φ',
    help: 'Training comparisons per in-distribution atomic fact.',
    group: 'data',
    source: 'Wang et al. 2024, section 3.2'
  }),
  idShare: field(z.number().gt(0).lt(1).default(0.9), {
    label: 'ID share',
    help: 'Share of the entities that are in-distribution, drawn anew for each attribute. The others are seen in training as atomic facts only.',
    group: 'data'
  }),
  testShare: field(z.number().gt(0).lt(1).default(0.1), {
    label: 'IID test share',
    help: 'Probability that an unordered ID pair is held out for the IID test. Both orders share the coin.',
    group: 'data',
    advanced: true
  }),
  probes: field(z.int().min(1).max(100000).default(3000), {
    label: 'Probes per split',
    help: 'Examples evaluated per split. All OOD atomic facts are used if there are fewer.',
    group: 'data',
    advanced: true
  }),
  endTarget: field(z.boolean().default(true), {
    label: 'Predict the end token',
    help: 'Train on </a> after the answer too, as the reference does; it carries half of the loss.',
    group: 'data',
    advanced: true,
    source: 'GrokkedTransformer, main.py'
  })
})
export type ComparisonConfig = z.infer<typeof ComparisonConfig>

export const Gpt2Config = z.strictObject({
  family: z.literal('gpt2').default('gpt2'),
  nLayer: field(z.int().min(1).max(48).default(8), {
    label: 'Layers',
    help: 'Number of transformer blocks.',
    group: 'model'
  }),
  dModel: field(z.int().min(4).max(4096).default(768), {
    label: 'Width d',
    help: 'Width of the residual stream. A multiple of the number of heads.',
    group: 'model'
  }),
  nHead: field(z.int().min(1).max(64).default(12), {
    label: 'Heads',
    help: 'Attention heads per block.',
    group: 'model'
  }),
  dMlp: field(z.int().min(1).max(16384).nullable().default(null), {
    label: 'MLP width',
    help: 'Hidden width of the MLP; empty means 4 × d.',
    group: 'model',
    advanced: true
  }),
  initStd: field(z.number().positive().max(1).default(0.02), {
    label: 'Initial std',
    help: 'Standard deviation of the initial weights; residual projections are divided by √(2 × layers).',
    group: 'model',
    advanced: true
  }),
  tieHead: field(z.boolean().default(true), {
    label: 'Tied head',
    help: 'The output head shares the token embedding.',
    group: 'model',
    advanced: true
  }),
  layerNormEps: field(z.number().positive().max(0.1).default(1e-5), {
    label: 'LayerNorm ε',
    help: 'Added to the variance inside LayerNorm.',
    group: 'model',
    advanced: true
  })
})
export type Gpt2Config = z.infer<typeof Gpt2Config>

export const OptimizerConfig = z.strictObject({
  kind: z.literal('adamw').default('adamw'),
  lr: field(z.number().positive().max(1).default(1e-4), {
    label: 'Learning rate',
    help: 'Constant after the warm-up.',
    group: 'optimizer'
  }),
  weightDecay: field(z.number().min(0).max(10).default(0.1), {
    label: 'Weight decay',
    help: 'Decoupled (AdamW): each step multiplies decayed weights by 1 − lr × this.',
    group: 'optimizer'
  }),
  warmup: field(z.int().min(0).max(1000000).default(2000), {
    label: 'Warm-up',
    help: 'Linear from 0; the first update has learning rate 0.',
    unit: 'steps',
    group: 'optimizer'
  }),
  clipNorm: field(z.number().positive().max(1e6).nullable().default(1), {
    label: 'Clip norm',
    help: 'Upper bound of the global gradient norm; empty means no clipping.',
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
    help: 'Added to the root of the second moment.',
    group: 'optimizer',
    advanced: true
  }),
  decay: field(z.enum(['reference', 'matrices']).default('reference'), {
    label: 'Decayed weights',
    help: 'reference: all but names holding "bias", "LayerNorm.weight" or "ln". matrices: all of two or more dimensions.',
    group: 'optimizer',
    advanced: true,
    source: 'GrokkedTransformer, main.py'
  })
})
export type OptimizerConfig = z.infer<typeof OptimizerConfig>

const BudgetConfig = z.strictObject({
  steps: field(z.int().min(1).max(100000000).default(300000), {
    label: 'Steps',
    help: 'The run ends after this many optimizer steps.',
    unit: 'steps',
    group: 'budget'
  })
})

const EvaluationConfig = z.strictObject({
  every: field(z.int().min(1).max(10000000).default(1000), {
    label: 'Evaluate every',
    help: 'All splits are evaluated at multiples of this, besides the log-spaced steps.',
    unit: 'steps',
    group: 'budget'
  }),
  perDecade: field(z.int().min(0).max(100).default(10), {
    label: 'Log-spaced evaluations',
    help: 'Evaluations per factor of ten in steps, from step 1 on.',
    unit: 'per decade',
    group: 'budget',
    advanced: true
  }),
  lossEvery: field(z.int().min(1).max(100000).default(10), {
    label: 'Record batch loss every',
    help: 'The loss and gradient norm of a training batch are recorded at multiples of this, and at each of the first 100 steps.',
    unit: 'steps',
    group: 'budget',
    advanced: true
  })
})

const CheckpointConfig = z.strictObject({
  every: field(z.int().min(1).max(10000000).default(5000), {
    label: 'Checkpoint every',
    help: 'A checkpoint holds weights, optimizer state and the position in the data: a run resumes exactly from it.',
    unit: 'steps',
    group: 'budget'
  }),
  keep: field(z.int().min(1).max(100000).nullable().default(null), {
    label: 'Keep newest',
    help: 'How many checkpoints stay on disk; empty keeps all.',
    group: 'budget',
    advanced: true
  })
})

/** Dataset kinds by `kind`; a further kind is one more member. */
export const DatasetConfig = z.discriminatedUnion('kind', [ComparisonConfig])
export type DatasetConfig = z.infer<typeof DatasetConfig>

/** Model families by `family`; a further family is one more member. */
export const ModelConfig = z.discriminatedUnion('family', [Gpt2Config])
export type ModelConfig = z.infer<typeof ModelConfig>

export const RunConfigShape = z.strictObject({
  version: z.literal(1).default(1),
  dataset: DatasetConfig.prefault({ kind: 'comparison' }),
  model: ModelConfig.prefault({ family: 'gpt2' }),
  optimizer: OptimizerConfig.prefault({}),
  batchSize: field(z.int().min(1).max(1000000).default(512), {
    label: 'Batch size',
    help: 'Examples per step. The last batch of an epoch may be smaller.',
    unit: 'examples',
    group: 'optimizer'
  }),
  budget: BudgetConfig.prefault({}),
  evaluation: EvaluationConfig.prefault({}),
  checkpoints: CheckpointConfig.prefault({}),
  seed: field(z.int().min(0).max(4294967295).default(42), {
    label: 'Seed',
    help: 'Decides the data set, the initial weights and the order of examples.',
    group: 'budget'
  })
})

/** Says what is refused, and the nearest possible setting where one can be computed. */
type Refuse = (path: string[], message: string, nearest?: unknown) => void

/** Rules that span fields; a further kind or family brings its own. */
export const RunConfig = RunConfigShape.superRefine((config, context) => {
  const refuse: Refuse = (path, message, nearest) => {
    const said = nearest === undefined ? '' : `; the nearest is ${String(nearest)}`
    context.addIssue({ code: 'custom', path, message: message + said, params: { nearest } })
  }
  checkGpt2(config.model, refuse)
  checkComparison(config.dataset, refuse)
})
export type RunConfig = z.infer<typeof RunConfig>
/** What a file or a form may hold: every field may be left out. */
export type RunConfigInput = z.input<typeof RunConfig>

function checkGpt2({ dModel, nHead }: Gpt2Config, refuse: Refuse): void {
  if (dModel % nHead === 0) return
  const multiples = Array.from({ length: Math.floor(4096 / nHead) }, (_, i) => (i + 1) * nHead)
  const nearest = multiples
    .filter((d) => d >= 4)
    .reduce((best, d) => (Math.abs(d - dModel) < Math.abs(best - dModel) ? d : best))
  refuse(['model', 'dModel'], `must be a multiple of model.nHead (${nHead})`, nearest)
}

function checkComparison(dataset: ComparisonConfig, refuse: Refuse): void {
  const { entities, attributes, phi } = dataset
  const counts = comparisonCounts(dataset)
  const shown = (n: number): string => n.toLocaleString('en')
  const pairs = attributes * entities * (entities - 1)
  if (pairs > maxPairs) {
    refuse(
      ['dataset', 'entities'],
      `makes ${shown(pairs)} ordered pairs over ${attributes} attributes; the limit is ${shown(maxPairs)}`,
      maxEntities(attributes)
    )
    return
  }
  if (counts.idEntities < 2 || counts.oodEntities < 2) {
    refuse(
      ['dataset', 'idShare'],
      `leaves ${counts.idEntities} ID and ${counts.oodEntities} OOD entities of ${entities}; comparisons need 2 of each`,
      counts.idEntities < 2 ? 2 / entities : 1 - 2 / entities
    )
    return
  }
  const needs = `needs ${shown(counts.trainInferred)} training comparisons`
  const limit = maxPhi(dataset)
  if (counts.trainInferred < 1) {
    refuse(['dataset', 'phi'], 'leaves no training comparison', 1 / counts.idAtomic)
  } else if (counts.trainInferred > counts.trainPool && (limit === undefined || phi > limit)) {
    refuse(
      ['dataset', 'phi'],
      `${needs}, but ${entities} entities supply about ${shown(counts.trainPool)}`,
      limit
    )
  } else if (counts.trainInferred > maxTrainInferred) {
    refuse(
      ['dataset', 'phi'],
      `${needs}; the limit is ${shown(maxTrainInferred)}`,
      Math.floor((10 * maxTrainInferred) / counts.idAtomic) / 10
    )
  }
}

/** A named starting point in resources/presets. */
export const Preset = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]+$/),
  title: z.string(),
  summary: z.string(),
  /** Measured on a named machine, never guessed; left out where nothing was measured. */
  measured: z.string().optional(),
  config: z.record(z.string(), z.unknown())
})
export type Preset = z.infer<typeof Preset>
