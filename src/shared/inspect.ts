/**
 * Inspection: what can be asked about one checkpoint of a run, and what comes back. A query is a job with its inputs;
 * the answer depends on the checkpoint's content, the run's data and the query alone, so it is kept under their
 * hash. Every answer has one form: named numbers, labelled arrays and rows; tables, figures and exports need no
 * more to know.
 */
import { z } from 'zod'
import { EngineChoice, MetricValue, MetricValues } from './events'
import { inspectJobs, inspectJobNames, type InspectJobName } from './inspect-jobs'

export { inspectJobs, inspectJobNames, type InspectJobName }

/** Which rows of data a job looks at. */
export const Probes = z.discriminatedUnion('from', [
  /** A sample of a split, drawn with a seed; null: the whole of it. */
  z.strictObject({
    from: z.literal('split'),
    split: z.string(),
    count: z.int().min(1).max(100_000).nullable().default(300),
    seed: z.int().min(0).max(4294967295).default(0)
  }),
  /** One row of a split. */
  z.strictObject({ from: z.literal('row'), split: z.string(), row: z.int().min(0) }),
  /** One row of a split, drawn with a seed. */
  z.strictObject({
    from: z.literal('random'),
    split: z.string(),
    seed: z.int().min(0).max(4294967295)
  }),
  /** Tokens as typed, separated by spaces; the angle brackets may be left out. */
  z.strictObject({ from: z.literal('text'), tokens: z.string().max(2000) })
])
export type Probes = z.infer<typeof Probes>

/** Groups of tokens whose embeddings are projected together. */
export const tokenGroups = ['values', 'entities', 'attributes', 'labels', 'all'] as const
export type TokenGroup = (typeof tokenGroups)[number]

export const InspectQuery = z.discriminatedUnion('job', [
  z.strictObject({
    job: z.literal('predictions'),
    probes: Probes,
    /** Tokens listed per position. */
    top: z.int().min(1).max(50).default(5),
    /** Rows listed, the wrong ones and those of the smallest margin first. */
    rows: z.int().min(1).max(1000).default(50)
  }),
  z.strictObject({ job: z.literal('attention'), probes: Probes }),
  z.strictObject({ job: z.literal('logit-lens'), probes: Probes }),
  z.strictObject({
    job: z.literal('causal-trace'),
    probes: Probes,
    /** Decides which counterfactual each row gets. */
    seed: z.int().min(0).max(4294967295).default(0),
    /** Also every position by itself, besides the paper's sets of positions. */
    everyPosition: z.boolean().default(true)
  }),
  z.strictObject({
    job: z.literal('weights'),
    /** Another checkpoint of the run: the update from it to this one is described too. */
    against: z.int().min(0).nullable().default(null)
  }),
  z.strictObject({
    job: z.literal('embeddings'),
    tokens: z.enum(tokenGroups).default('values'),
    /** Which matrix: the embedding, or the head where it is its own. */
    of: z.enum(['embedding', 'head']).default('embedding'),
    /** Entities are coloured by their value for this attribute: its token. */
    attribute: z.string().nullable().default(null),
    neighbours: z.int().min(0).max(20).default(5)
  }),
  z.strictObject({ job: z.literal('fourier') })
])
export type InspectQuery = z.infer<typeof InspectQuery>
export type InspectQueryInput = z.input<typeof InspectQuery>
/** Numbers with names along every axis, row-major: what xarray calls a DataArray. */
export const LabelledArray = z.object({
  dims: z.array(z.string()),
  /** Labels along each dim. */
  coords: z.array(z.array(z.string())),
  values: z.array(MetricValue)
})
export type LabelledArray = z.infer<typeof LabelledArray>

export const Cell = z.union([z.string(), z.number(), z.boolean(), z.null()])
export type Cell = z.infer<typeof Cell>

export const InspectResult = z.object({
  version: z.literal(1),
  query: InspectQuery,
  step: z.int(),
  /** SHA-256 of the checkpoint's weights, hex. */
  checkpoint: z.string(),
  /** The same of the checkpoint that it was compared with. */
  against: z.string().nullable(),
  /** What was looked at: how many rows, and a name for every position of them. */
  probes: z
    .object({ count: z.int(), positions: z.array(z.string()), tokens: z.array(z.string()) })
    .nullable(),
  values: MetricValues,
  arrays: z.record(z.string(), LabelledArray),
  rows: z.array(z.record(z.string(), Cell)),
  /** What a reader must know to trust it. */
  notes: z.array(z.string())
})
export type InspectResult = z.infer<typeof InspectResult>

