/**
 * A view: which runs are looked at and how. The page keeps it in the address, saves it by name and exports it as
 * JSON; `npx grokscope plot` takes it, or single settings of it, from the command line. Everything that changes what
 * a table or chart shows is a field here and nowhere else, so that a figure can be made again from its view.
 */
import { z } from 'zod'

/** What the horizontal axis of curves counts. */
export const xQuantities = [
  'step',
  'epoch',
  'examples',
  'tokens',
  'flops',
  /** Time at work in seconds, without pauses. */
  'time',
  /** Step over the run's last step. */
  'relative',
  /** Another metric, named in `xMetric`. */
  'metric'
] as const

export const Scale = z.enum(['log', 'linear'])

/** How seeds of one config become one curve. */
export const Grouping = z.strictObject({
  /** Settings in which the runs of a curve agree; empty: everything but the seed. */
  by: z.array(z.string().max(100)).max(12).default([]),
  centre: z.enum(['mean', 'median']).default('mean'),
  band: z.enum(['none', 'minmax', 'sd', 'se', 'ci95']).default('ci95'),
  /** Whether each seed's own curve stays visible. */
  members: z.boolean().default(true)
})
export type Grouping = z.infer<typeof Grouping>

/**
 * A panel of curves: a measure such as `loss`, with the splits that are drawn. Splits go by role (`ood` is the OOD
 * split of whatever task, or its only test), so that runs of different tasks share a panel.
 */
export const PanelSpec = z.strictObject({
  metric: z.string().max(100),
  splits: z.array(z.string().max(60)).max(12).default([]),
  yScale: Scale.optional()
})
export type PanelSpec = z.infer<typeof PanelSpec>

export const CurvesView = z.strictObject({
  x: z.enum(xQuantities).default('step'),
  xMetric: z.string().max(100).optional(),
  xScale: Scale.default('log'),
  /** For metrics without a scale of their own; accuracy is always linear. */
  yScale: Scale.default('linear'),
  /** The event that is put at 0, where a run has it. */
  align: z.enum(['none', 'memorisation', 'generalisation']).default('none'),
  /** Weight of the past in the debiased moving average; 0: none. */
  smoothing: z.number().min(0).max(0.999).default(0),
  group: Grouping.nullable().default(null),
  events: z.boolean().default(true),
  panels: z.array(PanelSpec).max(12).default([]),
  /** Ends of the horizontal axis in sight, in its quantity; null: everything. */
  zoom: z.tuple([z.number(), z.number()]).nullable().default(null)
})
export type CurvesView = z.infer<typeof CurvesView>

/** Which value of a metric's curve: its last, its best, that at a step, or at an event of its run. */
export const MetricPlace = z.union([
  z.enum(['last', 'best', 'memorisation', 'generalisation']),
  z.int().min(0)
])
export type MetricPlace = z.infer<typeof MetricPlace>

/** An axis or the colour of a plot: named as a column of the table. */
export const PlotColumn = z.strictObject({ id: z.string().max(200), at: MetricPlace.optional() })
export type PlotColumn = z.infer<typeof PlotColumn>

export const plotKinds = ['scatter', 'strip', 'heat', 'parallel'] as const
export type PlotKind = (typeof plotKinds)[number]

/** A plot over runs, a mark each. What is null follows from the runs: what differs, and what they came to. */
export const PlotsView = z.strictObject({
  kind: z.enum(plotKinds).nullable().default(null),
  x: PlotColumn.nullable().default(null),
  y: PlotColumn.nullable().default(null),
  /** What colours the marks, and what a heat map shows; of `own`, each run its own colour. */
  color: z
    .union([PlotColumn, z.literal('own')])
    .nullable()
    .default(null),
  xScale: Scale.nullable().default(null),
  yScale: Scale.nullable().default(null),
  /** How the runs of a heat map's cell become one value. */
  statistic: z.enum(['median', 'mean', 'share']).default('median'),
  /** Of parallel coordinates, from left to right. */
  axes: z.array(PlotColumn).max(12).default([]),
  /** What of an axis is let through, in shares of its height. */
  brushes: z
    .array(z.strictObject({ axis: z.string().max(300), low: z.number(), high: z.number() }))
    .max(12)
    .default([])
})
export type PlotsView = z.infer<typeof PlotsView>

/** A column of the runs table: a setting by path, or a metric at a chosen place of its curve. */
export const Column = z.strictObject({
  /** `config:model.nLayer`, `metric:accuracy/@ood`, `event:memorised`, or a fixed one such as `name`. */
  id: z.string().max(200),
  /** Of metrics; left out: the last. */
  at: MetricPlace.optional(),
  pinned: z.boolean().optional(),
  /** In px; left out: as wide as its kind of column usually is. */
  width: z.int().min(32).max(1200).optional()
})
export type Column = z.infer<typeof Column>

export const View = z.strictObject({
  version: z.literal(1).default(1),
  /** In the query language (query.ts); empty: every run on the shelf. */
  query: z.string().max(2000).default(''),
  shelf: z.enum(['current', 'archived', 'trash']).default('current'),
  /** Runs picked by hand, in the order of picking; charts show these, or without any the query's. */
  picked: z.array(z.string().max(100)).max(200).default([]),
  /** Which of those Compare shows, in the query language; empty: all of them. */
  within: z.string().max(2000).default(''),
  hidden: z.array(z.string().max(100)).max(2000).default([]),
  columns: z.array(Column).max(60).default([]),
  sort: z
    .strictObject({ column: z.string().max(200), descending: z.boolean() })
    .default({ column: 'created', descending: true }),
  onlyDifferences: z.boolean().default(false),
  /** Runs that belong together as one row of the table. */
  folded: z.boolean().default(false),
  /** Settings in which the runs of such a row agree; empty: everything but the seed. */
  foldBy: z.array(z.string().max(100)).max(12).default([]),
  /** The run that others are measured against. */
  baseline: z.string().max(100).nullable().default(null),
  /** Which place of Compare is open. */
  tab: z.enum(['curves', 'side-by-side', 'plots']).default('curves'),
  curves: CurvesView.prefault({}),
  plots: PlotsView.prefault({}),
  /** Steps in sight of the curves of runs side by side; null: all. */
  sideZoom: z
    .tuple([z.int().min(0), z.int().min(0)])
    .nullable()
    .default(null),
  /** Settings that the runs side by side are meant to differ in; null: what they most likely are. */
  question: z.array(z.string().max(100)).max(40).nullable().default(null)
})
export type View = z.infer<typeof View>
/** What an address or a file may hold: every field may be left out. */
export type ViewInput = z.input<typeof View>
