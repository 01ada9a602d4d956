/** Runs by what they have in common. */
import type { RunRow } from '@shared/contract'

/** How many of the runs have each tag, in the order of the alphabet. */
export function tagCounts(runs: readonly RunRow[]): [tag: string, runs: number][] {
  const counts = new Map<string, number>()
  for (const tag of runs.flatMap(({ tags }) => tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  return [...counts].sort(([a], [b]) => a.localeCompare(b, 'en'))
}

/** Each run once. */
export const distinctRuns = (runs: readonly RunRow[]): RunRow[] => [
  ...new Map(runs.map((run) => [run.id, run])).values()
]

/** Values by column, then by run; those that a run does not have are left out. */
export type ValueTable = ReadonlyMap<string, ReadonlyMap<string, number>>

/** @param values one list per key, each with one value per id */
export function valueTable(
  keys: readonly string[],
  ids: readonly string[],
  values: readonly { values: readonly (number | null)[] }[]
): ValueTable {
  return new Map(
    keys.map((key, i) => {
      const found = ids.map((id, j) => [id, values[i]!.values[j]!] as const)
      return [key, new Map(found.filter((entry): entry is [string, number] => entry[1] !== null))]
    })
  )
}
