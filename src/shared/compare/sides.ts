/** What stands side by side for a view: which runs, their common ground, the table of what they came to. */
import type { RunRow } from '../contract'
import type { TableData } from '../table-data'
import type { View } from '../view'
import { likelyQuestion } from './difference-roles'
import { findGround, type CommonGround } from './ground-findings'
import { compareSections, compareTable, type CompareSection } from './side-by-side'

/** More columns than this leave too little room for any of them. */
export const mostSides = 6

export interface Sides {
  /** Settings that the runs are meant to differ in. */
  question: readonly string[]
  ground: CommonGround
  /** The run that others are measured against, where it is among them. */
  baseline: RunRow | null
  sections: readonly CompareSection[]
}

/**
 * @param runs in the order of their columns
 * @param library every run, among which seeds are looked for
 */
export function sidesOf(
  runs: readonly RunRow[],
  library: readonly RunRow[],
  view: Pick<View, 'question' | 'baseline'>
): Sides {
  const question = view.question ?? likelyQuestion(runs.map(({ config }) => config))
  const ground = findGround(runs, question)
  const baseline = runs.find(({ id }) => id === view.baseline) ?? null
  const sections = compareSections(runs, library, ground, baseline?.id ?? null)
  return { question, ground, baseline, sections }
}

/** The table as it is saved. */
export const sidesTable = (runs: readonly RunRow[], { sections, baseline }: Sides): TableData =>
  compareTable(
    runs.map(({ name }) => name),
    sections,
    baseline?.name ?? null
  )
