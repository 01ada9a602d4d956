/** Which runs belong together: the seeds of one config, or those that agree in chosen settings. */
import { describeSetting } from './compare/setting-differences'
import type { RunRow } from './contract'
import { fieldOfColumn, settingOf } from './run-fields'

export interface RunGroup {
  /** Without blanks, the same as long as the grouping is. */
  key: string
  runs: readonly RunRow[]
}

/**
 * Groups in the order of their first runs.
 * @param by paths of settings; empty: everything but the seed, and what is kept on disk
 */
export function groupRuns(runs: readonly RunRow[], by: readonly string[]): RunGroup[] {
  const groups = new Map<string, RunRow[]>()
  for (const run of runs) {
    const key = by.length === 0 ? run.seedless : settingsKey(run, by)
    const members = groups.get(key)
    if (members) members.push(run)
    else groups.set(key, [run])
  }
  return [...groups].map(([key, members]) => ({ key, runs: members }))
}

/** An empty setting is a value; a setting that a run does not have is another. */
const settingsKey = (run: RunRow, by: readonly string[]): string =>
  by
    .map((path) => {
      const value = settingOf(run, path)
      return value === undefined ? 'none' : encodeURIComponent(JSON.stringify(value))
    })
    .join('~')

/** "Layers": a setting as it is called, or its path where this version knows none. */
export const settingLabel = (path: string): string => fieldOfColumn(`config:${path}`)?.label ?? path

/** "Family GPT-2, Layers 2": what the runs of a group agree in. */
export const settingWords = (run: RunRow, by: readonly string[]): string =>
  by
    .map((path) => `${settingLabel(path)} ${describeSetting(path, settingOf(run, path))}`)
    .join(', ')

/** "mini, seed 3" is one of "mini". */
export const withoutSeed = (name: string): string =>
  name.replace(/[,;]?\s*\bseed\s*\d+\s*$/i, '') || name

/** More seeds than this are said by their ends. */
const listedSeeds = 8

/** "seed 1", "seeds 1, 2, 5", "40 seeds from 1 to 40": which seeds runs have, each once. */
export function seedWords(runs: readonly Pick<RunRow, 'config'>[]): string {
  const seeds = [...new Set(runs.map(({ config }) => Number(config['seed'])))]
    .filter(Number.isFinite)
    .sort((a, b) => a - b)
  if (seeds.length === 0) return 'no seed known'
  if (seeds.length > listedSeeds) {
    return `${seeds.length} seeds from ${seeds[0]} to ${seeds.at(-1)}`
  }
  return `seed${seeds.length === 1 ? '' : 's'} ${seeds.join(', ')}`
}
