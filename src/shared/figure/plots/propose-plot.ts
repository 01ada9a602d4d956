/** Which plot runs call for, from what differs between them and what they came to. */
import { roleOf } from '../../compare/difference-roles'
import { settingDifferences, type SettingDifference } from '../../compare/setting-differences'
import type { RunRow } from '../../contract'
import { generalisation } from '../../metric-roles'
import type { PlotColumn, PlotKind, PlotsView } from '../../view'

/** A plot with nothing left open. */
export interface PlotChoice extends Omit<PlotsView, 'kind' | 'x' | 'y'> {
  kind: PlotKind
  x: PlotColumn
  y: PlotColumn
}

/** More axes than this are hard to follow with the eye. */
const mostAxes = 7

const family: PlotColumn = { id: 'config:model.family' }
const column = ({ path }: SettingDifference): PlotColumn => ({ id: `config:${path}` })

/**
 * Completes what a view leaves open. One setting that differs: results over its values. Two: a heat map where they
 * form a grid, else one of them as colour. More: parallel coordinates. None, as with seeds: their spread.
 */
export function proposePlot(runs: readonly RunRow[], view: PlotsView): PlotChoice {
  const target = targetOf(runs)
  const differing = settingDifferences(runs.map(({ config }) => config)).filter(
    (row) => roleOf(row, new Set(), false) === 'unintended'
  )
  const found = propose(runs, differing, target)
  const kind = view.kind ?? found.kind
  // What was proposed for another kind of plot does not fit this one.
  const usual = kind === found.kind ? found : { ...found, ...usualFor(kind, differing, target) }
  const x = view.x ?? usual.x
  // A heat map of a setting over itself says nothing.
  const y = view.y ?? (kind === 'heat' && usual.y.id === x.id ? otherThan(x, differing) : usual.y)
  return {
    ...view,
    kind,
    x,
    y,
    color: view.color ?? usual.color,
    axes: view.axes.length > 0 ? view.axes : usual.axes
  }
}

const otherThan = (x: PlotColumn, differing: readonly SettingDifference[]): PlotColumn =>
  differing.map(column).find(({ id }) => id !== x.id) ?? { id: 'config:seed' }

type Proposal = Pick<PlotChoice, 'kind' | 'x' | 'y' | 'color' | 'axes'>

/** When what generalisation is read off was reached, or, where no run has come so far, how far it is. */
function targetOf(runs: readonly RunRow[]): PlotColumn {
  const reached = runs.some((run) => generalisation(run)?.crossing.state === 'reached')
  return { id: reached ? 'event:generalised' : 'metric:accuracy/@ood' }
}

function propose(
  runs: readonly RunRow[],
  differing: readonly SettingDifference[],
  target: PlotColumn
): Proposal {
  const [first, second] = differing
  const axes = parallelAxes(differing, target)
  const base = { axes, color: 'own' as const, y: target }
  if (!first) return { ...base, kind: 'strip', x: family }
  if (!second) {
    const kind = isNumeric(first) && distinct(first) > 4 ? 'scatter' : 'strip'
    return { ...base, kind, x: column(first) }
  }
  if (differing.length === 2) {
    if (isGrid(runs, first, second)) {
      return { ...base, kind: 'heat', x: column(first), y: column(second), color: target }
    }
    const [over, by] = isNumeric(first) || !isNumeric(second) ? [first, second] : [second, first]
    return { ...base, kind: 'scatter', x: column(over), color: column(by) }
  }
  return { ...base, kind: 'parallel', x: column(first), color: target }
}

/** The same for a kind that was chosen rather than proposed. */
function usualFor(
  kind: PlotKind,
  differing: readonly SettingDifference[],
  target: PlotColumn
): Omit<Proposal, 'kind'> {
  const [first, second] = differing
  const x = first ? column(first) : family
  const axes = parallelAxes(differing, target)
  switch (kind) {
    case 'scatter':
    case 'strip':
      return { x, y: target, color: second ? column(second) : 'own', axes }
    case 'heat':
      return { x, y: second ? column(second) : { id: 'config:seed' }, color: target, axes }
    case 'parallel':
      return { x, y: target, color: target, axes }
    default:
      return kind satisfies never
  }
}

function parallelAxes(differing: readonly SettingDifference[], target: PlotColumn): PlotColumn[] {
  const settings = differing.slice(0, mostAxes - 2).map(column)
  const ends = [{ id: 'metric:accuracy/@ood' }, target]
  const results = ends.filter(({ id }, i) => ends.findIndex((end) => end.id === id) === i)
  return [...(settings.length > 0 ? settings : [family, { id: 'config:seed' }]), ...results]
}

const distinct = ({ values }: SettingDifference): number => new Set(values).size
const isNumeric = ({ values }: SettingDifference): boolean =>
  values.every((value) => typeof value === 'number')

/** Whether at least half of the pairs of values have runs. */
function isGrid(
  runs: readonly RunRow[],
  first: SettingDifference,
  second: SettingDifference
): boolean {
  const pairs = new Set(runs.map((_, i) => JSON.stringify([first.values[i], second.values[i]])))
  return (
    distinct(first) > 1 &&
    distinct(second) > 1 &&
    runs.length >= 4 &&
    pairs.size >= (distinct(first) * distinct(second)) / 2
  )
}
