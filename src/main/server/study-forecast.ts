/**
 * Time and disk that the missing cells of a study will take, told from the measured pace of earlier runs: those that
 * differ in nothing that costs time, else runs of the same family, scaled by operations.
 */
import { statfsSync } from 'node:fs'
import { forecastCheckpoints, logSpaced, plannedCheckpoints } from '@shared/checkpoint-schedule'
import type { RunConfig } from '@shared/config'
import type { StudyForecast } from '@shared/contract'
import type { RunPace } from '@shared/events'
import { countParametersOf, stepCost } from '@shared/model-cost'
import { datasetShape } from '../datasets/index'
import type { RunRecord } from '../store/store'
import { hashConfig } from './config-hash'

/** Fewer steps say too little: the first ones are slower. */
const leastSteps = 200
/** Another size is another speed: scaled times are said with this much room either way. */
const scaledRoom = 2

/** Milliseconds of a whole run: by the fastest and by the slowest of the runs it is told from. */
interface Told {
  low: number
  high: number
  /** From runs of the same size, not scaled. */
  exact: boolean
}

/** What a cell would still take: from a step on, to its budget, or with a rule as far as that may go. */
export interface Ahead {
  config: RunConfig
  from: number
  to: readonly [least: number, most: number]
}

/**
 * @param cells that would be trained
 * @param runs any runs; those with a measured pace are told from
 * @param atOnce how many train at a time
 */
export function forecastStudy(
  cells: readonly Ahead[],
  runs: readonly RunRecord[],
  atOnce: number,
  library: string
): StudyForecast {
  const tell = createTeller(runs)
  const known = cells.flatMap((cell) => tell(cell) ?? [])
  const slots = Math.max(1, Math.min(atOnce, known.length))
  const sum = (end: 'low' | 'high'): number =>
    known.reduce((all, told) => all + told[end], 0) / slots
  const steps = (end: 0 | 1): number => cells.reduce((all, { from, to }) => all + to[end] - from, 0)
  return {
    cells: cells.length,
    unknown: cells.length - known.length,
    timeMs: known.length > 0 ? [sum('low'), sum('high')] : null,
    steps: [steps(0), steps(1)],
    diskBytes: cells.reduce((total, cell) => total + diskBytes(cell), 0),
    freeBytes: freeBytes(library),
    basis: basisOf(known, cells.length, steps(1) > steps(0))
  }
}

function basisOf(known: readonly Told[], cells: number, ranges: boolean): string {
  if (cells === 0) return 'Nothing is left to train.'
  if (known.length === 0) {
    return `The time is unknown until ${leastSteps} steps of a first run are measured.`
  }
  const exact = known.filter((told) => told.exact).length
  const parts = [
    ...(exact > 0 ? [`${exact} from runs of the same size on this machine`] : []),
    ...(exact < known.length
      ? [`${known.length - exact} scaled by operations from other runs of the family`]
      : []),
    ...(known.length < cells ? [`${cells - known.length} unknown`] : [])
  ]
  const budgets = ranges ? 'From none extended to all extended to the cap' : 'Whole budgets'
  return `${budgets}, none stopped early: ${parts.join(', ')}.`
}

function createTeller(runs: readonly RunRecord[]): (cell: Ahead) => Told | null {
  const bySize = new Map<string, RunPace[]>()
  const byFamily = new Map<string, { pace: RunPace; flops: number }[]>()
  for (const { step, pace, cost, cluster, config: stored } of runs) {
    // A cluster's pace says nothing of this machine's.
    if (cluster !== null || !pace || pace.stepMs <= 0 || step < leastSteps) continue
    const config = stored as RunConfig
    add(bySize, sizeKey(config), pace)
    if (cost) add(byFamily, config.model.family, { pace, flops: cost.flopsPerStep })
  }
  return (cell) => {
    const { config } = cell
    const same = bySize.get(sizeKey(config))
    if (same) {
      const times = (end: 0 | 1): number[] => same.map((pace) => aheadMs(cell, end, pace))
      return { low: Math.min(...times(0)), high: Math.max(...times(1)), exact: true }
    }
    const relatives = byFamily.get(config.model.family)
    if (!relatives) return null
    const { flopsPerStep } = stepCost(config, datasetShape(config.dataset))
    // The one that is nearest in size: small steps are all overhead, large ones all arithmetic.
    const distance = ({ flops }: { flops: number }): number =>
      Math.abs(Math.log(flops / flopsPerStep))
    const nearest = relatives.reduce((a, b) => (distance(b) < distance(a) ? b : a))
    const pace = scaled(nearest.pace, flopsPerStep / nearest.flops)
    const [low, high] = [aheadMs(cell, 0, pace), aheadMs(cell, 1, pace)]
    return { low: low / scaledRoom, high: high * scaledRoom, exact: false }
  }
}

const add = <V>(map: Map<string, V[]>, key: string, value: V): void =>
  void map.set(key, [...(map.get(key) ?? []), value])

const scaled = (pace: RunPace, by: number): RunPace => ({
  stepMs: pace.stepMs * by,
  evaluationMs: pace.evaluationMs * by,
  checkpointMs: pace.checkpointMs * by
})

/** From where a cell is to the least or the most that it may take. */
const aheadMs = ({ config, from, to }: Ahead, end: 0 | 1, pace: RunPace): number =>
  runMs(withSteps(config, to[end]), pace) - (from > 0 ? runMs(withSteps(config, from), pace) : 0)

const withSteps = (config: RunConfig, steps: number): RunConfig => ({
  ...config,
  budget: { ...config.budget, steps }
})

/** A whole budget: steps, evaluations at their multiples and log-spaced steps, checkpoints. */
function runMs(config: RunConfig, { stepMs, evaluationMs, checkpointMs }: RunPace): number {
  const { steps } = config.budget
  const { every, perDecade } = config.evaluation
  const between = [0, ...logSpaced(perDecade, steps), steps].filter((step) => step % every !== 0)
  const evaluations = Math.floor(steps / every) + 1 + new Set(between).size
  const { written } = plannedCheckpoints(config)
  return steps * stepMs + evaluations * evaluationMs + written * checkpointMs
}

/** Equal for configs whose steps and evaluations take equally long. */
function sizeKey({ dataset, model, batchSize }: RunConfig): string {
  const { contextLength, vocabularySize, answers } = datasetShape(dataset)
  const rows = { contextLength, vocabularySize, answers, probes: dataset.probes }
  return hashConfig({ model, batchSize, rows })
}

/** Of the most that it may take. */
function diskBytes({ config, from, to }: Ahead): number {
  const parameters = countParametersOf(config.model, datasetShape(config.dataset))
  const bytes = (steps: number): number =>
    forecastCheckpoints(withSteps(config, steps), parameters).bytes
  return Math.max(0, bytes(to[1]) - (from > 0 ? bytes(from) : 0))
}

function freeBytes(library: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(library)
    return bavail * bsize
  } catch {
    // Not every file system says.
    return null
  }
}
