/** What a planned run costs and takes, and what deserves a warning: all from the form's config and the data's counts. */
import { familyFindings, matchedWithin } from '@shared/compare/ground-findings'
import { RunConfig, type Preset } from '@shared/config'
import type { DatasetSummary, RunRow } from '@shared/contract'
import type { EngineChoice } from '@shared/events'
import {
  engineKindOf,
  forecastDisk,
  forecastTime,
  type DiskForecast,
  type TimeForecast
} from '@shared/forecast'
import { forecastMemory, type MemoryForecast } from '@shared/memory-forecast'
import {
  countByPart,
  countParametersOf,
  stepCost,
  type ModelPart,
  type StepCost
} from '@shared/model-cost'

export interface RunPlan {
  parts: Record<ModelPart, number>
  parameters: number
  cost: StepCost
  memory: MemoryForecast
  disk: DiskForecast
  /** Null where no similar run has told its pace. */
  time: TimeForecast | null
}

export interface Circumstances {
  hasNative: boolean
  history: readonly RunRow[]
  /** The step that a fork begins at, 0 otherwise. */
  from: number
}

/** Cost and forecasts of a run on the data set that was counted. */
export function planRun(
  config: RunConfig,
  summary: DatasetSummary,
  engine: EngineChoice,
  { hasNative, history, from }: Circumstances
): RunPlan {
  const { vocabularySize, contextLength, answers, trainExamples, splits } = summary
  const shape = { vocabularySize, contextLength, answers, trainExamples }
  const probes = splits.reduce((sum, split) => sum + split.probes, 0)
  const kind = engineKindOf(engine, hasNative)
  const parameters = countParametersOf(config.model, shape)
  const native = kind === 'native' || kind === 'eager'
  return {
    parts: countByPart(config.model, shape),
    parameters,
    cost: stepCost(config, shape),
    memory: forecastMemory(config, shape, probes, native ? 'native' : 'wasm'),
    disk: forecastDisk(config, parameters, splits.length, from),
    time: forecastTime(config, shape, probes, kind, history, from)
  }
}

export type Warning =
  | { kind: 'memory' | 'disk'; level: 'problem' | 'warning'; needs: number; has: number }
  | { kind: 'unfair'; level: 'warning'; title: string; values: readonly string[] }
  | { kind: 'size'; level: 'warning'; parameters: readonly [base: number, planned: number] }
  | { kind: 'decay'; level: 'note' }
  | { kind: 'decayTime'; level: 'note'; steps: number; budget: number }

/** Warnings that matter before a start. `runs`: how many are started at once. */
export function planWarnings(
  config: RunConfig,
  { memory, disk }: RunPlan,
  machine: { memoryBytes: number; freeBytes: number | null },
  runs: number
): Warning[] {
  const warnings: Warning[] = []
  const compare = (kind: 'memory' | 'disk', needs: number, has: number, near: number): void => {
    if (needs > has) warnings.push({ kind, level: 'problem', needs, has })
    else if (needs > near * has) warnings.push({ kind, level: 'warning', needs, has })
  }
  compare('memory', memory.total, machine.memoryBytes, 0.75)
  if (machine.freeBytes !== null) compare('disk', runs * disk.total, machine.freeBytes, 0.5)
  const { lr, weightDecay, keepNorm, kind } = config.optimizer
  if (weightDecay === 0 && !keepNorm) warnings.push({ kind: 'decay', level: 'note' })
  // Decoupled decay shrinks weights by e in 1 / (lr wd) updates.
  const steps = weightDecay > 0 ? Math.round(1 / (lr * weightDecay)) : 0
  if (kind === 'adamw' && steps > 2 * config.budget.steps) {
    warnings.push({ kind: 'decayTime', level: 'note', steps, budget: config.budget.steps })
  }
  return warnings
}

/**
 * What else than the family would differ from the preset or run that the form began with: not a fair pair.
 * @param base its config
 */
export function unfairPair(base: unknown, config: RunConfig, summary: DatasetSummary): Warning[] {
  const from = RunConfig.safeParse(base).data
  if (!from || from.model.family === config.model.family) return []
  const { vocabularySize, contextLength, answers } = summary
  const [before, after] = [from, config].map(({ model }) =>
    countParametersOf(model, { vocabularySize, contextLength, answers })
  ) as [number, number]
  const matched = Math.max(before, after) / Math.min(before, after) <= matchedWithin
  return [
    ...familyFindings([from, config]).map(({ title, values }) => {
      return { kind: 'unfair' as const, level: 'warning' as const, title, values }
    }),
    ...(matched
      ? []
      : [
          { kind: 'size' as const, level: 'warning' as const, parameters: [before, after] as const }
        ])
  ]
}

/**
 * How long until a preset groks here: its measured step, at the pace of this machine's own runs of it; null where
 * it was not measured or nothing was run here yet.
 */
export function timeToGrok(preset: Preset, history: readonly RunRow[]): number | null {
  const step = preset.curve?.generalised
  const paces = history.flatMap(({ preset: name, pace }) =>
    name === preset.name && pace && pace.stepMs > 0 ? [pace.stepMs] : []
  )
  if (!step || paces.length === 0) return null
  const sorted = paces.sort((a, b) => a - b)
  return step * sorted[Math.floor(sorted.length / 2)]!
}
