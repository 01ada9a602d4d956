/** How far a run is from the baseline, and whether the seeds of both configs bear it out. */
import type { RunRow } from '../contract'
import { meanDifference } from '../statistics/comparison'
import { welchInterval } from '../statistics/welch'
import type { Measure, Measured } from './measures'

export interface SeedDelta {
  /** The run's value minus the baseline's; null where either is censored. */
  difference: number | null
  /**
   * Over the seeds of both configs: the difference of means with its 95 % Welch interval, or where a seed is
   * censored, of restricted means up to `horizon` steps. Null where a config has one seed.
   */
  seeds: { difference: number; low: number; high: number; horizon: number | null } | null
  /** Seeds with this measure, of the baseline's config and of the run's. */
  n: readonly [baseline: number, run: number]
}

/**
 * @param baseline the run that others are measured against, with the seeds of its config, itself among them
 * @param run likewise
 * @returns null where either has no such value
 */
export function seedDelta(
  measure: Measure,
  baseline: { run: RunRow; seeds: readonly RunRow[] },
  run: { run: RunRow; seeds: readonly RunRow[] }
): SeedDelta | null {
  const [from, to] = [measure.of(baseline.run), measure.of(run.run)]
  if (!from || !to) return null
  const groups = [baseline, run].map(({ seeds }) =>
    seeds.flatMap((seed) => measure.of(seed) ?? [])
  ) as [Measured[], Measured[]]
  return {
    difference: from.censored || to.censored ? null : to.value - from.value,
    seeds: overSeeds(...groups),
    n: [groups[0].length, groups[1].length]
  }
}

function overSeeds(first: readonly Measured[], second: readonly Measured[]): SeedDelta['seeds'] {
  if (first.length < 2 || second.length < 2) return null
  const all = [...first, ...second]
  if (all.every(({ censored }) => !censored)) {
    const found = welchInterval(
      first.map(({ value }) => value),
      second.map(({ value }) => value)
    )
    return found && { ...found, horizon: null }
  }
  // A delay before memorisation is no time from an origin.
  if (all.some(({ value }) => value < 0)) return null
  const lives = (group: readonly Measured[]): { step: number; event: boolean }[] =>
    group.map(({ value, censored }) => ({ step: value, event: !censored }))
  const found = meanDifference(lives(first), lives(second))
  if (!found || found.low === null || found.high === null) return null
  return { difference: found.steps, low: found.low, high: found.high, horizon: found.horizon }
}

/** A difference as it is written: "+3,400", "−120", "±0"; of plateaus with three digits. */
export function describeDifference({ kind }: Measure, value: number): string {
  const size = Math.abs(value)
  const text = kind === 'plateau' ? size.toFixed(3) : Math.round(size).toLocaleString('en')
  if (Number(text.replaceAll(',', '')) === 0) return '±0'
  return `${value < 0 ? '−' : '+'}${text}`
}

/**
 * What the seeds say, in words: "seeds +3,180 (+1,900 to +4,460), n 5 and 4", with "up to step 40,000" where means
 * are restricted; why there is no interval otherwise.
 */
export function describeSeeds(measure: Measure, { seeds, n }: SeedDelta): string {
  if (!seeds) {
    return Math.min(...n) < 2
      ? `one seed${Math.max(...n) > 1 ? ` of ${n[0] < 2 ? 'the baseline' : 'this config'}` : ''}: no interval`
      : `no spread among seeds, n ${n[1]} and ${n[0]}`
  }
  const say = (value: number): string => describeDifference(measure, value)
  const upTo =
    seeds.horizon === null ? '' : `, means up to ${seeds.horizon.toLocaleString('en')} steps`
  return `seeds ${say(seeds.difference)} (${say(seeds.low)} to ${say(seeds.high)}), n ${n[1]} and ${n[0]}${upTo}`
}
