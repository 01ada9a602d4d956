/**
 * The settings of each kind of data. Defaults are those of the work that a kind comes from. Paths of one name mean
 * the same in every kind and have the same limits, so that a setting survives a change of kind.
 */
import { z } from 'zod'
import { field } from './field'
import { operationNames } from './modular-operations'

const phi = (usual: number): z.ZodDefault<z.ZodNumber> =>
  field(z.number().positive().max(1000).default(usual), {
    label: 'Inferred : atomic ratio φ',
    log: true,
    help: 'Inferred facts in training (comparisons, or two-hop facts) per in-distribution atomic fact.',
    group: 'data',
    source: 'Wang et al. 2024, section 3.2'
  })
const entities = (usual: number): z.ZodDefault<z.ZodInt> =>
  field(z.int().min(4).max(20000).default(usual), {
    label: 'Entities',
    log: true,
    help: 'How many entities the knowledge base holds.',
    group: 'data',
    source: 'Wang et al. 2024, section 4'
  })
const attributes = field(z.int().min(1).max(2000).default(20), {
  label: 'Attributes',
  log: true,
  help: 'How many attributes each entity has.',
  group: 'data'
})
const values = field(z.int().min(2).max(1000).default(20), {
  label: 'Values per attribute',
  log: true,
  help: 'Values are drawn uniformly from 0 to this number minus one.',
  group: 'data'
})
const idShare = field(z.number().gt(0).lt(1).default(0.9), {
  label: 'ID share',
  help: 'Share of the entities that are in-distribution, drawn anew for each attribute. The others are seen in training as atomic facts only.',
  group: 'data'
})
const testShare = (usual: number): z.ZodDefault<z.ZodNumber> =>
  field(z.number().gt(0).lt(1).default(usual), {
    label: 'IID test share',
    help: 'Probability that an inferred fact of in-distribution facts is held out for the IID test; both orders of a comparison share the coin.',
    group: 'data',
    advanced: true
  })
const probes = field(z.int().min(1).max(100000).default(3000), {
  label: 'Probes per split',
  log: true,
  help: 'Examples evaluated per split; all of a split if it holds fewer.',
  group: 'data',
  advanced: true
})
const endTarget = field(z.boolean().default(true), {
  label: 'Predict the end token',
  help: 'Train on </a> after the answer too, as the reference does; it carries half of the loss.',
  group: 'data',
  advanced: true,
  source: 'GrokkedTransformer, main.py'
})

export const ComparisonConfig = z.strictObject({
  kind: z.literal('comparison').default('comparison'),
  entities: entities(1000),
  attributes,
  values,
  phi: phi(12.6),
  idShare,
  testShare: testShare(0.1),
  probes,
  endTarget
})
export type ComparisonConfig = z.infer<typeof ComparisonConfig>

export const InContextConfig = z.strictObject({
  kind: z.literal('in-context'),
  entities: entities(1000),
  attributes,
  values,
  phi: phi(12.6),
  contextShare: field(z.number().min(0).max(1).default(0.5), {
    label: 'In-context share',
    help: 'Share of the training comparisons whose two atomic facts stand before the question. 0 is the plain comparison task, 1 trains in-context comparison alone.',
    group: 'data'
  }),
  contextValues: field(z.enum(['known', 'fresh']).default('known'), {
    label: 'Values in context',
    help: 'known: the facts in context are those of the knowledge base. fresh: their values are drawn anew for every question, so that only reading the context answers it.',
    group: 'data'
  }),
  atomicFacts: field(z.boolean().default(true), {
    label: 'Atomic facts in training',
    help: 'Off, nothing is to be stored in weights; then all comparisons must be in context.',
    group: 'data',
    advanced: true
  }),
  idShare,
  testShare: testShare(0.1),
  probes,
  endTarget
})
export type InContextConfig = z.infer<typeof InContextConfig>

export const CompositionConfig = z.strictObject({
  kind: z.literal('composition'),
  entities: entities(2000),
  relations: field(z.int().min(1).max(10000).default(200), {
    label: 'Relations',
    log: true,
    help: 'How many relations there are.',
    group: 'data',
    source: 'Wang et al. 2024, section 3'
  }),
  degree: field(z.int().min(1).max(1000).default(20), {
    label: 'Relations per entity',
    log: true,
    help: 'How many different relations each entity is the head of, each with a tail drawn from all entities.',
    group: 'data',
    source: 'GrokkedTransformer, composition.ipynb'
  }),
  phi: phi(9),
  oodShare: field(z.number().gt(0).lt(1).default(0.05), {
    label: 'OOD share',
    help: 'Share of the atomic facts that are out-of-distribution: seen in training by themselves, never in a two-hop fact.',
    group: 'data'
  }),
  testShare: testShare(0.005),
  probes,
  endTarget
})
export type CompositionConfig = z.infer<typeof CompositionConfig>

