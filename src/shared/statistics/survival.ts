/**
 * Time to an event with censoring: a run that has not generalised by its last evaluation is not missing, it is
 * known to take longer. Kaplan and Meier 1958 for the curve, Greenwood 1926 for its variance, with bounds through
 * log(-log S) (Kalbfleisch and Prentice 2002, section 1.4), which stay within 0 and 1.
 */
import { normalQuantile } from './distributions'
import { usualLevel } from './aggregate'

/** One run: the step of its event, or, without one, the step up to which it was looked at. */
export interface Lifetime {
  step: number
  event: boolean
}

/** From `step` on, until the next one. */
export interface SurvivalStep {
  step: number
  /** Runs without the event before this step that were looked at until it at least. */
  atRisk: number
  events: number
  /** Runs whose record ends at this step; they count as at risk there. */
  censored: number
  /** Share of the runs with the event by this step, 1 - S. */
  fraction: number
  /** Bounds of the fraction; null where it is 0 or 1 and no interval is defined. */
  low: number | null
  high: number | null
}

/** The curve of the fraction with the event, at each step at which something happened. */
export function survivalCurve(
  runs: readonly Lifetime[],
  level: number = usualLevel
): SurvivalStep[] {
  const z = normalQuantile((1 + level) / 2)
  const steps = [...new Set(runs.map(({ step }) => step))].sort((a, b) => a - b)
  let atRisk = runs.length
  let survival = 1
  let greenwood = 0
  return steps.map((step) => {
    const here = runs.filter((run) => run.step === step)
    const events = here.filter(({ event }) => event).length
    survival *= 1 - events / atRisk
    if (events < atRisk) greenwood += events / (atRisk * (atRisk - events))
    const row = { step, atRisk, events, censored: here.length - events, fraction: 1 - survival }
    atRisk -= here.length
    return { ...row, ...boundsOf(survival, greenwood, z) }
  })
}

/** S to the power exp(± z × standard error of log(-log S)); low and high are those of 1 - S. */
function boundsOf(
  survival: number,
  greenwood: number,
  z: number
): Pick<SurvivalStep, 'low' | 'high'> {
  if (survival <= 0 || survival >= 1) return { low: null, high: null }
  const reach = Math.exp((z * Math.sqrt(greenwood)) / Math.abs(Math.log(survival)))
  return { low: 1 - survival ** (1 / reach), high: 1 - survival ** reach }
}

/** A step, or null where it lies beyond what was seen. */
export interface MedianStep {
  step: number | null
  low: number | null
  high: number | null
}

/**
 * The step by which half of the runs have the event: the first at which the fraction is at least a half. Its
 * interval holds the steps at which the bounds of the curve do not exclude a half (Brookmeyer and Crowley 1982).
 */
export function medianStep(curve: readonly SurvivalStep[]): MedianStep {
  const first = (reached: (row: SurvivalStep) => boolean): number | null =>
    curve.find((row) => row.events > 0 && reached(row))?.step ?? null
  // Half to within rounding: 1 - 3/4 × 2/3 is a half.
  const half = 0.5 - 1e-12
  return {
    step: first(({ fraction }) => fraction >= half),
    low: first(({ high, fraction }) => (high ?? fraction) >= half),
    high: first(({ low, fraction }) => (low ?? fraction) >= half)
  }
}

/** How many runs are still at risk at each of the given steps, for the table below the curves. */
export const atRiskAt = (runs: readonly Lifetime[], steps: readonly number[]): number[] =>
  steps.map((at) => runs.filter(({ step }) => step >= at).length)
