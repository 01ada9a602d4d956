/**
 * The whole conversation between the server and any client (the page, in Electron or in a browser).
 * A request is one entry here and one handler in src/main/server/server.ts. Events are hints, the store is
 * the truth: after a reconnect a client asks again.
 */
import { z } from 'zod'
import { BudgetRule } from './budget-rule'
import { usualChoice } from './circuit/choice'
import type { CircuitReading } from './circuit/reading'
import { ClusterLink, ClusterProfile, ClusterStatus } from './cluster'
import { Preset } from './config'
import { CurvesAnswer, CurvesQuery } from './curves'
import { Diagnosis } from './diagnosis'
import { EngineChoice, EngineInfo, MetricValue, Progress, RunPace } from './events'
import { FigureSettings } from './figure/drawing/settings'
import { FigureSchema, TableSchema } from './figure/figure-schema'
import { dataFormats, figureFormats, tableFormats } from './figure/formats'
import { FilmFormat, mostFrames, usualDelayMs } from './film'
import { ForkOrigin } from './fork'
import { InspectQuery, InspectResult } from './inspect'
import { LibraryNotice } from './library-notice'
import { RunMilestones } from './milestones'
import { StepCost } from './model-cost'
import { RunOrigin } from './origin'
import { OpenedPack, PackCheckpoints, WrittenPack } from './pack'
import { ReportFormat, type ReportBlock } from './report/document'
import { ResumeProof } from './resume-proof'
import { Study, StudyCell } from './study'
import { ClaimStanding } from './study-standing'
import { MetricPlace, View } from './view'
import { SavedView } from './view-address'
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
  /** Of a run that was not trained here. */
  origin: RunOrigin.nullable(),
  preset: z.string().nullable(),
  /** The cluster that it trains on (cluster.ts); null: this computer. */
  cluster: z.string().nullable(),
  /** The study that it belongs to, and which cell of it it is. */
  study: StudyCell.nullable(),
  /** Among those that wait, higher starts first; equal ones in the order of queueing. */
  priority: z.int(),
  createdAt: z.number(),
  /** Since when it waits; null once it has started. */
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
  trashed: z.boolean(),
  tags: z.array(z.string()),
  note: z.string(),
  /** Equal for runs that differ in their seed alone. */
  seedless: z.string(),
  /** Of the runs with one `seedless`, and for ever: run-styles.ts makes a style of it. */
  color: z.int(),
  /** Which of the runs of its colour it is, 0 for the first that was made: its lightness and dash, for ever. */
  shade: z.int()
})
export type RunRow = z.infer<typeof RunRow>

/** The queue as clients see it: settings, and how much is going on. */
export const QueueState = z.object({
  /** Nothing new starts; what runs goes on. */
  paused: z.boolean(),
  /** How many at once, as the user set it; null: cells of studies `usual` at a time, other runs by themselves. */
  parallel: z.int().nullable(),
  /** What this machine's cores and memory suggest. */
  usual: z.int(),
  /** Trainers at work in this server. */
  working: z.int(),
  waiting: z.int()
})
export type QueueState = z.infer<typeof QueueState>

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
  /** K: targets per sequence. */
  answers: z.int(),
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
/** A checkpoint on disk. */
export const CheckpointRow = z.object({
  step: z.int(),
  /** SHA-256 of the weights, hex. */
  sha256: z.string(),
  /** Weights and optimizer state together. */
  bytes: z.number(),
  /** Why it is exempt from pruning; null where it is not. */
  kept: z.string().nullable()
})
export type CheckpointRow = z.infer<typeof CheckpointRow>

export const Series = z.object({
  name: z.string(),
  /** [step, value], step rising: those in the range, reduced, and the neighbour on either side of it. */
  points: z.array(SeriesPoint),
  /** How many points are stored in the asked range, before reduction. */
  total: z.int()
})
export type Series = z.infer<typeof Series>

/** A study as lists show it. */
export const StudyRow = z.object({
  id: z.string(),
  /** Unix milliseconds. */
  createdAt: z.number(),
  archived: z.boolean(),
  study: Study,
  /** Cells in all, refused ones included. */
  cells: z.int(),
  /** Cells by state (study-results.ts). */
  counts: z.record(z.string(), z.int())
})
export type StudyRow = z.infer<typeof StudyRow>

/** What is left of a study: [low, high] from measured step times; null where those say nothing. */
export const StudyForecast = z.object({
  /** Cells that would be trained. */
  cells: z.int(),
  /** Those of them about whose time nothing is known yet. */
  unknown: z.int(),
  /** Milliseconds for the others, as many at a time as the queue starts. */
  timeMs: z.tuple([z.number(), z.number()]).nullable(),
  /** From whole budgets to all that a rule may extend them to. */
  steps: z.tuple([z.number(), z.number()]),
  /** For checkpoints, of the most steps. */
  diskBytes: z.number(),
  freeBytes: z.number().nullable(),
  /** What the time was told from, in words. */
  basis: z.string()
})
export type StudyForecast = z.infer<typeof StudyForecast>

