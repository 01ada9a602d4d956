/** The fields of runs as choices for an axis: those that say something about the runs in sight come first. */
import { settingDifferences } from '@shared/compare/setting-differences'
import type { RunRow } from '@shared/contract'
import { runFields, type RunField } from '@shared/run-fields'
import { plotTexts } from '../../../texts/plots'

export interface ColumnGroup {
  label: string
  fields: readonly RunField[]
}

/** What no axis can show: free texts, times of day, lists. */
const isPlotted = ({ kind, id }: RunField): boolean =>
  !['text', 'time', 'tags'].includes(kind) || id === 'preset' || id === 'engine'

/** Groups without any field are left out. */
export function columnGroups(runs: readonly RunRow[]): ColumnGroup[] {
  const differing = new Set(
    settingDifferences(runs.map(({ config }) => config)).map(({ path }) => `config:${path}`)
  )
  const all = runFields.filter(isPlotted)
  const settings = all.filter(({ id }) => id.startsWith('config:'))
  const t = plotTexts.groups
  return [
    { label: t.varying, fields: settings.filter(({ id }) => differing.has(id)) },
    { label: t.events, fields: all.filter(({ id }) => id.startsWith('event:')) },
    { label: t.metrics, fields: all.filter(({ id }) => id.startsWith('metric:')) },
    { label: t.facts, fields: all.filter(({ id }) => !id.includes(':')) },
    { label: t.settings, fields: settings.filter(({ id }) => !differing.has(id)) }
  ].filter(({ fields }) => fields.length > 0)
}
