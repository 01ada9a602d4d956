/** Which runs are seeds of one config: equal in everything that decides what is learned and how it is measured. */
import type { RunRow } from '../contract'
import { settingValues, type SettingValue } from './setting-differences'

/** Settings that decide what is kept on disk, and nothing about the run. */
export const isBookkeeping = (path: string): boolean =>
  path.startsWith('checkpoints.') ||
  path === 'evaluation.lossEvery' ||
  path === 'evaluation.tensorboard'

/** A text that is equal for runs which differ at most in their seed and in what they keep. */
export function seedlessKey(config: unknown): string {
  const kept: [string, SettingValue][] = [...settingValues(config)].filter(
    ([path]) => path !== 'seed' && !isBookkeeping(path)
  )
  return JSON.stringify(kept)
}

/** The runs that are seeds of a run's config, itself included, one per seed: the newest that got furthest. */
export function seedsOf(run: RunRow, runs: readonly RunRow[]): RunRow[] {
  const bySeed = new Map<unknown, RunRow>([[run.config['seed'], run]])
  for (const other of runs) {
    if (other.id === run.id || other.trashed || other.step === 0) continue
    if (other.seedless !== run.seedless) continue
    const before = bySeed.get(other.config['seed'])
    if (before?.id === run.id) continue
    if (!before || later(other, before)) bySeed.set(other.config['seed'], other)
  }
  return [...bySeed.values()]
}

const later = (a: RunRow, b: RunRow): boolean =>
  a.step === b.step ? a.createdAt > b.createdAt : a.step > b.step

/** Whether runs are seeds of one config. */
export const areSeeds = (runs: readonly RunRow[]): boolean =>
  new Set(runs.map(({ seedless }) => seedless)).size === 1
