/** The runs that a view shows, in its order, as the app finds them. */
import { columnOfKey, isMetric, tableColumn } from '@shared/columns'
import type { RunRow } from '@shared/contract'
import { UserError } from '@shared/errors'
import { parseQuery, type RunTest } from '@shared/query'
import type { FieldValue } from '@shared/run-fields'
import { onShelf, orderOf, sortBy } from '@shared/run-order'
import type { View } from '@shared/view'
import type { Library } from './library'

type Request = Library['request']

/**
 * Runs picked by hand in the order of picking, or without any what the query finds in the order of the table; of them
 * those that Compare's query finds. Those hidden are among them.
 * @param now Unix milliseconds, for durations of runs at work
 * @throws {UserError} `plot.query` for a query that says nothing
 */
export async function runsOfView(
  all: readonly RunRow[],
  view: View,
  request: Request,
  now: number
): Promise<readonly RunRow[]> {
  const within = testOf(view.within)
  const picked = view.picked.flatMap((id) => all.find((run) => run.id === id) ?? [])
  if (picked.length > 0) return picked.filter((run) => within(run, now))
  const test = testOf(view.query)
  const found = all.filter((run) => onShelf(run, view.shelf) && test(run, now) && within(run, now))
  return inOrder(found, view.sort, request, now)
}

function testOf(query: string): RunTest {
  const { test, error } = parseQuery(query)
  if (test) return test
  throw new UserError(
    'plot.query',
    `The view's query is refused at character ${error.at[0] + 1}: ${query}`,
    error.message
  )
}

async function inOrder(
  runs: readonly RunRow[],
  sort: View['sort'],
  request: Request,
  now: number
): Promise<readonly RunRow[]> {
  const sorted = tableColumn(columnOfKey(sort.column))
  if (!sorted) return runs
  const { field, column } = sorted
  let valueOf = (run: RunRow): FieldValue => field.of(run, now)
  const at = column.at ?? 'last'
  if (isMetric(column.id) && at !== 'last') {
    const name = column.id.slice('metric:'.length)
    const [answer] = await request['metrics.values']({
      ids: runs.map(({ id }) => id),
      columns: [{ name, at }]
    })
    const values = new Map(runs.map(({ id }, i) => [id, answer?.values[i] ?? undefined]))
    valueOf = ({ id }) => values.get(id)
  }
  return sortBy(
    runs,
    (run) => orderOf(field, valueOf(run)),
    sort.descending,
    (run) => run.createdAt
  )
}
