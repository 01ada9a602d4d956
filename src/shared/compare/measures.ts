/** What runs are measured by when they stand side by side: their events and plateaus, each with how surely it is known. */
import { datasetKind } from '../dataset-config'
import type { RunRow } from '../contract'
import type { Crossing, Delay, SplitMilestones } from '../milestones'
import { splitsOf, type Split } from '../splits'

/** A number with the bracket in which the truth lies. Censored: it is only known to be above `value`. */
export interface Measured {
  value: number
  low: number
  high: number
  censored: boolean
}

export type MeasureKind = 'event' | 'delay' | 'plateau'

export interface Measure {
  key: string
  kind: MeasureKind
  label: string
  help: string
  better: 'low' | 'high'
  /** Null where a run has not got so far, or has no such split. */
  of: (run: RunRow) => Measured | null
}

/** The measures that at least one of the runs has, in reading order: events, delays, plateaus. */
export function measuresOf(runs: readonly RunRow[]): Measure[] {
  const found = new Map<string, { split: Split; threshold: number; delayed: boolean }>()
  for (const run of runs) {
    for (const split of splitsOf[datasetKind(run.config)]) {
      const own = splitOf(run, split.name)
      if (own && !found.has(split.name)) {
        const { threshold, role } = own
        found.set(split.name, { split, threshold, delayed: role !== 'train' && role !== 'atomic' })
      }
    }
  }
  const splits = [...found.values()]
  const memorised: Measure = {
    key: 'memorised',
    kind: 'event',
    label: 'Memorised',
    help: 'First evaluation at which all training splits stay above their threshold',
    better: 'low',
    of: ({ milestones }) => ofCrossing(milestones?.memorisation)
  }
  const all = [
    memorised,
    ...splits
      .filter(({ delayed }) => delayed)
      .map(({ split, threshold }) => generalised(split, threshold)),
    ...splits.filter(({ delayed }) => delayed).map(({ split }) => delay(split)),
    ...splits.map(({ split }) => plateau(split))
  ]
  return all.filter(({ of }) => runs.some((run) => of(run) !== null))
}

const splitOf = ({ milestones }: RunRow, name: string): SplitMilestones | undefined =>
  milestones?.splits.find(({ split }) => split === name)

const generalised = ({ name, short, label }: Split, threshold: number): Measure => ({
  key: `generalised/${name}`,
  kind: 'event',
  label: `Generalised, ${short}`,
  help: `${label}: first evaluation from which accuracy stays at or above ${threshold}`,
  better: 'low',
  of: (run) => ofCrossing(splitOf(run, name)?.crossing)
})

const delay = ({ name, short, label }: Split): Measure => ({
  key: `delay/${name}`,
  kind: 'delay',
  label: `Delay, ${short}`,
  help: `${label}: steps from memorisation to generalisation`,
  better: 'low',
  of: (run) => ofDelay(splitOf(run, name)?.delay)
})

const plateau = ({ name, short, label }: Split): Measure => ({
  key: `plateau/${name}`,
  kind: 'plateau',
  label: `Plateau, ${short}`,
  help: `${label}: mean and standard deviation of accuracy over the last evaluations`,
  better: 'high',
  of: (run) => {
    const found = splitOf(run, name)?.plateau
    if (!found) return null
    const { mean, std } = found
    return { value: mean, low: mean - (std ?? 0), high: mean + (std ?? 0), censored: false }
  }
})

/** Not yet confirmed counts as known up to the evaluation before. */
export function ofCrossing(crossing: Crossing | null | undefined): Measured | null {
  if (!crossing) return null
  if (crossing.state === 'reached') {
    return { value: crossing.step, low: crossing.after, high: crossing.step, censored: false }
  }
  const at = crossing.state === 'censored' ? crossing.at : crossing.after
  return { value: at, low: at, high: Infinity, censored: true }
}

export function ofDelay(delay: Delay | null | undefined): Measured | null {
  if (!delay) return null
  const { steps, low, high } = delay
  return steps === null || high === null
    ? { value: low, low, high: Infinity, censored: true }
    : { value: steps, low, high, censored: false }
}

const count = (value: number): string => value.toLocaleString('en')

/** "1,200", "> 40,000", "0.982". */
export function describeMeasured(measure: Measure, { value, censored }: Measured): string {
  const text = measure.kind === 'plateau' ? value.toFixed(3) : count(value)
  return censored ? `> ${text}` : text
}

/** What stands below the value: "after 1,000", "8,600 to 9,200", "± 0.004"; empty where there is nothing to say. */
export function describeBracket({ kind }: Measure, measured: Measured): string {
  const { value, low, high, censored } = measured
  if (censored) return 'not by the last evaluation'
  if (low === high) return ''
  if (kind === 'event') return `after ${count(low)}`
  return kind === 'delay' ? `${count(low)} to ${count(high)}` : `± ${(high - value).toFixed(3)}`
}

/**
 * Which of the values are best. Events whose brackets overlap that of the best are not told apart from it, and
 * plateaus that agree in the digits shown neither; a censored value is never best, and of one value none is.
 */
export function bestOf({ better, kind }: Measure, values: readonly (Measured | null)[]): boolean[] {
  const known = values.filter((value): value is Measured => value !== null)
  const candidates = known.filter(({ censored }) => !censored)
  if (known.length < 2 || candidates.length === 0) return values.map(() => false)
  const sign = better === 'low' ? 1 : -1
  const best = candidates.reduce((a, b) => (sign * b.value < sign * a.value ? b : a))
  const isBest = (value: Measured | null): boolean => {
    if (!value || value.censored) return false
    if (kind === 'plateau') return value.value.toFixed(3) === best.value.toFixed(3)
    return value.value === best.value || value.low < best.high
  }
  const marks = values.map(isBest)
  // Where all are equally good, a mark says nothing.
  return marks.every(Boolean) ? marks.map(() => false) : marks
}