/** A planned study. The configs of its cells stay with the server: there may be thousands. */
export const PlannedStudy = z.object({
  study: Study,
  axes: z.array(
    z.object({
      name: z.string(),
      label: z.string(),
      isSeeds: z.boolean(),
      scale: z.enum(['log', 'linear']),
      points: z.array(z.object({ label: z.string(), at: z.number().nullable() }))
    })
  ),
  cells: z.array(
    z.object({
      key: z.string(),
      labels: z.record(z.string(), z.string()),
      hash: z.string().nullable(),
      issues: z.array(FieldIssueSchema)
    })
  ),
  split: z.string().nullable(),
  /** Today's hash of the config of runs from before a setting was added to all configs, by id. */
  rehashed: z.record(z.string(), z.string()),
  /** Keys of finished cells that still move: training the study extends them. */
  due: z.array(z.string()),
  /** Of its claims, in their order: what is recorded of them; none for a study that is not stored. */
  standings: z.array(ClaimStanding),
  forecast: StudyForecast
})
export type PlannedStudy = z.infer<typeof PlannedStudy>

/** A stored run, and what a rule would have made of it (budget-rule.ts). */
export const TriedRun = z.object({
  id: z.string(),
  name: z.string(),
  state: z.enum(['ended', 'beyond']),
  /** That it would have taken, and that it has recorded. */
  steps: z.number(),
  recorded: z.number(),
  why: z.string(),
  tooEarly: z.boolean()
})
export type TriedRun = z.infer<typeof TriedRun>

const WrittenFile = z.object({
  base64: z.string(),
  /** What did not come out as it should have. */
  notes: z.array(z.string())
})

const id = z.object({ id: z.string() })

/** Which run, and between which checkpoints; without steps: from memorisation to the newest. */
const CircuitQuestion = z.object({
  id: z.string(),
  from: z.int().min(0).optional(),
  to: z.int().min(0).optional(),
  count: z.int().min(1).max(100_000).default(usualChoice.count),
  seed: z.int().min(0).max(4294967295).default(usualChoice.seed)
})

const PackTicket = z.string().regex(/^[0-9a-f]{16}$/)

