/**
 * RunConfig: one schema that describes a run completely. The wizard's fields, the CLI's `--set path=value`,
 * what is stored and hashed, limits, help and error messages all derive from it. Sizes that follow from the
 * data (vocabulary, context length) are derived, not fields. Defaults are the study's full setting
 * (Wang et al. 2024, arXiv 2405.15071, and the reference code's command line).
 */
import { z } from 'zod'
import { checkMeasures } from './checkpoint-measures'
import { DatasetConfig } from './dataset-config'
import { checkDataset } from './dataset-rules'
import { checkEngine, EngineConfig } from './engine-config'
import { field } from './field'
import { checkModel, ModelConfig, type Refuse } from './model-config'
import { checkOptimizer, OptimizerConfig } from './optimizer-config'

export {
  ComparisonConfig,
  CompositionConfig,
  DatasetConfig,
  datasetNames,
  FactsConfig,
  InContextConfig,
  ModularConfig
} from './dataset-config'
export { groups } from './field'
export type { FieldMeta, Group } from './field'
export { OptimizerConfig } from './optimizer-config'
export {
  familyNames,
  Gpt2Config,
  LlamaConfig,
  MambaConfig,
  ModelConfig,
  RwkvConfig,
  Transformer1Config
} from './model-config'

const BudgetConfig = z.strictObject({
  steps: field(z.int().min(1).max(100000000).default(300000), {
    label: 'Steps',
    log: true,
    help: 'The run ends after this many optimizer steps at the latest.',
    unit: 'steps',
    group: 'budget'
  }),
  stop: field(z.enum(['never', 'generalised', 'target']).default('never'), {
    label: 'Stop early',
    help: 'never: the whole budget. generalised: some steps after the tests have generalised. target: as soon as the tests hold an accuracy. A plateau never ends a run: grokking comes after one.',
    group: 'budget'
  }),
  margin: field(z.int().min(0).max(100000000).default(1000), {
    label: 'Margin',
    log: true,
    help: 'For "generalised": the run goes on for this long after the step at which the tests generalised.',
    unit: 'steps',
    group: 'budget',
    advanced: true
  }),
  target: field(z.number().gt(0).max(1).default(0.99), {
    label: 'Target accuracy',
    help: 'For "target": must be held over three evaluations.',
    group: 'budget',
    advanced: true
  }),
  tests: field(z.enum(['every', 'any']).default('every'), {
    label: 'Tests that count',
    help: 'For an early stop: every test split, or any one of them.',
    group: 'budget',
    advanced: true
  })
})
export type BudgetConfig = z.infer<typeof BudgetConfig>