export const ModularConfig = z.strictObject({
  kind: z.literal('modular'),
  operation: field(z.enum(operationNames).default('x+y'), {
    label: 'Operation',
    help: 'What x o y is, modulo p or in the symmetric group S5. Quotients and products leave y = 0 out.',
    group: 'data',
    source: 'Power et al. 2022, arXiv 2201.02177'
  }),
  modulus: field(z.int().min(2).max(1000).default(113), {
    label: 'Modulus p',
    help: 'x and y range over 0 to p − 1; prime where the operation divides. S5 has 120 elements and no modulus.',
    group: 'data',
    source: 'Nanda et al. 2023, arXiv 2301.05217'
  }),
  trainFraction: field(z.number().gt(0).lt(1).default(0.3), {
    label: 'Training fraction',
    help: 'Share of all equations that are trained on, drawn uniformly. The others are the test.',
    group: 'data'
  }),
  format: field(z.enum(['nanda', 'power']).default('nanda'), {
    label: 'Row format',
    help: 'nanda: x y =, and the answer is the only target. power: <eos> x o y =, and <eos> after the answer is a target too.',
    group: 'data',
    advanced: true,
    source: 'Nanda et al. 2023; openai/grok'
  }),
  probes
})
export type ModularConfig = z.infer<typeof ModularConfig>

const column = (label: string, help: string, usual: string): z.ZodDefault<z.ZodString> =>
  field(z.string().min(1).max(200).default(usual), { label, help, group: 'data' })

export const FactsConfig = z.strictObject({
  kind: z.literal('facts'),
  path: field(z.string().max(4096).default(''), {
    label: 'File',
    help: 'A CSV file (also with semicolons or tabs) or a Parquet file with one fact per row: an entity, an attribute, a value.',
    group: 'data'
  }),
  entityColumn: column('Entity column', 'Name of the column of entities.', 'entity'),
  attributeColumn: field(z.string().max(200).nullable().default('attribute'), {
    label: 'Attribute column',
    help: 'Name of the column of attributes; empty if all rows are about one attribute.',
    group: 'data'
  }),
  valueColumn: column('Value column', 'Name of the column of values.', 'value'),
  order: field(z.enum(['numeric', 'listed']).default('numeric'), {
    label: 'Order of values',
    help: 'numeric: values are numbers. listed: values are the words that the next setting lists.',
    group: 'data'
  }),
  levels: field(z.string().max(100000).default(''), {
    label: 'Listed values',
    help: 'The values from the lowest to the highest, e.g. small < medium < large.',
    group: 'data'
  }),
  bins: field(z.int().min(2).max(1000).nullable().default(null), {
    label: 'Bins',
    help: "Numbers are replaced by this many quantile bins, for each attribute by itself; equal numbers share a bin. Empty keeps the file's values.",
    group: 'data'
  }),
  ties: field(z.enum(['equal class', 'drop']).default('equal class'), {
    label: 'Equal values',
    help: 'equal class: comparing equal values is answered with "=". drop: such pairs are never used.',
    group: 'data'
  }),
  missing: field(z.enum(['drop', 'refuse']).default('drop'), {
    label: 'Missing values',
    help: 'drop: rows with an empty cell, NA, N/A, NaN, null or None are left out and counted. refuse: the first one is an error.',
    group: 'data'
  }),
  phi: phi(12.6),
  idShare,
  testShare: testShare(0.1),
  probes,
  endTarget,
  sha256: field(
    z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable()
      .default(null),
    {
      label: 'SHA-256 of the file',
      help: 'Filled in when a run is made: a file that has changed since is refused.',
      group: 'data',
      advanced: true
    }
  )
})
export type FactsConfig = z.infer<typeof FactsConfig>

/** Dataset kinds by `kind`; a further kind is one more member. */
export const DatasetConfig = z.discriminatedUnion('kind', [
  ComparisonConfig,
  InContextConfig,
  CompositionConfig,
  ModularConfig,
  FactsConfig
])
export type DatasetConfig = z.infer<typeof DatasetConfig>

/** What the kinds are called where people read. */
export const datasetNames: Record<DatasetConfig['kind'], string> = {
  comparison: 'Comparison',
  'in-context': 'In-context comparison',
  composition: 'Composition',
  modular: 'Modular arithmetic',
  facts: 'Own facts'
}

/** Every kind of data, as the schema lists them. */
export const datasetKinds = Object.keys(datasetNames) as DatasetConfig['kind'][]

/** The kind of data a config names, or the schema's default. */
export function datasetKind(config: unknown): DatasetConfig['kind'] {
  const named = (config as { dataset?: { kind?: unknown } | null } | null | undefined)?.dataset
    ?.kind
  return datasetKinds.find((kind) => kind === named) ?? 'comparison'
}

/** A data set in a few words, for names of runs and tables. */
export function describeDataset(dataset: DatasetConfig): string {
  switch (dataset.kind) {
    case 'modular': {
      const { operation, modulus, trainFraction } = dataset
      const task = operation.endsWith('S5') ? operation : `${operation} mod ${modulus}`
      return `${task}, ${Number((100 * trainFraction).toPrecision(3))}% for training`
    }
    case 'facts':
      return `${dataset.path.split(/[\\/]/).at(-1)} φ ${dataset.phi}`
    case 'in-context':
      return `in-context ${Number((100 * dataset.contextShare).toPrecision(3))}%, φ ${dataset.phi}`
    case 'comparison':
    case 'composition':
      return `${dataset.kind} φ ${dataset.phi}`
    default:
      return dataset satisfies never
  }
}
