/** The figures that go into a pack: curves of its runs, and of a study its survival curves and phase diagram. */
import type { RunRow } from '@shared/contract'
import type { CurvesAnswer, CurvesQuery } from '@shared/curves'
import { drawFigure } from '@shared/figure/drawing/draw-figure'
import { FigureSettings } from '@shared/figure/drawing/settings'
import { figureOfView, mostRuns } from '@shared/figure/compare/export-figure'
import type { Figure } from '@shared/figure/figure'
import { phaseFigure, survivalFigure } from '@shared/figure/study-figures'
import { riskTable } from '@shared/figure/survival-figure'
import { writeSvg } from '@shared/figure/svg'
import { compareGroups } from '@shared/statistics/group-comparison'
import { phaseCells } from '@shared/study-phase'
import { groupingAxes, groupResults } from '@shared/study-results'
import { usualView } from '@shared/view-address'
import type { PackFile } from '../packs/write-pack'
import type { StudyOutcome } from './study-plans'

/** @param runs in the order in which they are named; those without a single point are left out */
export async function curveFigures(
  runs: readonly RunRow[],
  read: (query: CurvesQuery) => CurvesAnswer
): Promise<PackFile[]> {
  const { curves } = usualView
  const drawn = runs.filter(({ last }) => Object.keys(last).length > 0).slice(0, mostRuns(curves))
  if (drawn.length === 0) return []
  return [asFile('curves', await figureOfView(async (query) => read(query), drawn, curves))]
}

export function studyFigures(title: string, { axes, split, results }: StudyOutcome): PackFile[] {
  const names = groupingAxes(axes)
  const groups = groupResults(results, names)
  const filled = groups.filter(({ lifetimes }) => lifetimes.length > 0)
  if (filled.length === 0) return []
  const spec = {
    ...{ title: `Generalised on ${split ?? ''}`, yLabel: 'fraction of runs', bands: true },
    ...{ groups: compareGroups(groups).groups, xScale: 'log' as const }
  }
  const files = [
    asFile(
      'survival',
      survivalFigure(spec, (at) => riskTable(filled, at))
    )
  ]
  const [x, y] = names.map((name) => axes.find((axis) => axis.name === name)!)
  if (x) {
    const measure = 'generalised'
    const cells = phaseCells(results, x, y ?? null, measure)
    const quantity = 'share that generalised'
    files.push(asFile('phase', phaseFigure({ title, quantity, measure, cells, x, y: y ?? null })))
  }
  return files
}

const asFile = (name: string, figure: Figure): PackFile => ({
  name: `figures/${name}.svg`,
  content: Buffer.from(writeSvg(drawFigure(figure, FigureSettings.parse({}))))
})
