/** The event table of a replication: one row per run and test split. */
import type { RunRow } from '@shared/contract'
import { describeCrossing, describeDelay, type Crossing, type Delay } from '@shared/milestones'
import { findSplit, type SplitRole } from '@shared/splits'
import { datasetKind } from '@shared/dataset-config'
import { shortNumber, table } from '../cli/format'
import type { PlannedRun } from './plan'

export interface TestResult {
  split: string
  label: string
  role: SplitRole
  crossing: Crossing
  delay: Delay | null
  /** Mean of the plateau. */
  end: number | null
}

export interface Result extends PlannedRun {
  id: string
  state: RunRow['state']
  error: string | null
  parameters: number | null
  engine: string | null
  minutes: number | null
  memorisation: Crossing | null
  tests: TestResult[]
  asExpected: boolean
  /** In words: what it did, against what is said of it. */
  verdict: string
}

/** What a run that has ended did. */
export function resultOf(run: RunRow, planned: PlannedRun): Result {
  const { milestones, startedAt, endedAt } = run
  const kind = datasetKind(run.config)
  const tests = (milestones?.splits ?? [])
    .filter(({ role }) => role === 'test' || role === 'iid' || role === 'ood')
    .map(({ split, role, crossing, delay, plateau }): TestResult => {
      const label = findSplit(kind, split)?.short ?? split
      return { split, label, role, crossing, delay, end: plateau?.mean ?? null }
    })
  const memorisation = milestones?.memorisation ?? null
  const whole = run.state === 'finished' && memorisation?.state === 'reached'
  const missing = tests.filter(({ crossing }) => crossing.state !== 'reached')
  const last = tests.filter(({ role }) => role !== 'iid')
  const late = tests.some(({ delay }) => (delay?.steps ?? 0) > 0)
  const outcome = !whole
    ? run.state === 'finished'
      ? 'did not memorise'
      : `${run.state}: ${run.error ?? 'no reason given'}`
    : missing.length === 0
      ? late
        ? 'grokked'
        : 'generalised without delay'
      : `did not reach .95 on ${missing.map(({ label }) => label).join(', ')} by step ${run.step.toLocaleString('en')}`
  const asExpected =
    whole &&
    tests.length > 0 &&
    (planned.expected === 'groks'
      ? missing.length === 0 && late
      : last.length > 0 && last.every((test) => missing.includes(test)))
  return {
    ...planned,
    ...{ id: run.id, state: run.state, error: run.error, memorisation, tests, asExpected },
    parameters: run.parameterCount,
    engine: run.engine?.detail ?? null,
    minutes: startedAt !== null && endedAt !== null ? (endedAt - startedAt) / 60_000 : null,
    verdict: `${outcome}${asExpected ? ', as it is said to' : ', against what is said of it'}`
  }
}

export interface Report {
  date: string
  machine: { processor: string; cores: number; memoryBytes: number }
  engine: string | null
  library: string
  results: readonly Result[]
}

export function reportText({ date, machine, engine, library, results }: Report): string {
  const head = ['PRESET', 'SEED', 'MEMORISED', 'TEST', 'GENERALISED', 'DELAY', 'END', 'MIN', 'SO']
  const rows = results.flatMap((result) => {
    const { preset, seed, memorisation, tests, minutes, asExpected } = result
    const first = [preset, String(seed), memorisation ? describeCrossing(memorisation) : '-']
    const last = [minutes === null ? '-' : minutes.toFixed(1), asExpected ? 'yes' : 'NO']
    const shown = tests.length > 0 ? tests : [null]
    return shown.map((test, i) => [
      ...(i === 0 ? first : ['', '', '']),
      ...(test
        ? [
            test.label,
            describeCrossing(test.crossing),
            test.delay ? describeDelay(test.delay) : '-',
            shortNumber(test.end)
          ]
        : ['-', '-', '-', '-']),
      ...(i === 0 ? last : ['', ''])
    ])
  })
  const strange = results.filter(({ asExpected }) => !asExpected)
  return [
    `${date.slice(0, 16).replace('T', ' ')} UTC, ${machine.cores} x ${machine.processor}, ${engine ?? 'no engine'}`,
    `Library ${library}`,
    '',
    table(head, rows).trimEnd(),
    '',
    ...strange.map(({ preset, seed, verdict }) => `${preset}, seed ${seed}: ${verdict}`),
    strange.length === 0
      ? `All ${results.length} runs did what is said of them.`
      : `${results.length - strange.length} of ${results.length} runs did what is said of them.`
  ].join('\n')
}
