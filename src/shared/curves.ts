/** Asking for the curves of many runs at once, and what is answered: what a figure of curves is made of. */
import { z } from 'zod'
import { CurvesView, Grouping, Scale } from './view'

export const CurvesQuery = z.object({
  /** Each a curve of its own under its key: one run, or the runs that are averaged. */
  groups: z
    .array(z.object({ key: z.string(), runs: z.array(z.string()).min(1).max(500) }))
    .max(500),
  /** `batchLoss`, `accuracy/test_inferred_ood`, or by role `accuracy/@ood` (metric-roles.ts). */
  metrics: z.array(z.string().max(200)).max(48),
  x: z.object({
    quantity: CurvesView.shape.x.unwrap(),
    /** For the quantity `metric`. */
    metric: z.string().max(200).optional()
  }),
  align: CurvesView.shape.align.unwrap(),
  scale: Scale,
  /** Of pixels, over the whole range in sight. */
  columns: z.int().min(1).max(4000),
  /** Ends in sight, in values of x; null: everything. */
  range: z.tuple([z.number(), z.number()]).nullable(),
  /** Weight of the past in the debiased moving average; 0: none. */
  smoothing: CurvesView.shape.smoothing.unwrap(),
  /** Null: each run for itself. */
  statistics: Grouping.pick({ centre: true, band: true, members: true }).nullable()
})
export type CurvesQuery = z.infer<typeof CurvesQuery>

const Values = z.array(z.number().nullable())

export const CurveAnswer = z.object({
  /** Index into the metrics asked for. */
  metric: z.int(),
  group: z.string(),
  /** Null for a group's own curve. */
  run: z.string().nullable(),
  /** `run`: by itself. `member`: of a group that has a `centre`. */
  role: z.enum(['run', 'member', 'centre']),
  /** Rising, except along another metric. The points beside the range are its neighbours. */
  x: z.array(z.number()),
  y: Values,
  /** Of a centre that has a band; null where a single member has no spread. */
  low: Values.nullable(),
  high: Values.nullable(),
  /** Members that count at each point, of a centre. */
  n: z.array(z.int()).nullable(),
  /** The moving average over all recorded points, reduced by itself. */
  smooth: z.object({ x: z.array(z.number()), y: Values }).nullable(),
  /** Recorded points in sight, before the reduction. */
  total: z.int()
})
export type CurveAnswer = z.infer<typeof CurveAnswer>

export const CurvesAnswer = z.object({
  /** Of x, over everything, in sight or not; null without a point. */
  extent: z
    .object({ range: z.tuple([z.number(), z.number()]), least: z.number().nullable() })
    .nullable(),
  /** Curves without a point are left out. */
  curves: z.array(CurveAnswer),
  /** Runs that have no place on this axis: the quantity is not recorded, or the event has not come. */
  leftOut: z.array(z.object({ run: z.string(), reason: z.enum(['quantity', 'event']) })),
  /**
   * Where the milestones of the runs that are drawn lie on this axis; null where the axis counts something that was not
   * recorded at that step: nothing is interpolated.
   */
  events: z.array(z.object({ run: z.string(), step: z.int(), x: z.number().nullable() }))
})
export type CurvesAnswer = z.infer<typeof CurvesAnswer>
