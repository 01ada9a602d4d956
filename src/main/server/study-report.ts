/** The report of a stored study as a file. What draws and writes it is loaded when the first is asked for. */
import type { RunRow } from '@shared/contract'
import type { CurvesAnswer, CurvesQuery } from '@shared/curves'
import { comparisonFigure, comparisonQuery } from '@shared/figure/compare/figure'
import type { ComparedGroup } from '@shared/figure/compare/groups'
import type { Figure } from '@shared/figure/figure'
import { runStyle } from '@shared/figure/run-styles'
import type { ReportFormat } from '@shared/report/document'
import { groupingAxes, groupResults, type CellResult } from '@shared/study-results'
import { CurvesView, type PanelSpec } from '@shared/view'
import type { StoredStudy } from './study-folders'
import type { StudyPlans } from './study-plans'

export interface ReportHost {
  plans: StudyPlans
  version: string
  curves: (query: CurvesQuery) => CurvesAnswer
}

export async function writeStudyReport(
  { plans, version, curves }: ReportHost,
  stored: StoredStudy,
  format: ReportFormat
): Promise<{ base64: string; notes: string[] }> {
  const { id, study } = stored
  const { studyReport } = await import('@shared/report/study-report')
  const { writeReport } = await import('../report/index')
  const found = plans.outcome(study, id)
  const { axes, cells, split, results } = found
  const report = studyReport({
    ...{ id, version, results, plan: { study, axes, split } },
    configs: cells.map(({ config }) => config),
    claims: plans.claims(stored, found),
    curves: curvesFigure(groupingAxes(axes), split, results, curves)
  })
  return { base64: Buffer.from(writeReport(report, format)).toString('base64'), notes: [] }
}

/** So many groups can be told apart; points per curve, of which each column keeps four. */
const [mostGroups, columns] = [8, 60]
const size = { width: 560, height: 300, columns: 1 }
const view = CurvesView.parse({ group: { members: false }, events: false })

/** Mean accuracy of each group over its seeds: on the study's split, and in training. */
function curvesFigure(
  by: readonly string[],
  split: string | null,
  results: readonly CellResult[],
  read: (query: CurvesQuery) => CurvesAnswer
): Figure | null {
  const all = groupResults(results, by).filter(({ lifetimes }) => lifetimes.length > 0)
  if (all.length === 0 || split === null) return null
  const groups = all.slice(0, mostGroups).map(({ key, results: own }, i): ComparedGroup => {
    const runs = own.flatMap(({ run }): RunRow[] => (run ? [run] : []))
    return { key, label: key, runs, style: runStyle({ color: i, shade: 0 }) }
  })
  const panels: PanelSpec[] = [
    { metric: 'accuracy', splits: [split] },
    { metric: 'accuracy', splits: ['train'] }
  ]
  const answer = read(comparisonQuery(view, panels, groups, columns))
  if (answer.curves.length === 0) return null
  const figure = comparisonFigure({ view, panels, groups, answer, size })
  const left = all.length - groups.length
  return {
    ...{ ...figure, title: 'Accuracy by group' },
    caption: `Accuracy by group. ${figure.caption}${left > 0 ? ` The first ${mostGroups} of ${all.length} groups are drawn.` : ''}`
  }
}
