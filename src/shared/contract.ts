/**
 * The whole conversation between the server and any client (the page, in Electron or in a browser).
 * A request is one entry here and one handler in src/main/server/server.ts. Events are hints, the store is
 * the truth: after a reconnect a client asks again.
 */
import { z } from 'zod'
import { Preset } from './config'
import { Diagnosis } from './diagnosis'
import { EngineChoice, EngineInfo, MetricValue, Progress, RunPace } from './events'
import { ForkOrigin } from './fork'
import { RunMilestones } from './milestones'
import { StepCost } from './model-cost'
import { StudyCell } from './study'
import type { Client, EventSchemas, Handlers, On, Emit } from './rpc'

export const RunState = z.enum([
  'queued',
  'starting',
  'running',
  'paused',
  'finished',
  'stopped',
  'interrupted',
  'failed'
])
export type RunState = z.infer<typeof RunState>

/** States in which a trainer process is or will be at work. */
export const activeStates: readonly RunState[] = ['queued', 'starting', 'running', 'paused']

/** A run as the table shows it. Times are Unix milliseconds. */
export const RunRow = z.object({
  id: z.string(),
  name: z.string(),
  state: RunState,
  /** Last error lines of a failed run, or why an interrupted one ended. */
  error: z.string().nullable(),
  config: z.record(z.string(), z.unknown()),
  configHash: z.string(),
  preset: z.string().nullable(),
  /** The study that it belongs to, and which cell of it it is. */
  study: StudyCell.nullable(),
  /** Among those that wait, higher starts first; equal ones in the order of queueing. */
  priority: z.int(),
  createdAt: z.number(),
  queuedAt: z.number().nullable(),
  startedAt: z.number().nullable(),
  endedAt: z.number().nullable(),
  step: z.int(),
  steps: z.int(),
  stepsPerEpoch: z.int().nullable(),
  parameterCount: z.int().nullable(),
  /** What a step takes, for axes of examples, tokens and FLOPs; null before the start, and for old runs. */
  cost: StepCost.nullable(),
  /** As of its newest checkpoint or its end; null before, and for old runs. */
  pace: RunPace.nullable(),
  /** The run and step that it was forked from. */
  parent: ForkOrigin.nullable(),
  datasetHash: z.string().nullable(),
  engine: EngineInfo.nullable(),
  /** Last recorded value of each metric. */
  last: z.record(z.string(), MetricValue),
  /** Memorised, generalised, delays, plateaus; null before the first evaluation. */
  milestones: RunMilestones.nullable(),
  lastCheckpoint: z.int().nullable(),
  /** How many checkpoints are kept, as far as is known. */
  checkpoints: z.int(),
  archived: z.boolean(),
  trashed: z.boolean()
})
export type RunRow = z.infer<typeof RunRow>

const FieldIssueSchema = z.object({
  path: z.string(),
  message: z.string(),
  nearest: z.unknown().optional()
})

/** What a data set holds, shown before a run starts. */
export const DatasetSummary = z.object({
  kind: z.string(),
  hash: z.string(),
  vocabularySize: z.int(),
  contextLength: z.int(),
  trainExamples: z.int(),
  /** Every number of facts worth showing, in reading order. */
  counts: z.array(z.object({ name: z.string(), label: z.string(), count: z.int() })),
  /** Probes per split, with the share of each answer class where the task has classes. */
  splits: z.array(
    z.object({
      name: z.string(),
      label: z.string(),
      probes: z.int(),
      classes: z.record(z.string(), z.number()).optional()
    })
  ),
  /** Accuracies of guessers who know less than all, to read curves against; the least knowing comes first. */
  chance: z.array(z.object({ label: z.string(), accuracy: z.number() })),
  /** What else a reader should know: what was dropped, binned or left in on purpose. */
  notes: z.array(z.string()),
  /** What was checked against leaks, with the number of violations found (0 in every sound data set). */
  leaks: z.array(z.object({ check: z.string(), violations: z.int() })),
  examples: z.array(
    z.object({ split: z.string(), tokens: z.array(z.string()), targets: z.array(z.int()) })
  )
})
export type DatasetSummary = z.infer<typeof DatasetSummary>

export const SeriesPoint = z.tuple([z.number(), MetricValue])
export const Series = z.object({
  name: z.string(),
  /** [step, value], step rising. */
  points: z.array(SeriesPoint),
  /** How many points are stored in the asked range, before reduction. */
  total: z.int()
})
export type Series = z.infer<typeof Series>

const id = z.object({ id: z.string() })

export const requests = {
  'app.info': {
    input: z.object({}),
    output: z.object({
      version: z.string(),
      library: z.string(),
      machine: z.object({ cores: z.int(), memoryBytes: z.number(), platform: z.string() }),
      engine: z.object({ native: z.boolean(), detail: z.string() })
    })
  },
  /** What this machine can train on. Kept from the last time, unless `again`; takes up to ten seconds. */
  'machine.diagnose': { input: z.object({ again: z.boolean().default(false) }), output: Diagnosis },
  'presets.list': { input: z.object({}), output: z.array(Preset) },
  'config.check': {
    input: z.object({ config: z.unknown() }),
    output: z.object({
      issues: z.array(FieldIssueSchema),
      hash: z.string().nullable(),
      stepsPerEpoch: z.int().nullable()
    })
  },
  'datasets.preview': { input: z.object({ config: z.unknown() }), output: DatasetSummary },
  'runs.list': { input: z.object({}), output: z.array(RunRow) },
  'runs.get': { input: id, output: RunRow },
  'runs.create': {
    input: z.object({
      name: z.string().trim().max(200).optional(),
      preset: z.string().optional(),
      config: z.unknown(),
      engine: EngineChoice.default('auto'),
      parent: ForkOrigin.optional()
    }),
    output: id
  },
  /** Steps of the checkpoints that a run can be forked from, rising. */
  'runs.checkpoints': { input: id, output: z.object({ steps: z.array(z.int()) }) },
  'runs.control': {
    input: z.object({ id: z.string(), command: z.enum(['pause', 'resume', 'stop', 'checkpoint']) }),
    output: RunRow
  },
  'runs.update': {
    input: z.object({
      id: z.string(),
      name: z.string().trim().min(1).max(200).optional(),
      archived: z.boolean().optional()
    }),
    output: RunRow
  },
  'runs.trash': { input: id, output: RunRow },
  'runs.restore': { input: id, output: RunRow },
  'metrics.series': {
    input: z.object({
      id: z.string(),
      names: z.array(z.string()).max(100),
      /** Scale of the step axis: points are reduced to the first, last, lowest and highest of each column. */
      scale: z.enum(['log', 'linear']).default('log'),
      columns: z.int().min(1).max(4000).default(800),
      from: z.number().optional(),
      to: z.number().optional()
    }),
    output: z.array(Series)
  }
} as const
export type Requests = typeof requests

export const events = {
  'run.changed': RunRow,
  'run.progress': z.object({ id: z.string(), progress: Progress }),
  'metrics.appended': z.object({
    id: z.string(),
    rows: z.array(z.object({ step: z.int(), values: z.record(z.string(), MetricValue) }))
  })
} as const satisfies EventSchemas
export type Events = typeof events

export type RequestHandlers = Handlers<Requests>
export type ApiClient = Client<Requests>
export type EmitEvent = Emit<Events>
export type OnEvent = On<Events>