/** A word or a few; commas separate tags where they are typed. */
const Tag = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .regex(/^[^,]*$/)

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
  /** Free bytes where the library lies; null where the file system does not tell. */
  'library.space': { input: z.object({}), output: z.object({ freeBytes: z.number().nullable() }) },
  /** What is to be told of the library: repaired, away, on a network, full. */
  'library.notices': { input: z.object({}), output: z.array(LibraryNotice) },
  /** The user has read it; answers with what is left. */
  'library.dismiss': { input: z.object({ id: z.string() }), output: z.array(LibraryNotice) },
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
      parent: ForkOrigin.optional(),
      /** A cluster's profile, by name; left out: this computer. */
      cluster: z.string().optional()
    }),
    output: id
  },
  /** Steps of the checkpoints that a run can be forked from, rising. */
  'runs.checkpoints': { input: id, output: z.object({ steps: z.array(z.int()) }) },
  /** What `grokscope prove-resume` found; null where it was never asked. */
  'runs.proof': { input: id, output: ResumeProof.nullable() },
  'runs.control': {
    input: z.object({ id: z.string(), command: z.enum(['pause', 'resume', 'stop', 'checkpoint']) }),
    output: RunRow
  },
  'runs.update': {
    input: z.object({
      id: z.string(),
      name: z.string().trim().min(1).max(200).optional(),
      archived: z.boolean().optional(),
      tags: z.array(Tag).max(50).optional(),
      note: z.string().max(10_000).optional()
    }),
    output: RunRow
  },
  'studies.presets': { input: z.object({}), output: z.array(Study) },
  'studies.list': { input: z.object({}), output: z.array(StudyRow) },
  /** Plans a study that is stored, or one that is being written; nothing is stored or started. */
  'studies.plan': {
    input: z.union([id, z.object({ study: z.unknown() })]),
    output: PlannedStudy
  },
  'studies.create': { input: z.object({ study: z.unknown() }), output: id },
  /** Another study under the same id: runs that are no cells of it any more stay as they are. */
  'studies.update': {
    input: z.object({
      id: z.string(),
      study: z.unknown().optional(),
      archived: z.boolean().optional()
    }),
    output: StudyRow
  },
  /**
   * Queues what is missing: cells that were never started and those that were cut off; with `again`, those that
   * failed or were stopped too. Of several seeds each cell's first comes before any cell's second.
   */
  'studies.run': {
    input: z.object({
      id: z.string(),
      /** These cells alone, by key. */
      cells: z.array(z.string()).max(10000).optional(),
      again: z.boolean().default(false),
      /** New runs go to this cluster; left out: this computer. A run that was cut off goes on where it was. */
      cluster: z.string().optional()
    }),
    output: z.object({ queued: z.int() })
  },
  /** Takes what waits out of the queue; what runs goes on. */
  'studies.withdraw': { input: id, output: z.object({ withdrawn: z.int() }) },
  /**
   * What a rule and the stop rules would have made of runs that are stored, nothing being changed. `start`: steps that
   * each is given at first; its own budget where left out. `library`: all runs that have the study's split.
   */
  'studies.try': {
    input: z.object({
      id: z.string(),
      /** Null: the stop rules alone. Left out: the study's rule. */
      rule: BudgetRule.nullable().optional(),
      start: z.int().min(1).optional(),
      runs: z.enum(['study', 'library']).default('study')
    }),
    output: z.array(TriedRun)
  },
  /** Records the verdicts on its claims as they are now; those with unfinished cells are left. */
  'studies.record': {
    input: id,
    output: z.object({ recorded: z.int(), left: z.int() })
  },
  /** A report of its results that needs nothing beside it. The first one records the verdicts that it states. */
  'studies.report': {
    input: z.object({ id: z.string(), format: ReportFormat }),
    output: WrittenFile
  },
  'queue.get': { input: z.object({}), output: QueueState },
  'queue.set': {
    input: z.object({
      paused: z.boolean().optional(),
      parallel: z.int().min(1).max(64).nullable().optional()
    }),
    output: QueueState
  },
  /** Puts waiting runs before or behind all others, in the given order. */
  'queue.move': {
    input: z.object({ ids: z.array(z.string()).min(1).max(10000), to: z.enum(['first', 'last']) }),
    output: z.object({})
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
  },
  /** Curves of many runs for one figure: placed on its axis, grouped, smoothed, reduced. */
  'metrics.curves': { input: CurvesQuery, output: CurvesAnswer },
  /**
   * Values of metrics at one place of their curves, for many runs at once. `accuracy/@ood` is that of the split that
   * has the role in each run's kind of data.
   */
  'metrics.values': {
    input: z.object({
      ids: z.array(z.string()).max(20_000),
      columns: z.array(z.object({ name: z.string().max(200), at: MetricPlace })).max(60)
    }),
    /** One per column, each with one value per run; null where there is none. */
    output: z.array(z.object({ values: z.array(z.number().nullable()) }))
  },
  /** A figure as a file; the same figure and settings give the same bytes everywhere. */
  'figures.write': {
    input: z.object({
      ...{ figure: FigureSchema, format: z.enum(figureFormats), settings: FigureSettings }
    }),
    output: WrittenFile
  },
  'tables.write': {
    input: z.object({
      ...{ table: TableSchema, format: z.enum(tableFormats) },
      /** For LaTeX: the best of a column in bold, and digits of numbers that are not whole. */
      best: z.boolean().default(false),
      digits: z.int().min(1).max(17).default(4)
    }),
    output: WrittenFile
  },
  /** Every recorded value of every metric of runs, unreduced: a row for each. The same runs give the same bytes. */
  'tables.raw': {
    input: z.object({ ids: z.array(z.string()).min(1), format: z.enum(dataFormats) }),
    output: WrittenFile
  },
  /**
   * Writes a replication pack of a study, or of picked runs, and keeps it to be read. Runs at work are refused, of a
   * study left out and named.
   */
  'packs.create': {
    input: z.object({
      study: z.string().optional(),
      runs: z.array(z.string()).max(10_000).optional(),
      checkpoints: PackCheckpoints.default('last')
    }),
    output: WrittenPack.extend({ ticket: PackTicket })
  },
  /** A part of a pack that was written, from a byte on; `next` is null at its end. */
  'packs.read': {
    input: z.object({ ticket: PackTicket, offset: z.int().min(0) }),
    output: z.object({ base64: z.string(), next: z.int().nullable() })
  },
  /** Brings a pack here part by part: the first without a ticket, each at the end of the ones before. */
  'packs.upload': {
    input: z.object({
      ticket: PackTicket.nullable(),
      offset: z.int().min(0),
      base64: z.string().max(8_000_000)
    }),
    output: z.object({ ticket: PackTicket })
  },
  /** Takes a pack that was brought here into the library, whole or not at all. */
  'packs.open': {
    input: z.object({ ticket: PackTicket, name: z.string().max(200) }),
    output: OpenedPack
  },
  /** Forgets a pack that was written or brought here. */
  'packs.discard': { input: z.object({ ticket: PackTicket }), output: z.object({}) },
  /** `last`: what was looked at when the page was closed. */
  'views.list': {
    input: z.object({}),
    output: z.object({ last: View.nullable(), saved: z.array(SavedView) })
  },
  'views.keep': { input: z.object({ view: View }), output: z.object({}) },
  /** The three answer with all saved views. A view of the same name is replaced. */
  'views.save': { input: SavedView.pick({ name: true, view: true }), output: z.array(SavedView) },
  'views.rename': {
    input: z.object({ name: z.string(), to: SavedView.shape.name }),
    output: z.array(SavedView)
  },
  'views.remove': { input: z.object({ name: z.string() }), output: z.array(SavedView) },
  /** The checkpoints of a run that are there and whole by their manifests, rising. */
  'inspect.checkpoints': {
    input: id,
    output: z.array(CheckpointRow)
  },
  /** Answers from what is kept, else asks the inspecting process, which may take long. */
  'inspect.run': {
    input: z.object({
      id: z.string(),
      step: z.int().min(0),
      query: InspectQuery,
      /** Names this wait in `inspect.progress` and `inspect.cancel`; chosen by the client. */
      ticket: z.string().max(100).optional()
    }),
    output: InspectResult
  },
  /** The answers at these checkpoints, drawn one after the other: a GIF, or PNG frames in a zip file. */
  'inspect.film': {
    input: z.object({
      id: z.string(),
      steps: z.array(z.int().min(0)).min(1).max(mostFrames),
      query: InspectQuery,
      layer: z.string().max(40).optional(),
      format: FilmFormat,
      /** Of a frame of a GIF. */
      delayMs: z.int().min(20).max(60_000).default(usualDelayMs),
      ticket: z.string().max(100).optional()
    }),
    output: WrittenFile
  },
  /** Ends a wait; the work ends with it unless somebody else waits for the same. */
  'inspect.cancel': { input: z.object({ ticket: z.string() }), output: z.object({}) },
  /** Works out the answers of these checkpoints in the background, the first first; replaces what was asked before. */
  'inspect.prepare': {
    input: z.object({
      id: z.string(),
      steps: z.array(z.int().min(0)).max(10_000),
      query: InspectQuery
    }),
    /** How many are already kept. */
    output: z.object({ ready: z.int() })
  },
  /** The paper's questions about a comparison run, answered from what is kept, else asked one after the other. */
  'circuit.report': {
    input: CircuitQuestion.extend({ ticket: z.string().max(100).optional() }),
    output: z.object({
      reading: z.custom<CircuitReading>(),
      document: z.object({
        title: z.string(),
        facts: z.array(z.string()),
        blocks: z.array(z.custom<ReportBlock>())
      })
    })
  },
  /** The same as a file that needs nothing beside it. */
  'circuit.write': {
    input: CircuitQuestion.extend({ format: ReportFormat }),
    output: WrittenFile
  },
  /** Removes checkpoints of a run for good, with what was found in them. */
  'checkpoints.remove': {
    input: z.object({ id: z.string(), steps: z.array(z.int().min(0)).min(1).max(100_000) }),
    output: z.object({ removed: z.int(), bytes: z.number() })
  },
  'clusters.list': { input: z.object({}), output: z.array(ClusterStatus) },
  /** Writes a profile; one of the same name is replaced. */
  'clusters.save': { input: z.object({ profile: z.unknown() }), output: ClusterProfile },
  'clusters.remove': { input: z.object({ name: z.string() }), output: z.object({}) },
  /** Tries every link from here to a running job; takes up to a few minutes. */
  'clusters.check': { input: z.object({ name: z.string() }), output: z.array(ClusterLink) },
  /** Asks the cluster now, connecting where that is needed. */
  'clusters.look': { input: z.object({ name: z.string() }), output: ClusterStatus },
  /** What the user answers to a question of `clusters.list`; null: nothing, the login is given up. */
  'clusters.answer': {
    input: z.object({ id: z.string(), answer: z.string().max(10_000).nullable() }),
    output: z.object({})
  },
  /** Takes the job of a run from Slurm, with every run that shares it; each writes a checkpoint if it can. */
  'clusters.cancel': { input: id, output: z.object({ job: z.string() }) },
  /** The last lines of a run's job. */
  'clusters.log': { input: id, output: z.object({ text: z.string() }) }
} as const
export type Requests = typeof requests

export const events = {
  'run.changed': RunRow,
  'queue.changed': QueueState,
  'library.changed': z.object({ notices: z.array(LibraryNotice) }),
  'study.changed': z.object({ id: z.string() }),
  /** Something about clusters is another: ask again. */
  'clusters.changed': z.object({}),
  'run.progress': z.object({ id: z.string(), progress: Progress }),
  'inspect.progress': z.object({ ticket: z.string(), done: z.number(), total: z.number() }),
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
