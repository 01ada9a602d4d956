/**
 * What a trainer says and what it is told. The trainer writes each event as a line of the run folder's
 * `events.jsonl` first and posts it second; `seq` counts the lines of a run from 1 without gaps, so a reader
 * ingests by (run, seq) and can be told the same line twice.
 */
import { z } from 'zod'
import { RunConfig } from './config'
import { EngineConfig } from './engine-config'
import { ForkOrigin } from './fork'
import { StepCost } from './model-cost'

/** A finite number, or null where the value was NaN or infinite: JSON knows neither. */
export const MetricValue = z.number().nullable()
export type MetricValue = z.infer<typeof MetricValue>

/** Metric names are `measure` or `measure/split`: `gradNorm`, `accuracy/test_inferred_ood`. */
export const MetricValues = z.record(z.string(), MetricValue)
export type MetricValues = z.infer<typeof MetricValues>

/** Which engine really ran, as recorded with the run. */
export const EngineInfo = z.object({
  name: z.enum(['native', 'wasm', 'cpu']),
  /** Version of TensorFlow, or of the tfjs backend. */
  version: z.string(),
  /** In words, e.g. `TensorFlow 2.21.0, 2 CPU cores`. */
  detail: z.string(),
  /** The CPU threads that it was limited to; left out where it had them all. They move the last digits. */
  threads: z.int().positive().optional(),
  /** What the matrix products of a training step were computed in; left out by older runs, which had fp32. */
  precision: EngineConfig.shape.precision.unwrap().optional(),
  /** Whether XLA compiled the training step, and whether oneDNN's kernels were on; native engine. */
  xla: z.boolean().optional(),
  oneDnn: z.boolean().optional(),
  /** How what was left open was chosen, in words. */
  chosen: z.string().optional(),
  /** The class of the machine, e.g. `linux x64, Intel(R) Xeon(R) Processor, 2 cores`; old runs do not say it. */
  machine: z.string().optional(),
  /** Why a better engine was not used, where one was wanted. */
  reason: z.string().optional()
})
export type EngineInfo = z.infer<typeof EngineInfo>

export const Outcome = z.enum(['finished', 'stopped', 'interrupted', 'failed'])
export type Outcome = z.infer<typeof Outcome>

/** What a run takes on its machine, means over all it has done in this process; 0 for what has not happened yet. */
export const RunPace = z.object({
  stepMs: z.number(),
  evaluationMs: z.number(),
  checkpointMs: z.number()
})
export type RunPace = z.infer<typeof RunPace>

const line = { seq: z.int().positive(), /** Unix time, milliseconds. */ at: z.number() }
const step = z.int().nonnegative()

export const TrainerEvent = z.discriminatedUnion('type', [
  z.object({
    ...line,
    type: z.literal('started'),
    step,
    steps: z.int().positive(),
    stepsPerEpoch: z.int().positive(),
    engine: EngineInfo,
    parameterCount: z.int(),
    /** Absent from runs of before it was counted. */
    cost: StepCost.optional(),
    datasetHash: z.string(),
    /** Set when the run continues from a checkpoint: every event after that step is superseded. */
    resumedFrom: step.optional(),
    /** Steps of newer checkpoints whose files are damaged or incomplete, which were passed over. */
    damaged: z.array(step).optional()
  }),
  z.object({ ...line, type: z.literal('metrics'), step, values: MetricValues }),
  z.object({
    ...line,
    type: z.literal('checkpoint'),
    step,
    name: z.string(),
    /** Steps of the checkpoints that were pruned for it. */
    removed: z.array(step).optional(),
    pace: RunPace.optional()
  }),
  z.object({ ...line, type: z.literal('paused'), step }),
  z.object({ ...line, type: z.literal('resumed'), step }),
  z.object({
    ...line,
    type: z.literal('ended'),
    step,
    outcome: Outcome,
    /** Which stop rule ended a `finished` run before its budget, in words. */
    reason: z.string().optional(),
    /** The error's message and stack for `failed`, the cause in words for `interrupted`. */
    error: z.string().optional(),
    pace: RunPace.optional()
  })
])
export type TrainerEvent = z.infer<typeof TrainerEvent>

