/**
 * How each split is drawn, everywhere: by its role and its place among the splits of that role, so that a split
 * keeps its colour, dash and marker for ever and means the same in every kind of data.
 */
import type { DatasetConfig } from '../config'
import type { RunRow } from '../contract'
import { splitsOf, type Split, type SplitRole } from '../splits'
import { datasetKind } from '../dataset-config'

export interface LineStyle {
  /** Name of a CSS custom property that holds the colour. */
  color: string
  /** Canvas dash pattern in px; empty for a solid line. */
  dash: readonly number[]
  width: number
  marker: 'circle' | 'triangle' | 'rect' | 'rectRot' | 'crossRot'
}

export type SplitStyle = LineStyle & Split

const dotted = [0.5, 4]
/** Second splits of a role (questions with their facts in context) share its hue, dash-dotted. */
const dashDot = [9, 4, 2, 4]

const ood: readonly LineStyle[] = [
  { color: '--split-ood', dash: [], width: 2.75, marker: 'rect' },
  { color: '--split-ood-second', dash: dashDot, width: 2.75, marker: 'rect' }
]

const roleStyles: Record<SplitRole, readonly LineStyle[]> = {
  train: [
    { color: '--split-train', dash: [], width: 1.5, marker: 'circle' },
    { color: '--split-train-second', dash: dashDot, width: 1.5, marker: 'circle' }
  ],
  iid: [
    { color: '--split-iid', dash: [7, 4], width: 1.75, marker: 'triangle' },
    { color: '--split-iid-second', dash: dashDot, width: 1.75, marker: 'triangle' }
  ],
  ood,
  // What generalisation is read off stands out in the same way, whatever it is called.
  test: ood,
  atomic: [
    { color: '--split-id-atomic', dash: dotted, width: 2.25, marker: 'rectRot' },
    { color: '--split-ood-atomic', dash: dotted, width: 2.25, marker: 'crossRot' }
  ]
}

function styleSplits(splits: readonly Split[]): SplitStyle[] {
  const met = new Map<SplitRole, number>()
  return splits.map((split) => {
    const place = met.get(split.role) ?? 0
    met.set(split.role, place + 1)
    const styles = roleStyles[split.role]
    return { ...split, ...styles[Math.min(place, styles.length - 1)]! }
  })
}

/** Splits of each kind of data in the order in which they are shown, with how they are drawn. */
export const splitStyles: Record<DatasetConfig['kind'], readonly SplitStyle[]> = {
  comparison: styleSplits(splitsOf.comparison),
  'in-context': styleSplits(splitsOf['in-context']),
  composition: styleSplits(splitsOf.composition),
  modular: styleSplits(splitsOf.modular),
  facts: styleSplits(splitsOf.facts)
}

/** The splits that a run has: those it evaluated, or all of its kind before the first evaluation. */
export function runSplits(run: Pick<RunRow, 'config' | 'last'>): readonly SplitStyle[] {
  const styles = splitStyles[datasetKind(run.config)]
  const evaluated = styles.filter(({ name }) => `accuracy/${name}` in run.last)
  // The very same array as long as it can be: charts are drawn anew for another one.
  return evaluated.length > 0 && evaluated.length < styles.length ? evaluated : styles
}

/** A dash this short is a dot, which wants round ends. */
export const isDotted = ({ dash }: LineStyle): boolean => dash.length > 0 && dash[0]! < 1

/** The one style of lines that belong to no split. */
export const plainStyle: LineStyle = {
  color: '--series',
  dash: [],
  width: 1.25,
  marker: 'circle'
}
