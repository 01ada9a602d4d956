/** Which panels a comparison has, and which metrics are read for them. */
import type { RunRow } from '../../contract'
import { metricOf, splitRoles } from '../../metric-roles'
import type { CurvesView, PanelSpec } from '../../view'
import { isOfSplit } from '../measure-groups'
import { measureWords } from '../measure-words'
import type { ScaleKind } from '../scale'

/** What is drawn of a panel: a metric by name, with the split that it is of. */
export interface PanelMetric {
  /** As it is asked for: `accuracy/@ood`, `batchLoss`. */
  name: string
  /** Role or name of the split; null for measures without splits. */
  split: string | null
}

export function panelMetrics({ metric, splits }: PanelSpec): PanelMetric[] {
  if (splits.length === 0) return [{ name: metric, split: null }]
  return splits.map((split) => ({
    name: `${metric}/${Object.hasOwn(splitRoles, split) ? '@' : ''}${split}`,
    split
  }))
}

const usual: readonly PanelSpec[] = [
  { metric: 'accuracy', splits: ['ood'] },
  { metric: 'accuracy', splits: ['iid'] },
  { metric: 'accuracy', splits: ['train'] },
  { metric: 'loss', splits: ['ood'] },
  { metric: 'batchLoss', splits: [] },
  { metric: 'weightNorm', splits: [] }
]

/** The panels of a view, or, where it names none, the usual ones of which a run has something. */
export function panelsOf({ panels }: CurvesView, runs: readonly RunRow[]): readonly PanelSpec[] {
  if (panels.length > 0) return panels
  const found = usual.filter((panel) => hasPanel(panel, runs))
  // Before anything is recorded the panels say what will fill them.
  return found.length > 0 ? found : usual.slice(0, 1)
}

const hasPanel = (panel: PanelSpec, runs: readonly RunRow[]): boolean =>
  panelMetrics(panel).some(({ name }) =>
    runs.some((run) => {
      const recorded = metricOf(run, name)
      return recorded !== null && recorded in run.last
    })
  )

/** Every panel that could be added: each metric that a run has, those of splits by the role of the split. */
export function possiblePanels(runs: readonly RunRow[]): PanelSpec[] {
  const measures = new Map<string, boolean>()
  for (const { last } of runs) {
    for (const name of Object.keys(last)) {
      const ofSplit = isOfSplit(name)
      measures.set(ofSplit ? name.slice(0, name.lastIndexOf('/')) : name, ofSplit)
    }
  }
  const roles = Object.keys(splitRoles).filter((role) => role !== 'test')
  return [...measures].flatMap(([metric, ofSplits]) =>
    ofSplits
      ? roles.map((role) => ({ metric, splits: [role] })).filter((panel) => hasPanel(panel, runs))
      : [{ metric, splits: [] }]
  )
}

/** Fixed ends, where a measure has them: shares of examples. */
export const isShare = (metric: string): boolean =>
  metric === 'accuracy' || metric === 'restrictedAccuracy'

/** Accuracy is linear, whatever the others are. */
export const yScaleOf = ({ metric, yScale }: PanelSpec, view: CurvesView): ScaleKind =>
  isShare(metric) ? 'linear' : (yScale ?? view.yScale)

export const panelKey = ({ metric, splits }: PanelSpec): string => [metric, ...splits].join('/')

const splitWords: Readonly<Record<string, string>> = {
  ood: 'OOD',
  iid: 'IID',
  train: 'train',
  atomic: 'atomic',
  test: 'test'
}

/** "OOD accuracy", "batch loss"; names that have no words stand as they are recorded. */
export function panelTitle({ metric, splits }: PanelSpec): string {
  const measure = measureWords[metric] ?? metric
  const title = splits.length > 0 ? `${splits.map(splitTitle).join(', ')} ${measure}` : measure
  return title[0]!.toUpperCase() + title.slice(1)
}

export const splitTitle = (split: string): string => splitWords[split] ?? split
