/** The figure of a view as it is written to a file: the same for page and command line, whatever the window's width. */
import type { RunRow } from '../../contract'
import type { CurvesAnswer, CurvesQuery } from '../../curves'
import type { CurvesView, PanelSpec } from '../../view'
import { splitOfRole, splitRoles, type RoleName } from '../../metric-roles'
import type { Figure, Layer } from '../figure'
import { splitStyles, type SplitStyle } from '../split-styles'
import { comparisonFigure, comparisonQuery } from './figure'
import { compareGroups } from './groups'
import { panelMetrics, panelsOf } from './panels'

/** Of a panel, in px: what the number of ticks follows from. */
const size = { width: 560, height: 300 }
/** Columns that points are reduced to: a printed column has no more dots worth a point. */
const [mostColumns, leastColumns] = [800, 100]
/** A file with more points than this opens slowly everywhere. */
const mostPoints = 200_000

/** More curves than this nobody tells apart; of groups, more runs. */
export const [mostCurves, mostGroupedRuns] = [60, 500]

/** How many of the runs that a view finds are drawn as curves. */
export const mostRuns = ({ group }: CurvesView): number => (group ? mostGroupedRuns : mostCurves)

/**
 * @param read answers a query for curves
 * @param runs in the order in which they are named
 */
export async function figureOfView(
  read: (query: CurvesQuery) => Promise<CurvesAnswer>,
  runs: readonly RunRow[],
  view: CurvesView
): Promise<Figure> {
  const groups = compareGroups(runs, view.group)
  const panels =
    view.panels.length > 0 || runs.length > 1 ? panelsOf(view, runs) : ofOneRun(view, runs)
  const curves = panels.reduce((sum, panel) => sum + panelMetrics(panel).length, 0) * runs.length
  // Each column keeps up to four points of a curve.
  const columns = Math.floor(mostPoints / (4 * Math.max(1, curves)))
  const query = comparisonQuery(
    view,
    panels,
    groups,
    Math.min(mostColumns, Math.max(leastColumns, columns))
  )
  const answer = await read(query)
  const figure = comparisonFigure({
    ...{ view, panels, groups, answer },
    size: { ...size, columns: panels.length > 1 ? 2 : 1 }
  })
  return runs.length === 1 ? bySplit({ ...figure, title: runs[0]!.name }, runs[0]!) : figure
}

/** One run has its splits in one panel, as on its own page. */
function ofOneRun(view: CurvesView, runs: readonly RunRow[]): readonly PanelSpec[] {
  const usual = panelsOf(view, runs)
  const splits = usual.flatMap((panel) => (panel.metric === 'accuracy' ? panel.splits : []))
  return splits.length > 0 ? [{ metric: 'accuracy', splits: splits.reverse() }] : usual
}

/** Of one run the splits are what has to be told apart: each is drawn as it is on the run's own page. */
function bySplit(figure: Figure, run: RunRow): Figure {
  const met = new Map<string, SplitStyle>()
  const restyled = (layer: Layer): Layer => {
    if (layer.kind !== 'line') return layer
    // The last word of its key is the split, where a panel has several (compare/figure.ts).
    const role = layer.key.split(' ').at(-1)!
    const name = Object.hasOwn(splitRoles, role) ? splitOfRole(run, role as RoleName)?.name : role
    const style = Object.values(splitStyles)
      .flat()
      .find((known) => known.name === name)
    if (!style) return layer
    met.set(style.name, style)
    const { color, dash, width, marker } = style
    return {
      ...{ ...layer, label: style.label, style: { color, dash, width, marker } },
      ...(layer.endLabel && { endLabel: style.short })
    }
  }
  const panels = figure.panels.map((panel) => ({ ...panel, layers: panel.layers.map(restyled) }))
  if (met.size === 0) return figure
  const legend = [...met.values()].map(({ label, color, dash, width, marker }) => {
    return { key: label, label, style: { color, dash, width, marker } }
  })
  return { ...figure, panels, legend }
}