/** An event before the run folder gives it its number and time. */
export type TrainerEventBody = TrainerEvent extends infer E
  ? E extends TrainerEvent
    ? Omit<E, 'seq' | 'at'>
    : never
  : never

/** Progress is a hint, a few times a second, never written to the folder. */
export const Progress = z.object({
  step,
  steps: z.int().positive(),
  /** Steps per second over the recent past, pauses and evaluations left out; null before the first steps. */
  stepsPerSecond: z.number().nullable(),
  /** Remaining time in milliseconds, evaluations included: [low, high]; null while unknown. */
  etaMs: z.tuple([z.number(), z.number()]).nullable(),
  /** The same as one number, at the mean pace of the recent past. */
  expectedMs: z.number().nullable().optional()
})
export type Progress = z.infer<typeof Progress>

/** What the server sends to a trainer process. */
export const TrainerCommand = z.discriminatedUnion('type', [
  z.object({ type: z.literal('pause') }),
  z.object({ type: z.literal('resume') }),
  z.object({ type: z.literal('checkpoint') }),
  /** Ends the run for good; `interrupt` ends the process but leaves the run to be resumed. */
  z.object({ type: z.literal('stop') }),
  z.object({ type: z.literal('interrupt'), reason: z.string() })
])
export type TrainerCommand = z.infer<typeof TrainerCommand>

/** What a run asks for; `eager` is the native engine, operation by operation instead of recorded. */
export const EngineChoice = z.enum(['auto', 'native', 'eager', 'wasm', 'cpu'])
export type EngineChoice = z.infer<typeof EngineChoice>

/** A trainer process runs one job. */
export const Job = z.object({
  type: z.literal('train'),
  runId: z.string(),
  /** Absolute path of the run folder. */
  folder: z.string(),
  config: RunConfig,
  engine: EngineChoice,
  /** Continue from the newest whole checkpoint, if there is one. */
  resume: z.boolean(),
  /** Steps that the run was extended to beyond its budget. */
  steps: z.int().positive().nullable().optional(),
  /** CPU threads to keep to, where runs share the machine; null: all. */
  threads: z.int().positive().nullable().optional(),
  /** The run begins at a checkpoint of another, of which its folder has a copy. */
  fork: ForkOrigin.nullable().optional()
})
export type Job = z.infer<typeof Job>

/** Weights of a folder are to become the one checkpoint of a new run folder. */
export const ImportOrder = z.object({
  /** Absolute path of a folder with config.json and safetensors. */
  source: z.string(),
  /** Absolute path of the run folder. */
  folder: z.string(),
  /** Settings of the run beside the model's; null where the folder itself has to say them. */
  config: z.unknown().nullable(),
  /** After how many steps the weights are; null where the folder has to say it. */
  step: z.int().positive().nullable()
})
export type ImportOrder = z.infer<typeof ImportOrder>

/** What a trainer process answers to an ImportOrder. */
export const ImportAnswer = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('imported'),
    config: RunConfig,
    step,
    checkpoint: z.string(),
    notes: z.array(z.string())
  }),
  z.object({
    type: z.literal('refused'),
    error: z.object({
      code: z.string(),
      message: z.string(),
      hint: z.string(),
      issues: z.array(
        z.object({ path: z.string(), message: z.string(), nearest: z.unknown().optional() })
      )
    })
  })
])
export type ImportAnswer = z.infer<typeof ImportAnswer>

/** Messages from the trainer process to whoever started it. */
export const TrainerMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('event'), event: TrainerEvent }),
  z.object({ type: z.literal('progress'), progress: Progress })
])
export type TrainerMessage = z.infer<typeof TrainerMessage>

/** Messages to the trainer process: the job first, commands afterwards. */
export const TrainerInput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('job'), job: Job }),
  /** Instead of a job: start this engine, time it, answer with a ProbeAnswer (diagnosis.ts) and end. */
  z.object({ type: z.literal('probe'), engine: EngineInfo.shape.name }),
  /** Instead of a job: answer with an ImportAnswer and end. */
  z.object({ type: z.literal('import'), order: ImportOrder }),
  z.object({ type: z.literal('command'), command: TrainerCommand })
])
export type TrainerInput = z.infer<typeof TrainerInput>
