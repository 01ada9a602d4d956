/** From a study to its cells: every combination of its axes' points, each a resolved config or a refusal. */
import type { RunConfig } from './config'
import { parseRunConfig, withValue } from './config-input'
import { UserError, type FieldIssue } from './errors'
import { splitsOf } from './splits'
import type { Settings, Study } from './study'
import { planAxes, type AxisPoint, type PlannedAxis } from './study-axes'

export interface Cell {
  /** `entities 400, llama, seed 2`: unique within the study. */
  key: string
  /** Label of the point on each axis, by the axis' name. */
  labels: Record<string, string>
  /** The resolved config and its hash; null where it is refused. */
  config: RunConfig | null
  hash: string | null
  /** Why it is refused: path, value, and the nearest setting that would be allowed, where that can be told. */
  issues: FieldIssue[]
}

export interface StudyPlan {
  axes: PlannedAxis[]
  cells: Cell[]
  /** The split whose generalisation is the event of the statistics; null where no cell has one. */
  split: string | null
}

/** What planning needs to know of the world. */
export interface PlanHost {
  /** The config of a preset, undefined where there is none of that name. */
  preset(name: string): unknown
  /** Names a config for good: equal configs, and only those, have equal hashes. */
  hash(config: RunConfig): string
  /** Turns a parsed config into what a run would record, e.g. with the hash of its file of facts. */
  resolve?(config: RunConfig): RunConfig
}

/**
 * Plans all cells, the first axis changing slowest. A refused cell stays in the plan with its reasons, so that one
 * impossible corner of a grid does not cost the rest. Of cells with one and the same config the first counts.
 * @param study as parseStudy returned it
 * @throws {UserError} `study.base` where the study's base is no preset's name
 */
export function planStudy(study: Study, host: PlanHost): StudyPlan {
  const base = baseOf(study, host)
  const axes = planAxes(study)
  const seen = new Map<string, string>()
  const cells = [...combinations(axes), ...furtherPoints(study, axes)].map((points): Cell => {
    const labels = Object.fromEntries(axes.map(({ name }, i) => [name, points[i]!.label]))
    const key = cellKey(axes, labels)
    const asked = points.reduce<unknown>((config, { set }) => applySettings(config, set), base)
    try {
      const parsed = parseRunConfig(asked)
      const config = host.resolve ? host.resolve(parsed) : parsed
      const refused = ruleIssues(study, config)
      if (refused.length > 0) return { key, labels, config: null, hash: null, issues: refused }
      const hash = host.hash(config)
      const twin = seen.get(hash)
      if (twin !== undefined) {
        const issues = [{ path: '', message: `is the same config as the cell ${twin}` }]
        return { key, labels, config: null, hash: null, issues }
      }
      seen.set(hash, key)
      return { key, labels, config, hash, issues: [] }
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      const issues =
        error.issues.length > 0 ? [...error.issues] : [{ path: '', message: error.message }]
      return { key, labels, config: null, hash: null, issues }
    }
  })
  return { axes, cells, split: splitOf(study, cells) }
}

/** Why a run of this config cannot be extended as the study asks. */
function ruleIssues({ extend }: Study, { budget, optimizer }: RunConfig): FieldIssue[] {
  if (!extend) return []
  const issues: FieldIssue[] = []
  if (extend.cap < budget.steps) {
    const message = `${extend.cap} is below the budget of ${budget.steps} steps; the nearest is ${budget.steps}`
    issues.push({ path: 'extend.cap', message, nearest: budget.steps })
  }
  if (optimizer.schedule !== 'constant') {
    const message = `${optimizer.schedule} ends with the budget, so a run cannot be extended; the nearest is constant`
    issues.push({ path: 'optimizer.schedule', message, nearest: 'constant' })
  }
  return issues
}

function baseOf(study: Study, host: PlanHost): unknown {
  const base = typeof study.base === 'string' ? host.preset(study.base) : study.base
  if (base === undefined) {
    throw new UserError(
      'study.base',
      `The study "${study.name}" is based on the preset "${String(study.base)}", which is not there.`,
      'Name another preset in "base", or write the config itself there.'
    )
  }
  return applySettings(base, study.set)
}

/** Applies settings in order: a whole group such as `model` replaces what was there. */
export const applySettings = (config: unknown, set: Settings): unknown =>
  Object.entries(set).reduce<unknown>(
    (changed, [path, value]) => withValue(changed, path.split('.'), value),
    config
  )

function combinations(axes: readonly PlannedAxis[]): AxisPoint[][] {
  return axes.reduce<AxisPoint[][]>(
    (made, { points }) => made.flatMap((before) => points.map((point) => [...before, point])),
    [[]]
  )
}

/** The points of cells beyond the grid; those whose labels no longer exist are passed over. */
function furtherPoints({ further }: Study, axes: readonly PlannedAxis[]): AxisPoint[][] {
  return further.flatMap(({ labels, seed }) => {
    const points = axes.map((axis) =>
      axis.isSeeds
        ? { label: String(seed), at: seed, set: { seed } }
        : axis.points.find(({ label }) => label === labels[axis.name])
    )
    return points.every((point) => point !== undefined) ? [points] : []
  })
}

/** `entities 400, llama, seed 2`: numbers are named by their axis, names speak for themselves. */
export function cellKey(
  axes: readonly Pick<PlannedAxis, 'name'>[],
  labels: Readonly<Record<string, string>>
): string {
  const parts = axes.map(({ name }) => {
    const label = labels[name] ?? ''
    return /^[-\d.#]/.test(label) || label.length < 3 ? `${name} ${label}` : label
  })
  return parts.join(', ') || 'the base'
}

/** The split that the study names, or the last OOD split of plain questions, or the test, of its first cell. */
function splitOf(study: Study, cells: readonly Cell[]): string | null {
  if (study.split !== undefined) return study.split
  const config = cells.find((cell) => cell.config)?.config
  if (!config) return null
  const splits = splitsOf[config.dataset.kind]
  const event =
    splits.find(({ role }) => role === 'ood') ?? splits.find(({ role }) => role === 'test')
  return event?.name ?? null
}