const EvaluationConfig = z.strictObject({
  every: field(z.int().min(1).max(10000000).default(1000), {
    label: 'Evaluate every',
    log: true,
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
  fourier: field(z.boolean().default(false), {
    label: 'Fourier measures',
    help: 'For x+y modulo an odd number: restricted and excluded loss, key frequencies and Gini coefficients at every evaluation, over all inputs.',
    group: 'budget',
    advanced: true,
    source: 'Nanda et al. 2023, arXiv 2301.05217'
  }),
  lossEvery: field(z.int().min(1).max(100000).default(10), {
    label: 'Record batch loss every',
    help: 'The loss and gradient norm of a training batch are recorded at multiples of this, and at each of the first 100 steps.',
    unit: 'steps',
    group: 'budget',
    advanced: true
  }),
  tensorboard: field(z.boolean().default(false), {
    label: 'TensorBoard files',
    help: 'All metrics are written as event files too, while the run goes on, into tensorboard/ in its folder: tensorboard --logdir shows them.',
    group: 'budget',
    advanced: true
  })
})

const CheckpointConfig = z.strictObject({
  every: field(z.int().min(1).max(10000000).default(5000), {
    label: 'Checkpoint every',
    log: true,
    help: 'A checkpoint holds weights, optimizer state and the position in the data: a run resumes exactly from it.',
    unit: 'steps',
    group: 'budget'
  }),
  keep: field(z.int().min(1).max(100000).nullable().default(null), {
    label: 'Keep newest',
    help: 'How many checkpoints stay on disk; empty keeps all.',
    group: 'budget',
    advanced: true
  }),
  thin: field(z.int().min(0).max(100).default(0), {
    label: 'Keep of older ones',
    help: 'Where only the newest are kept: of the older checkpoints this many per factor of ten in steps stay too. 0 keeps none of them.',
    unit: 'per decade',
    group: 'budget',
    advanced: true
  }),
  perDecade: field(z.int().min(0).max(100).default(0), {
    label: 'Log-spaced checkpoints',
    help: 'Further checkpoints, this many per factor of ten in steps, from step 1 on. 0 writes none.',
    unit: 'per decade',
    group: 'budget',
    advanced: true
  }),
  denseUntil: field(z.int().min(0).max(100000000).default(0), {
    label: 'Dense until',
    help: 'Up to this step, checkpoints are also written at multiples of "Dense every". The reference writes one every 2,000 steps up to 40,000, then every 50,000.',
    unit: 'steps',
    group: 'budget',
    advanced: true,
    source: 'GrokkedTransformer, main.py'
  }),
  denseEvery: field(z.int().min(1).max(10000000).default(2000), {
    label: 'Dense every',
    help: 'Distance of checkpoints up to "Dense until".',
    unit: 'steps',
    group: 'budget',
    advanced: true
  }),
  ring: field(z.int().min(0).max(1000).default(0), {
    label: 'Recent states',
    help: 'So many recent states are held on disk beside the checkpoints. When the watched metric bends, they become checkpoints that stay, so that the transition is dense. 0 holds none.',
    group: 'budget',
    advanced: true
  }),
  ringEvery: field(z.int().min(1).max(10000000).default(100), {
    label: 'Recent state every',
    help: 'Distance of the recent states.',
    unit: 'steps',
    group: 'budget',
    advanced: true
  }),
  watch: field(z.string().max(200).default(''), {
    label: 'Watched metric',
    help: 'What decides about the recent states, e.g. accuracy/test_inferred_ood. Empty: the accuracy of the OOD test, or of the test where there is no OOD.',
    group: 'budget',
    advanced: true
  }),
  bend: field(z.number().gt(0).max(1000000).default(0.02), {
    label: 'Bend',
    help: 'The recent states are kept when the watched metric has moved by this much since they began.',
    group: 'budget',
    advanced: true
  }),
  inspect: field(z.string().max(200).default(''), {
    label: 'Inspect at checkpoints',
    help: 'Inspect jobs whose numbers are recorded as metrics at the start and at every checkpoint, separated by commas: predictions, logit-lens, causal-trace, weights, embeddings, fourier. Empty: none.',
    group: 'budget',
    advanced: true
  }),
  inspectSplit: field(z.string().max(100).default(''), {
    label: 'Split inspected',
    help: 'Whose prompts these jobs take, e.g. test_inferred_ood. Empty: the training inferences or equations.',
    group: 'budget',
    advanced: true
  }),
  inspectRows: field(z.int().min(1).max(100000).default(100), {
    label: 'Prompts inspected',
    help: 'How many prompts these jobs take, the same ones at every checkpoint.',
    unit: 'prompts',
    group: 'budget',
    advanced: true
  })
})

export const RunConfigShape = z.strictObject({
  version: z.literal(1).default(1),
  dataset: DatasetConfig.prefault({ kind: 'comparison' }),
  model: ModelConfig.prefault({ family: 'gpt2' }),
  optimizer: OptimizerConfig.prefault({}),
  batchSize: field(z.int().min(1).max(1000000).default(512), {
    label: 'Batch size',
    log: true,
    help: 'Examples per step. The last batch of an epoch may be smaller; at the size of the training set or above, every step takes all of it.',
    unit: 'examples',
    group: 'optimizer'
  }),
  budget: BudgetConfig.prefault({}),
  evaluation: EvaluationConfig.prefault({}),
  checkpoints: CheckpointConfig.prefault({}),
  engine: EngineConfig.prefault({}),
  seed: field(z.int().min(0).max(4294967295).default(42), {
    label: 'Seed',
    help: 'Decides the data set, the initial weights and the order of examples.',
    group: 'budget'
  }),
  orderSeed: field(z.int().min(0).max(4294967295).nullable().default(null), {
    label: 'Seed of the order',
    help: 'Another order of examples for the same data and initial weights; empty means the seed.',
    group: 'budget',
    advanced: true
  })
})

/** Rules that span fields; a further kind or family brings its own. */
export const RunConfig = RunConfigShape.superRefine((config, context) => {
  // Rules may rely on every field being within its own limits.
  if (context.issues.length > 0) return
  const refuse: Refuse = (path, message, nearest) => {
    const said = nearest === undefined ? '' : `; the nearest is ${String(nearest)}`
    context.addIssue({ code: 'custom', path, message: message + said, params: { nearest } })
  }
  checkModel(config.model, refuse)
  checkOptimizer(config, refuse)
  checkEngine(config, refuse)
  checkDataset(config.dataset, refuse)
  checkMeasures(config, refuse)
})
export type RunConfig = z.infer<typeof RunConfig>
/** What a file or a form may hold: every field may be left out. */
export type RunConfigInput = z.input<typeof RunConfig>

/** A named starting point in resources/presets. */
export const Preset = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]+$/),
  title: z.string(),
  summary: z.string(),
  /** Measured on a named machine, never guessed; left out where nothing was measured. */
  measured: z.string().optional(),
  /** One measured run of the preset: its accuracies, as they were recorded. */
  curve: z
    .strictObject({
      machine: z.string(),
      /** Of the run, YYYY-MM-DD. */
      date: z.iso.date(),
      engine: z.string(),
      seed: z.int(),
      /** Mean of the whole run, evaluations left out. */
      stepMs: z.number().positive(),
      /** Where it had memorised, and where the last of its tests had generalised; null: not by the end. */
      memorised: z.int().nullable(),
      generalised: z.int().nullable(),
      /** [step, accuracy] on training inferences or equations, and on the test that groks. */
      train: z.array(z.tuple([z.number(), z.number()])),
      test: z.array(z.tuple([z.number(), z.number()]))
    })
    .optional(),
  config: z.record(z.string(), z.unknown())
})
export type Preset = z.infer<typeof Preset>
