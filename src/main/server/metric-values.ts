/** Values of metrics at one place of their curves, for many runs in one query each. */
import type { MetricValue } from '@shared/events'
import { bestIsHigh, eventStep, metricOf } from '@shared/metric-roles'
import type { MetricPlace } from '@shared/view'
import type { RunRecord, Store } from '../store/store'

interface AskedColumn {
  /** May name a role: `accuracy/@ood`. */
  name: string
  at: MetricPlace
}

/** @returns one column per asked one, each with one value per id; null where there is none */
export function createMetricValues(store: Store) {
  return (ids: readonly string[], columns: readonly AskedColumn[]): { values: MetricValue[] }[] => {
    const records = new Map(store.runs().map((run) => [run.id, run]))
    const runs = ids.map((id) => records.get(id))
    return columns.map((column) => ({ values: columnOf(runs, column) }))
  }

  function columnOf(runs: readonly (RunRecord | undefined)[], { name, at }: AskedColumn) {
    const values: MetricValue[] = runs.map(() => null)
    const asked: [place: number, id: string, name: string, step: number][] = []
    for (const [place, run] of runs.entries()) {
      const metric = run && metricOf(run, name)
      if (!run || !metric) continue
      if (at === 'last') values[place] = run.last[metric] ?? null
      else if (at === 'best') asked.push([place, run.id, metric, 0])
      else {
        const step = typeof at === 'number' ? at : eventStep(run, at)
        if (step !== null) asked.push([place, run.id, metric, step])
      }
    }
    const found =
      at === 'best'
        ? store
            .extremes(asked.map(([, id, metric]) => [id, metric]))
            .map(({ low, high }) => (bestIsHigh(name) ? high : low))
        : store.valuesAt(asked.map(([, id, metric, step]) => [id, metric, step]))
    for (const [i, [place]] of asked.entries()) values[place] = found[i] ?? null
    return values
  }
}
