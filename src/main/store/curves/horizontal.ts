/** Where the steps of a run lie on a horizontal axis that counts something else, and from which event on. */
import type { XQuantity } from '@shared/figure/quantities'
import { eventStep } from '@shared/metric-roles'
import type { CurvesView } from '@shared/view'
import type { RunRecord } from '../rows'

export interface Horizontal {
  quantity: XQuantity
  /** The metric to be counted, by the name under which the run records it; for `metric` alone. */
  metric?: string | null
  align: CurvesView['align']
}

/** Recorded values of a run over its steps, rising; NaN where a value was not finite. */
export interface RecordedSeries {
  steps: Float64Array
  values: Float64Array
}

/** What is read of a run besides its row. */
export interface RecordedRun {
  run: RunRecord
  series: (name: string) => RecordedSeries
  /** Seconds at work, by step. */
  times: () => RecordedSeries
}

/** Why a run cannot be drawn over this axis. */
export type LeftOut = 'quantity' | 'event'

/**
 * The function from steps, rising, to x.
 * @returns why there is none
 */
export function horizontalOf(
  recorded: RecordedRun,
  { quantity, metric, align }: Horizontal
): ((steps: Float64Array) => Float64Array) | LeftOut {
  const plain = plainHorizontal(recorded, quantity, metric ?? null)
  if (!plain) return 'quantity'
  if (align === 'none') return plain
  const event = eventStep(recorded.run, align)
  if (event === null) return 'event'
  const [origin] = plain(Float64Array.of(event))
  if (Number.isNaN(origin!)) return 'quantity'
  return (steps) => plain(steps).map((x) => x - origin!)
}

function plainHorizontal(
  { run, series, times }: RecordedRun,
  quantity: XQuantity,
  metric: string | null
): ((steps: Float64Array) => Float64Array) | null {
  const scaled = (factor: number | null | undefined) =>
    factor ? (steps: Float64Array) => steps.map((step) => step * factor) : null
  switch (quantity) {
    case 'step':
      return (steps) => steps
    case 'epoch':
      return run.stepsPerEpoch ? (steps) => steps.map((step) => step / run.stepsPerEpoch!) : null
    case 'examples':
      return scaled(run.cost?.examplesPerStep)
    case 'tokens':
      return scaled(run.cost?.tokensPerStep)
    case 'flops':
      return scaled(run.cost?.flopsPerStep)
    case 'relative':
      return run.step > 0 ? (steps) => steps.map((step) => step / run.step) : null
    case 'time': {
      const recorded = times()
      return recorded.steps.length > 0 ? lookUp(recorded) : null
    }
    case 'metric': {
      const recorded = metric === null ? null : series(metric)
      return recorded && recorded.steps.length > 0 ? lookUp(recorded) : null
    }
    default:
      return quantity satisfies never
  }
}

/** The value recorded at exactly a step; NaN where there is none: nothing is interpolated. */
function lookUp({ steps: known, values }: RecordedSeries): (steps: Float64Array) => Float64Array {
  return (steps) => {
    const found = new Float64Array(steps.length)
    let at = 0
    steps.forEach((step, i) => {
      while (at < known.length && known[at]! < step) at++
      found[i] = at < known.length && known[at] === step ? values[at]! : NaN
    })
    return found
  }
}
