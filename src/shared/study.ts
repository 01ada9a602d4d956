/**
 * A study: a question, a base config, and axes along which it is varied. It is data: a file of this form is kept
 * in resources/studies (presets) and in the library (studies/ID/study.json), and everything that is run follows
 * from it. Planning is a pure function; the cells of a study are all combinations of its axes' points.
 *
 * A cell is known by the hash of its config, so that axes can be extended, or added, and only cells that were
 * never run are missing.
 */
import { z } from 'zod'
import { BudgetRule } from './budget-rule'
import { EngineChoice } from './events'

/** Paths and values as `--set` takes them: `{"budget.steps": 20000, "model": {"family": "llama"}}`. */
export const Settings = z.record(z.string().min(1), z.unknown())
export type Settings = z.infer<typeof Settings>

const named = {
  /** In labels of cells and columns; the last word of the path where left out. */
  name: z.string().min(1).max(60).optional(),
  /** For axes of figures, with the unit. */
  label: z.string().max(120).optional()
}
const path = z.string().min(1)
const scale = z.enum(['log', 'linear'])
const bounds = { from: z.number(), to: z.number() }

/** What a random axis draws for one path: uniform on a scale, or one of a list. */
export const Draw = z.union([
  z.strictObject({
    ...bounds,
    scale: scale.default('linear'),
    integer: z.boolean().default(false)
  }),
  z.strictObject({ values: z.array(z.unknown()).min(1) })
])
export type Draw = z.infer<typeof Draw>

export const Axis = z.discriminatedUnion('kind', [
  /** One path through a list of values. */
  z.strictObject({
    kind: z.literal('values'),
    ...named,
    path,
    values: z.array(z.unknown()).min(1)
  }),
  /** One path through `count` values from `from` to `to`, both included. */
  z.strictObject({
    kind: z.literal('range'),
    ...named,
    path,
    ...bounds,
    count: z.int().min(2).max(1000),
    scale: scale.default('linear'),
    integer: z.boolean().default(false)
  }),
  /**
   * Points that set several paths at once, or a whole group: entities and attributes together, or one model family
   * for another. `at` places a point on a numeric axis.
   */
  z.strictObject({
    kind: z.literal('settings'),
    name: z.string().min(1).max(60),
    label: z.string().max(120).optional(),
    points: z
      .array(
        z.strictObject({
          label: z.string().min(1).max(60),
          at: z.number().optional(),
          set: Settings
        })
      )
      .min(1)
  }),
  /** `count` joint draws of several paths, from a seed of their own. Longer means the same draws and more. */
  z.strictObject({
    kind: z.literal('random'),
    name: z.string().min(1).max(60),
    label: z.string().max(120).optional(),
    count: z.int().min(1).max(10000),
    seed: z.int().min(0).max(4294967295).default(0),
    draws: z.record(path, Draw)
  }),
  /** The config's seed. Runs that differ in nothing else are what statistics are made of. */
  z.strictObject({
    kind: z.literal('seeds'),
    seeds: z.array(z.int().min(0).max(4294967295)).min(1)
  })
])
export type Axis = z.infer<typeof Axis>

/** A sentence that the study claims, bound to a test of its runs. */
export const Claim = z.strictObject({
  /** e.g. "LLaMA generalises later than GPT-2". */
  sentence: z.string().min(1).max(500),
  /** The axis whose points are compared, and the labels of the two. */
  axis: z.string(),
  first: z.string(),
  second: z.string(),
  /** What is claimed of the second: the event comes later, earlier, or both differ. */
  direction: z.enum(['later', 'earlier', 'differs']).default('differs'),
  /** Holds the other axes at these labels; axes that are not named are pooled. */
  where: z.record(z.string(), z.string()).default({}),
  /** The p value below which the claim counts as supported. */
  alpha: z.number().gt(0).lt(1).default(0.05)
})
export type Claim = z.infer<typeof Claim>

export const Study = z.strictObject({
  version: z.literal(1).default(1),
  /** Names the file of a preset, and the folder's beginning in a library. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/, 'takes small letters, digits and hyphens'),
  title: z.string().trim().min(1).max(200),
  question: z.string().max(2000).optional(),
  summary: z.string().max(4000).optional(),
  /** A preset's name, or a config; settings left out have their defaults. */
  base: z.union([z.string(), z.record(z.string(), z.unknown())]),
  /** Changes to the base for every cell: budget, stop rule, whatever differs from the preset. */
  set: Settings.default({}),
  axes: z.array(Axis).max(8).default([]),
  /** Cells beyond the grid: one more seed at these points of the other axes, as refining adds them. */
  further: z
    .array(
      z.strictObject({
        labels: z.record(z.string(), z.string()),
        seed: z.int().min(0).max(4294967295)
      })
    )
    .max(10000)
    .default([]),
  engine: EngineChoice.default('auto'),
  /** Runs that have not generalised by the end of their budget go on while they still move; left out: none does. */
  extend: BudgetRule.optional(),
  /** The split whose generalisation is the event of the statistics; left out: OOD where there is one, else test. */
  split: z.string().optional(),
  claims: z.array(Claim).max(200).default([])
})
export type Study = z.infer<typeof Study>
/** What a file may hold: defaults left out. */
export type StudyInput = z.input<typeof Study>

/** What a run says of the study it was made for: the study's id, and the cell's key at that time. */
export const StudyCell = z.object({ id: z.string(), cell: z.string() })
export type StudyCell = z.infer<typeof StudyCell>

/** Cells of one study at most: a slip in an axis must not plan a million runs. */
export const maxCells = 10_000
