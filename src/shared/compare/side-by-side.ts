/** Runs in columns: what each is, where their settings part, what they came to, and how far from a baseline. */
import type { RunRow } from '../contract'
import { formatFlops } from '../model-cost'
import type { TableData } from '../table-data'
import type { CommonGround, DifferenceRole } from './ground-findings'
import {
  bestOf,
  describeBracket,
  describeMeasured,
  measuresOf,
  type Measure,
  type MeasureKind
} from './measures'
import { describeDifference, describeSeeds, seedDelta } from './seed-delta'
import { seedsOf } from './seeds'
import { describeSetting } from './setting-differences'

export interface CompareCell {
  text: string
  /** How surely it is known. */
  note?: string
  /** The best of its row; of several that are not told apart, all. */
  best?: boolean
  /** Difference to the baseline, and what the seeds of both configs say about it. */
  delta?: string
  seeds?: string
}

export interface CompareRow {
  key: string
  label: string
  help?: string
  role?: DifferenceRole
  /** One per run, in the order given. */
  cells: readonly CompareCell[]
}

export interface CompareSection {
  key: 'run' | 'settings' | MeasureKind
  title: string
  rows: readonly CompareRow[]
}

const titles: Record<MeasureKind, string> = {
  event: 'Events (steps)',
  delay: 'Delay from memorisation (steps)',
  plateau: 'Plateau accuracy'
}

/**
 * @param runs in the order of their columns
 * @param library every run, among which seeds are looked for
 * @param baseline id of the run that others are measured against; null: none
 */
export function compareSections(
  runs: readonly RunRow[],
  library: readonly RunRow[],
  ground: CommonGround,
  baseline: string | null
): CompareSection[] {
  const measures = measuresOf(runs)
  const pinned = runs.find(({ id }) => id === baseline) ?? null
  const seeds = new Map(pinned ? runs.map((run) => [run.id, seedsOf(run, library)]) : [])
  const withSeeds = (run: RunRow): { run: RunRow; seeds: readonly RunRow[] } => ({
    run,
    seeds: seeds.get(run.id) ?? [run]
  })
  const measured = (['event', 'delay', 'plateau'] as const).map((kind): CompareSection => ({
    key: kind,
    title: titles[kind],
    rows: measures
      .filter((measure) => measure.kind === kind)
      .map((measure) => measureRow(measure, runs, pinned, withSeeds))
  }))
  // The answer first, then what could explain it.
  return [
    ...measured,
    { key: 'settings' as const, title: 'Settings that differ', rows: settingRows(ground) },
    { key: 'run' as const, title: 'Runs', rows: runRows(runs) }
  ].filter(({ rows }) => rows.length > 0)
}

function measureRow(
  measure: Measure,
  runs: readonly RunRow[],
  pinned: RunRow | null,
  withSeeds: (run: RunRow) => { run: RunRow; seeds: readonly RunRow[] }
): CompareRow {
  const values = runs.map(measure.of)
  const best = bestOf(measure, values)
  const cells = runs.map((run, i): CompareCell => {
    const value = values[i] ?? null
    if (!value) return { text: 'not known' }
    const note = describeBracket(measure, value)
    const cell = { text: describeMeasured(measure, value), ...(note && { note }) }
    const marked = best[i] ? { ...cell, best: true } : cell
    if (!pinned || run.id === pinned.id) return marked
    const delta = seedDelta(measure, withSeeds(pinned), withSeeds(run))
    if (!delta) return marked
    return {
      ...marked,
      ...(delta.difference !== null && { delta: describeDifference(measure, delta.difference) }),
      seeds: describeSeeds(measure, delta)
    }
  })
  return { key: measure.key, label: measure.label, help: measure.help, cells }
}

