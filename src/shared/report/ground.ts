/** The common ground of a study: what all its groups share, and what besides the question could explain a result. */
import { commonGround } from '../common-ground'
import {
  familyFindings,
  findGround,
  type CommonGround,
  type GroundFinding
} from '../compare/ground-findings'
import { describeSetting } from '../compare/setting-differences'
import type { RunConfig } from '../config'
import type { Axis, Study } from '../study'
import type { CellResult } from '../study-results'
import type { TableData } from '../table-data'

/** One group of cells that differ in their seed: its first config, and its first run, if it has any. */
export interface GroundGroup {
  label: string
  /** The label of its point on each axis. */
  labels: Readonly<Record<string, string>>
  config: RunConfig
  result: CellResult | undefined
}

/** Above so many groups, values are listed without saying whose they are. */
const mostNamed = 8

/** "no dropout" where all agree, else "GPT-2: 0.1; LLaMA: none"; by one axis alone where that decides. */
function together(groups: readonly GroundGroup[], values: readonly string[]): string {
  const kinds = [...new Set(values)]
  if (kinds.length === 1) return kinds[0]!
  if (kinds.length > mostNamed) return `${kinds.length} different values`
  const axis = Object.keys(groups[0]!.labels).find((name) => {
    const found = new Map(groups.map(({ labels }, i) => [labels[name], values[i]]))
    return groups.every(({ labels }, i) => found.get(labels[name]) === values[i])
  })
  const nameOf = ({ label, labels }: GroundGroup): string =>
    axis === undefined ? label : labels[axis]!
  return kinds
    .map((kind) => {
      const whose = [...new Set(groups.filter((_, i) => values[i] === kind).map(nameOf))]
      const named = whose.slice(0, mostNamed).join(', ')
      return `${named}${whose.length > mostNamed ? ` and ${whose.length - mostNamed} more` : ''}: ${kind}`
    })
    .join('; ')
}

/** A line of the sheet per row. */
export function groundTable(groups: readonly GroundGroup[]): TableData {
  const sheets = groups.map(({ config }) => commonGround(config))
  const text = { type: 'text' } as const
  return {
    title: 'Common ground',
    caption:
      'What is known to make runs differ for other reasons than the question. One value where all groups agree.',
    columns: [
      { name: 'subject', label: 'Subject', ...text },
      { name: 'value', label: 'Here', ...text },
      { name: 'note', label: 'Why it matters', ...text }
    ],
    rows: (sheets[0] ?? [])
      .map(({ key, label, note }, i) => ({
        ...{ key, label, note },
        value: together(
          groups,
          sheets.map((sheet) => sheet[i]!.value)
        )
      }))
      // Every group has all seeds.
      .filter(({ key }) => key !== 'seed')
      .map(({ label, value, note }) => [label, value, note])
  }
}

/** What differs between the groups and how it counts; before there are runs, what the families bring with them. */
export function groundFindings(
  study: Study,
  groups: readonly GroundGroup[]
): { findings: string[]; confounds: number; differences: TableData | null } {
  const run = groups.filter(({ result }) => result?.run)
  if (run.length < 2) {
    const found = familyFindings(groups.map(({ config }) => config))
    return {
      findings: found.map((finding) => findingText(finding, groups)),
      confounds: found.length,
      differences: null
    }
  }
  const ground = findGround(
    run.map(({ result }) => result!.run!),
    askedPaths(study.axes)
  )
  return {
    findings: ground.findings.map((finding) => findingText(finding, run)),
    confounds: ground.findings.filter(({ level }) => level === 'confound').length,
    differences: differenceTable(ground, run)
  }
}

const findingText = (
  { level, title, detail, values }: GroundFinding,
  groups: readonly GroundGroup[]
): string =>
  `${level === 'confound' ? 'Confound' : 'Note'}: ${title}. ${detail} (${together(groups, values)})`

const roleWords: Record<CommonGround['differences'][number]['role'], string> = {
  question: 'the question',
  unintended: 'confound',
  belongs: 'comes with the family or data',
  recording: 'recording alone',
  seed: 'seed'
}

function differenceTable(
  { differences }: CommonGround,
  groups: readonly GroundGroup[]
): TableData | null {
  const rows = differences.filter(({ role }) => role !== 'seed')
  if (rows.length === 0) return null
  const text = { type: 'text' } as const
  return {
    title: 'Settings that differ between groups',
    caption: 'Each with what it is to the comparison.',
    columns: [
      { name: 'setting', label: 'Setting', ...text },
      { name: 'values', label: 'Values', ...text },
      { name: 'role', label: 'It is', ...text }
    ],
    rows: rows.map(({ path, label, values, role }) => [
      label,
      together(
        groups,
        values.map((value) => describeSetting(path, value))
      ),
      roleWords[role]
    ])
  }
}

/** The settings that the axes set by name: what the study is about. Defaults that come with them are not meant. */
export function askedPaths(axes: readonly Axis[]): string[] {
  const paths = axes.flatMap((axis) => {
    switch (axis.kind) {
      case 'values':
      case 'range':
        return [axis.path]
      case 'random':
        return Object.keys(axis.draws)
      case 'settings':
        return axis.points.flatMap(({ set }) =>
          Object.entries(set).flatMap(([path, value]) => leaves(path, value))
        )
      case 'seeds':
        return []
      default:
        return axis satisfies never
    }
  })
  return [...new Set(paths)]
}

const leaves = (path: string, value: unknown): string[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, inner]) => leaves(`${path}.${key}`, inner))
    : [path]
