/** Every recorded value of metrics, unreduced: as a table with a row for each. */
import type { RunRow, Series } from './contract'
import type { TableData } from './table-data'

/** What is read at once: the server gives up to four points of each of so many columns. */
const columns = 4000

type ReadSeries = (query: {
  id: string
  names: string[]
  scale: 'linear'
  columns: number
  from?: number
  to?: number
}) => Promise<Series[]>

/** @param metrics names as they are recorded; null: all that a run has */
export async function rawValues(
  runs: readonly Pick<RunRow, 'id' | 'name' | 'last'>[],
  metrics: readonly string[] | null,
  read: ReadSeries
): Promise<TableData> {
  const rows: (string | number | null)[][] = []
  for (const { id, name, last } of runs) {
    for (const metric of (metrics ?? Object.keys(last)).filter((one) => one in last)) {
      for (const [step, value] of await allPoints(id, metric, read))
        rows.push([id, name, metric, step, value])
    }
  }
  return {
    ...{ title: 'recorded values', caption: `Every recorded value of ${runs.length} runs.`, rows },
    columns: [
      { name: 'run', label: 'run', type: 'text' },
      { name: 'name', label: 'name', type: 'text' },
      { name: 'metric', label: 'metric', type: 'text' },
      { name: 'step', label: 'step', type: 'number' },
      { name: 'value', label: 'value', type: 'number' }
    ]
  }
}

/** Halves the range of steps until nothing of it is left out. */
async function allPoints(
  id: string,
  metric: string,
  read: ReadSeries,
  range?: readonly [number, number]
): Promise<Series['points']> {
  const ends = range && { from: range[0], to: range[1] }
  const [series] = await read({ id, names: [metric], scale: 'linear', columns, ...ends })
  if (!series || series.points.length === 0) return []
  // The points beside a range come along as neighbours of what is in sight.
  const within = range
    ? series.points.filter(([step]) => step >= range[0] && step <= range[1])
    : series.points
  if (within.length >= series.total) return within
  const [from, to] = range ?? [within[0]![0], within.at(-1)![0]]
  const middle = Math.floor((from + to) / 2)
  const halves = [
    await allPoints(id, metric, read, [from, middle]),
    await allPoints(id, metric, read, [middle + 1, to])
  ]
  return halves.flat()
}
