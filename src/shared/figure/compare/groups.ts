/** Which runs become one curve, what it is called and how it is drawn. */
import type { RunRow } from '../../contract'
import { describeSetting, settingDifferences } from '../../compare/setting-differences'
import { groupRuns, settingWords, withoutSeed, type RunGroup } from '../../run-groups'
import type { Grouping } from '../../view'
import { groupStyle, runStyle } from '../run-styles'
import type { LineStyle } from '../split-styles'

export interface ComparedGroup extends RunGroup {
  label: string
  style: LineStyle
}

/** The runs by themselves, each in its own style, or grouped: by the settings named, or by everything but the seed. */
export function compareGroups(runs: readonly RunRow[], grouping: Grouping | null): ComparedGroup[] {
  if (!grouping) {
    return runs.map((run) => ({
      ...{ key: run.id, label: run.name, runs: [run], style: runStyle(run) }
    }))
  }
  const groups = groupRuns(runs, grouping.by)
  const labels = groupLabels(groups, grouping.by)
  const styles = groupStyles(groups)
  return groups.map((group, i) => ({ ...group, label: labels[i]!, style: styles[i]! }))
}

/** The colour of a group is that of its first run's config, unless an earlier group has it: then the next that is free. */
export function groupStyles(groups: readonly RunGroup[]): LineStyle[] {
  const taken = new Set<number>()
  return groups.map(({ runs }) => {
    const own = runs.map(({ color }) => color).find((color) => !taken.has(color))
    let color = own ?? runs[0]!.color
    while (taken.has(color)) color++
    taken.add(color)
    return groupStyle(color)
  })
}

/** At most so many settings are named; what they are in full stands beside the curves. */
const namedSettings = 3

/**
 * What tells each group from the others: the settings asked for; else the first run's name, where the names tell
 * groups apart; else the settings in which they differ.
 */
function groupLabels(groups: readonly RunGroup[], by: readonly string[]): string[] {
  if (by.length > 0) return groups.map(({ runs: [first] }) => settingWords(first!, by))
  const names = groups.map(({ runs: [first] }) => withoutSeed(first!.name))
  if (new Set(names).size === names.length) return names
  const configs = groups.map(({ runs: [first] }) => first!.config)
  const differences = settingDifferences(configs).filter(({ path }) => path !== 'seed')
  const shown = differences.slice(0, namedSettings)
  const rest = differences.length > shown.length ? ', …' : ''
  return groups.map((_, i) => {
    const words = shown.map(
      ({ path, label, values }) => `${label} ${describeSetting(path, values[i])}`
    )
    return [names[i]!, ...words].join(', ') + rest
  })
}
