/** The runs that a query finds. */
import type { RunRow } from '../contract'
import { isDraft, soundPart } from './draft'
import { parseQuery, type RunTest } from './parse'

/**
 * In the order given; while a query is being typed, what its sound part finds.
 * @param now Unix milliseconds, for durations of runs at work
 */
export function findRuns(text: string, runs: readonly RunRow[], now: number): readonly RunRow[] {
  if (text.trim() === '') return runs
  const find = (test: RunTest): RunRow[] => runs.filter((run) => test(run, now))
  const { test } = parseQuery(text)
  const found = test ? find(test) : []
  return found.length > 0 || !isDraft(text) ? found : find(soundPart(text))
}

/** Whether what a query finds depends on the time of day. */
export const asksDuration = (text: string): boolean => text.toLowerCase().includes('duration')
