/** Where a report's numbers come from: cell by cell the run, its config, data and engine; and every setting. */
import type { RunConfig } from '../config'
import type { CellResult } from '../study-results'
import type { TableData } from '../table-data'
import { studySettings, valuesText } from './settings'

const text = { type: 'text' } as const
/** So many hexadecimal digits of a SHA-256 are written: enough that nobody meets two alike by chance. */
const digits = 16
const short = (hash: string | null | undefined): string | null => hash?.slice(0, digits) ?? null

export function provenanceTable(results: readonly CellResult[]): TableData {
  return {
    title: 'Runs',
    caption: `The first ${digits} digits of the SHA-256 of each resolved config and of the data set that was built from it.`,
    columns: [
      { name: 'cell', label: 'Cell', ...text },
      { name: 'run', label: 'Run', ...text },
      { name: 'config', label: 'Config', ...text },
      { name: 'data', label: 'Data', ...text },
      { name: 'engine', label: 'Engine', ...text }
    ],
    rows: results.map(({ cell, run }) => [
      ...[cell.key, run?.id ?? null, short(cell.hash)],
      ...[short(run?.datasetHash), run?.engine ? engineText(run.engine) : null]
    ])
  }
}

const engineText = ({
  name,
  detail,
  threads
}: NonNullable<NonNullable<CellResult['run']>['engine']>) =>
  `${name}: ${detail}${threads === undefined ? '' : `, limited to ${threads} ${threads === 1 ? 'thread' : 'threads'}`}`

export function settingsTable(configs: readonly RunConfig[]): TableData {
  return {
    title: 'Settings',
    caption: 'All settings of all cells. “none”: a cell without that setting.',
    columns: [
      { name: 'group', label: 'Group', ...text },
      { name: 'setting', label: 'Setting', ...text },
      { name: 'path', label: 'Path', ...text },
      { name: 'value', label: 'Value', ...text }
    ],
    rows: studySettings(configs).map((setting) => [
      ...[setting.group, setting.label, setting.path, valuesText(setting)]
    ])
  }
}

/** Times of the results: the report of the same results is the same, whenever it is written. */
export function resultsAsOf(results: readonly CellResult[]): string {
  const ends = results.flatMap(({ run }) => run?.endedAt ?? [])
  const going = results.filter(({ run }) => run && run.endedAt === null).length
  const last =
    ends.length === 0
      ? 'No run has ended'
      : `The last run ended on ${utc(ends.reduce((a, b) => Math.max(a, b)))}`
  return going === 0 ? `${last}.` : `${last}; ${going} ${going === 1 ? 'is' : 'are'} unfinished.`
}

/** "2026-11-24 14:05 UTC". */
export const utc = (at: number): string =>
  `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
