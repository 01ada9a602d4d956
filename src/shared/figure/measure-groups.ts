/**
 * Which recorded metrics are drawn together: a measure over splits, a norm over groups of parameters, a job's number
 * over layers. Any metric that a run records has a place, so that whatever is measured can be seen.
 */
import { splitsOf } from '../splits'
import { measureWords } from './measure-words'
import { plainStyle, type LineStyle, type SplitStyle } from './split-styles'
import type { ScaleKind } from './scale'

export interface MeasureGroup {
  /** What its metrics' names begin with: `margin`, `weightNorm`, `logit-lens/mrr/v1`. */
  key: string
  title: string
  metrics: readonly { name: string; label: string }[]
  /** Whether its metrics are of splits, and hidden with them. */
  ofSplits: boolean
}

const splitNames: ReadonlySet<string> = new Set(
  Object.values(splitsOf).flatMap((splits) => splits.map(({ name }) => name))
)

/** Whether a metric is a measure of a split: `margin/test`. */
export const isOfSplit = (name: string): boolean => splitNames.has(name.split('/').at(-1)!)

/** Measures that say something only beside each other. */
const together: Readonly<Record<string, string>> = {
  restrictedLoss: 'progressLoss',
  excludedLoss: 'progressLoss',
  giniLogits: 'gini',
  giniEmbedding: 'gini'
}

/** All metrics in their groups, in the order of the first name of each. */
export function measureGroups(names: readonly string[]): MeasureGroup[] {
  const groups = new Map<string, string[]>()
  for (const name of names) {
    const parts = name.split('/')
    const key = together[name] ?? (parts.length > 1 ? parts.slice(0, -1).join('/') : name)
    groups.set(key, [...(groups.get(key) ?? []), name])
  }
  return [...groups].map(([key, members]) => {
    const sorted = [...members].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    return {
      ...{ key, title: groupTitle(key), ofSplits: sorted.every(isOfSplit) },
      metrics: sorted.map((name) => ({ name, label: labelIn(key, name) }))
    }
  })
}

function groupTitle(key: string): string {
  const [first = '', ...rest] = key.split('/')
  const title = [measureWords[first] ?? first.replaceAll('-', ' '), ...rest].join(' ')
  return title.slice(0, 1).toUpperCase() + title.slice(1)
}

/** What sets a metric apart within its group: its last word, or what it is called by itself. */
function labelIn(key: string, name: string): string {
  if (name === key) return 'all'
  if (together[name]) return measureWords[name] ?? name
  return name.slice(name.lastIndexOf('/') + 1).replaceAll('-', ' ')
}

/** Whether a group's metrics lie between 0 and 1: shares, and means of reciprocal ranks. */
export const isFraction = (key: string): boolean =>
  /^(restrictedAccuracy|saturated|zeroGradient)$/.test(key) ||
  /^(logit-lens\/(mrr|recall)|causal-trace\/strength)\//.test(key)

/** The style of a group's line: its split's, or a colour of its own; after eight the dash changes. */
export function memberStyle(place: number, split: SplitStyle | undefined): LineStyle {
  if (split) return split
  const dash = [[], [7, 4], [1, 3], [9, 4, 2, 4]][Math.floor(place / 8) % 4]!
  return { ...plainStyle, color: `--run-${(place % 8) + 1}`, dash }
}

/** Logarithmic where all values are positive and lie more than an order of magnitude apart. */
export function scaleOfValues(
  lines: readonly (readonly (readonly [number, number | null])[])[]
): ScaleKind {
  let [least, most] = [Infinity, -Infinity]
  for (const points of lines) {
    for (const [, value] of points) {
      if (value === null) continue
      least = Math.min(least, value)
      most = Math.max(most, value)
    }
  }
  return least > 0 && most / least > 10 ? 'log' : 'linear'
}
