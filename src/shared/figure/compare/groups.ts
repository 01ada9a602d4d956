/** Which runs become one curve, what it is called and how it is drawn. */
import { valueAt } from '../../config-input'
import type { RunRow } from '../../contract'
import { describeSetting, settingDifferences } from '../../compare/setting-differences'
import type { Grouping } from '../../view'
import { runStyle, seedStyle } from '../run-styles'
import type { LineStyle } from '../split-styles'

export interface ComparedGroup {
  key: string
  label: string
  runs: readonly RunRow[]
  style: LineStyle
}

/** The runs by themselves, or grouped: by the settings named, or without any by everything but the seed. */
export function compareGroups(runs: readonly RunRow[], grouping: Grouping | null): ComparedGroup[] {
  return grouping ? groupsBy(runs, grouping.by) : runs.map((run, i) => single(run, i, runs))
}

function single(run: RunRow, index: number, runs: readonly RunRow[]): ComparedGroup {
  // Seeds of one config share a colour: those after the first differ in their dash.
  const before = runs.slice(0, index).filter(({ color }) => color === run.color).length
  const style = before > 0 ? seedStyle(run.color, before) : runStyle(run.color)
  return { key: run.id, label: run.name, runs: [run], style }
}

function groupsBy(runs: readonly RunRow[], by: readonly string[]): ComparedGroup[] {
  const groups = new Map<string, RunRow[]>()
  for (const run of runs) {
    const key =
      by.length === 0
        ? run.seedless
        : JSON.stringify(by.map((path) => valueAt(run.config, path.split('.')) ?? null))
    groups.set(key, [...(groups.get(key) ?? []), run])
  }
  const labels = groupLabels([...groups.values()], by)
  return [...groups].map(([key, members], i) => ({
    ...{ key, label: labels[i]!, runs: members, style: runStyle(members[0]!.color) }
  }))
}

/** At most so many settings are named; what they are in full stands beside the curves. */
const namedSettings = 3

/**
 * What tells each group from the others: the settings asked for; else the first run's name, where the names tell
 * groups apart; else the settings in which they differ.
 */
function groupLabels(groups: readonly RunRow[][], by: readonly string[]): string[] {
  const names = groups.map(([first]) => withoutSeed(first!.name))
  if (by.length === 0 && new Set(names).size === names.length) return names
  const configs = groups.map(([first]) => first!.config)
  const differences = settingDifferences(configs).filter(({ path }) =>
    by.length > 0 ? by.includes(path) : path !== 'seed'
  )
  const shown = differences.slice(0, namedSettings)
  const rest = differences.length > shown.length ? ', …' : ''
  return groups.map((_, i) => {
    const words = shown.map(
      ({ path, label, values }) => `${label} ${describeSetting(path, values[i])}`
    )
    const name = by.length > 0 ? [] : [names[i]!]
    return [...name, ...words].join(', ') + rest || names[i]!
  })
}

/** "mini, seed 3" is one of "mini". */
const withoutSeed = (name: string): string => name.replace(/[,;]?\s*\bseed\s*\d+\s*$/i, '') || name