function runRows(runs: readonly RunRow[]): CompareRow[] {
  const count = (value: number | null): CompareCell => ({
    text: value === null ? 'not known' : value.toLocaleString('en')
  })
  return [
    {
      key: 'state',
      label: 'State',
      cells: runs.map(({ state, step, steps }) => ({
        text: state,
        note: `step ${step.toLocaleString('en')} of ${steps.toLocaleString('en')}`
      }))
    },
    {
      key: 'parameters',
      label: 'Parameters',
      cells: runs.map(({ parameterCount }) => count(parameterCount))
    },
    {
      key: 'flops',
      label: 'Work per step',
      help: 'Floating point operations of the matrix products, forward and backward',
      cells: runs.map(({ cost }) => ({ text: cost ? formatFlops(cost.flopsPerStep) : 'not known' }))
    },
    {
      key: 'work',
      label: 'Work so far',
      cells: runs.map(({ cost, step }) => ({
        text: cost ? formatFlops(cost.flopsPerStep * step) : 'not known'
      }))
    },
    {
      key: 'data',
      label: 'Data hash',
      cells: runs.map(({ datasetHash }) => ({ text: datasetHash?.slice(0, 8) ?? 'not known' }))
    },
    {
      key: 'engine',
      label: 'Engine',
      cells: runs.map(({ engine }) => ({ text: engine?.detail ?? 'not known' }))
    }
  ]
}

const settingRows = ({ differences }: CommonGround): CompareRow[] =>
  differences.map(({ path, label, unit, help, role, values }) => ({
    ...{ key: path, label: unit ? `${label} (${unit})` : label, help, role },
    cells: values.map((value) => ({ text: describeSetting(path, value) }))
  }))

/** The whole as text with tabs, as a spreadsheet takes it: a line per row, every cell with what qualifies it. */
export function compareText(names: readonly string[], sections: readonly CompareSection[]): string {
  const clean = (text: string): string => text.replace(/[\t\r\n]+/g, ' ')
  const lines = sections.flatMap(({ title, rows }) => [
    '',
    title,
    ...rows.map(({ label, cells }) => [label, ...cells.map(cellText)].map(clean).join('\t'))
  ])
  return [['', ...names].map(clean).join('\t'), ...lines, ''].join('\n')
}

/**
 * The same as a table for files: a row per property, a column per run.
 * @param baseline the name of the run that others are measured against
 */
export function compareTable(
  names: readonly string[],
  sections: readonly CompareSection[],
  baseline: string | null
): TableData {
  const text = { type: 'text' } as const
  return {
    title: 'Runs side by side',
    caption: `${names.join(', ')}.${baseline === null ? '' : ` Differences are to ${baseline}.`} Events in steps with the evaluation before; > marks what was not reached by the last one. Intervals are 95 %: Welch where all seeds got there, restricted means where not.`,
    columns: [
      { name: 'section', label: '', ...text },
      { name: 'property', label: 'Property', ...text },
      ...columnNames(names).map((name, i) => ({ name, label: names[i]!, ...text }))
    ],
    rows: sections.flatMap(({ title, rows }) =>
      rows.map(({ label, cells }) => [title, label, ...cells.map(cellText)])
    )
  }
}

/** The runs' names without blanks, each once: "mini_seed_1", "mini_seed_1_2". */
function columnNames(names: readonly string[]): string[] {
  const taken = new Set(['section', 'property'])
  return names.map((name) => {
    const plain = name.replace(/[^\p{L}\p{N}.+-]+/gu, '_').replace(/^_+|_+$/g, '') || 'run'
    let unique = plain
    for (let n = 2; taken.has(unique); n++) unique = `${plain}_${n}`
    taken.add(unique)
    return unique
  })
}

/** A cell with what qualifies it: "300 (after 200; best; −300 to the baseline; one seed: no interval)". */
function cellText({ text, note, best, delta, seeds }: CompareCell): string {
  const aside = [note, best && 'best', delta && `${delta} to the baseline`, seeds]
  const said = aside.filter(Boolean).join('; ')
  return said ? `${text} (${said})` : text
}