/** What a job finds, before it is known of which checkpoint. */
export type Finding = Pick<InspectResult, 'probes' | 'values' | 'arrays' | 'rows' | 'notes'>

/** Changes of what a job computes are changes of this number: older answers are then computed anew. */
export const inspectVersion = 2

/** What the trainer process is asked: one query about one checkpoint of a run folder. */
export const InspectOrder = z.object({
  /** Absolute path of the run folder. */
  folder: z.string(),
  step: z.int(),
  query: InspectQuery,
  engine: EngineChoice,
  /** Absolute path of the file that keeps the answer. */
  file: z.string()
})
export type InspectOrder = z.infer<typeof InspectOrder>

/** To an inspecting trainer process, any number of each. */
export const InspectInput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('inspect'), id: z.string(), order: InspectOrder }),
  z.object({ type: z.literal('cancel'), id: z.string() })
])
export type InspectInput = z.infer<typeof InspectInput>

/** From it. The answer itself is in the order's file. */
export const InspectMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), id: z.string(), done: z.number(), total: z.number() }),
  z.object({ type: z.literal('done'), id: z.string() }),
  z.object({
    type: z.literal('failed'),
    id: z.string(),
    error: z.object({ code: z.string(), message: z.string(), hint: z.string() })
  })
])
export type InspectMessage = z.infer<typeof InspectMessage>

/** An array out of numbers in row-major order, kept to float32's seven digits; what is no number becomes null. */
export function labelled(
  dims: Record<string, readonly (string | number)[]>,
  values: ArrayLike<number>
): LabelledArray {
  const coords = Object.values(dims).map((labels) => labels.map(String))
  const size = coords.reduce((product, labels) => product * labels.length, 1)
  if (size !== values.length) throw new Error(`${values.length} values for ${size} places`)
  return { dims: Object.keys(dims), coords, values: Array.from(values, sevenDigits) }
}

export const sevenDigits = (value: number): number | null =>
  Number.isFinite(value) ? Number(value.toPrecision(7)) : null

/** The part of an array where some dims have a fixed label; those dims are gone from it. */
export function sliceOf(array: LabelledArray, at: Readonly<Record<string, string>>): LabelledArray {
  const sizes = array.coords.map((labels) => labels.length)
  const kept = array.dims.map((_, d) => d).filter((d) => !Object.hasOwn(at, array.dims[d]!))
  const start = array.dims.map((dim, d) => {
    const label = at[dim]
    if (label === undefined) return 0
    const place = array.coords[d]!.indexOf(label)
    if (place < 0) throw new Error(`${dim} has no ${label}`)
    return place
  })
  const strides = sizes.map((_, d) => sizes.slice(d + 1).reduce((a, b) => a * b, 1))
  const first = start.reduce((sum, place, d) => sum + place * strides[d]!, 0)
  let offsets = [first]
  for (const d of kept) {
    const along = Array.from({ length: sizes[d]! }, (_, i) => i * strides[d]!)
    offsets = offsets.flatMap((offset) => along.map((more) => offset + more))
  }
  return {
    dims: kept.map((d) => array.dims[d]!),
    coords: kept.map((d) => array.coords[d]!),
    values: offsets.map((offset) => array.values[offset]!)
  }
}

/** The rows of an array as a long table: one column per dim, then the value. */
export function longTable(array: LabelledArray): { head: string[]; rows: Cell[][] } {
  const sizes = array.coords.map((labels) => labels.length)
  const rows = array.values.map((value, n) => {
    let rest = n
    const labels = sizes.map(() => '')
    for (let d = sizes.length - 1; d >= 0; d--) {
      labels[d] = array.coords[d]![rest % sizes[d]!]!
      rest = Math.floor(rest / sizes[d]!)
    }
    return [...labels, value]
  })
  return { head: [...array.dims, 'value'], rows }
}
