/** Every recorded value of runs, unreduced: as a table with a row for each. */
import type { RunRow } from '@shared/contract'
import type { TableData } from '@shared/table-data'

/**
 * Metrics in the order in which a run recorded them first, steps rising.
 * @param read all points of a metric of a run
 */
export function rawValues(
  runs: readonly Pick<RunRow, 'id' | 'name' | 'last'>[],
  read: (id: string, metric: string) => readonly (readonly [step: number, value: number | null])[]
): TableData {
  const rows = runs.flatMap(({ id, name, last }) =>
    Object.keys(last).flatMap((metric) =>
      read(id, metric).map(([step, value]) => [id, name, metric, step, value])
    )
  )
  const text = { type: 'text' } as const
  const number = { type: 'number' } as const
  return {
    ...{ title: 'recorded values', caption: `Every recorded value of ${runs.length} runs.`, rows },
    columns: [
      { name: 'run', label: 'run', ...text },
      { name: 'name', label: 'name', ...text },
      { name: 'metric', label: 'metric', ...text },
      { name: 'step', label: 'step', ...number },
      { name: 'value', label: 'value', ...number }
    ]
  }
}
