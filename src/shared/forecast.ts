/**
 * What a run will take before it is started: time from the pace of similar runs on this machine, scaled by their work;
 * disk from its checkpoints and lines. While a run goes on, its own pace says more (trainer/pace.ts).
 */
import { checkpointSchedule, forecastCheckpoints } from './checkpoint-schedule'
import type { RunConfig } from './config'
import type { RunRow } from './contract'
import { evaluationDue, lossDue } from './due'
import type { EngineChoice } from './events'
import { countParametersOf, evaluationFlops, stepCost, type DatasetShape } from './model-cost'
import { familyOf } from './setting-tags'

type Planned = Pick<
  RunConfig,
  'model' | 'optimizer' | 'batchSize' | 'budget' | 'evaluation' | 'checkpoints'
>

export interface TimeForecast {
  /** Milliseconds of training, evaluations and checkpoints included: [low, high]. */
  ms: readonly [number, number]
  stepMs: number
  /** How many runs of the history it rests on. */
  runs: number
  /** They have this very shape; else their pace was scaled by floating point operations. */
  sameShape: boolean
}

/** Runs that took more or less work a step than this factor tell nothing. */
const farthest = 16
const mostRuns = 5

/** Which of the engines a row or a choice means: recorded and eager steps have little in common. */
type EngineKind = 'native' | 'eager' | 'wasm' | 'cpu'

export function engineKindOf(choice: EngineChoice, hasNative: boolean): EngineKind {
  if (choice === 'auto') return hasNative ? 'native' : 'wasm'
  return choice
}

function kindOfRun({ engine }: Pick<RunRow, 'engine'>): EngineKind | null {
  if (engine?.name === 'native' && engine.detail.includes('eager')) return 'eager'
  return engine?.name ?? null
}

/**
 * How long a run will take, from runs of the same family on the same engine that told their pace; null where there is
 * none of at most 16 times more or less work a step. The nearest in work count, at most five.
 * @param from the step it begins at: 0, or that of a fork
 */
export function forecastTime(
  config: Planned,
  shape: DatasetShape,
  probes: number,
  engine: EngineKind,
  history: readonly RunRow[],
  from = 0
): TimeForecast | null {
  const { flopsPerStep } = stepCost(config, shape)
  const flopsPerEvaluation = evaluationFlops(config.model, shape, probes)
  const parameterCount = countParametersOf(config.model, shape)
  const similar = history
    .flatMap((run) => {
      const { cost, pace } = run
      const known = cost !== null && pace !== null && pace.stepMs > 0
      if (!known || kindOfRun(run) !== engine || familyOf(run.config) !== config.model.family) {
        return []
      }
      const scale = flopsPerStep / cost.flopsPerStep
      return [{ run, cost, pace, scale, distance: Math.abs(Math.log(scale)) }]
    })
    .filter(({ distance }) => distance <= Math.log(farthest))
    .sort((a, b) => a.distance - b.distance)
  const same = similar.filter(({ distance }) => distance < 0.02)
  const used = (same.length > 0 ? same : similar).slice(0, mostRuns)
  if (used.length === 0) return null

  const stepMs = median(used.map(({ pace, scale }) => pace.stepMs * scale))
  const evaluationMs = median(
    used.map(({ pace, cost }) => {
      const other = cost.flopsPerEvaluation
      return pace.evaluationMs * (other ? flopsPerEvaluation / other : 1)
    })
  )
  const checkpointMs = median(
    used.map(({ pace, run }) => {
      return pace.checkpointMs * (run.parameterCount ? parameterCount / run.parameterCount : 1)
    })
  )
  const { evaluations, checkpoints } = planned(config, from)
  const middle =
    (config.budget.steps - from) * stepMs + evaluations * evaluationMs + checkpoints * checkpointMs
  // Other shapes scale worse the farther they are; the machine has other work now and then.
  const spread = Math.min(0.6, 0.15 + 0.1 * (used[0]!.distance / Math.LN2))
  const ms = [middle * (1 - spread), middle * (1 + spread)] as const
  return { ms, stepMs, runs: used.length, sameShape: same.length > 0 }
}

export interface DiskForecast {
  checkpoints: number
  /** Checkpoints that stay. */
  kept: number
  /** Event lines, and the same numbers in the history. */
  records: number
  total: number
}

/** Bytes of a line of events.jsonl: around its values, and per value with its name; and of a value in the history. */
const lineBytes = { frame: 70, loss: 75, value: 30, stored: 60 } as const

/**
 * Disk space at the end of a run, in bytes.
 * @param splits how many splits are evaluated
 */
export function forecastDisk(
  config: Planned,
  parameterCount: number,
  splits: number,
  from = 0
): DiskForecast {
  const { bytes, kept } = forecastCheckpoints(config, parameterCount)
  const { evaluations, losses } = planned(config, from)
  // Six measures of each split, and norms of the parts of the model.
  const values = 6 * splits + 8
  const { frame, loss, value, stored } = lineBytes
  const records =
    evaluations * (frame + values * (value + stored)) + losses * (frame + loss + 3 * stored)
  return { checkpoints: bytes, kept, records, total: bytes + records }
}

function planned({ budget: { steps }, evaluation, checkpoints }: Planned, from: number) {
  const { upTo } = checkpointSchedule(checkpoints, steps)
  return {
    evaluations: evaluationDue(evaluation, steps).left(from - 1),
    losses: lossDue(evaluation.lossEvery, steps).left(from),
    checkpoints: upTo(steps) - upTo(from)
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
