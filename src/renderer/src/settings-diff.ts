/** A run's settings beside those of the preset it started from. */
import { datasetNames, familyNames, type Preset } from '@shared/config'
import type { FieldInfo } from '@shared/config-fields'
import { valueAt } from '@shared/config-input'
import { datasetKinds } from '@shared/dataset-config'

export interface SettingRow {
  field: FieldInfo
  value: unknown
  /** What the preset says; undefined when there is no preset. */
  preset?: unknown
  changed: boolean
}

/** What decides which other settings there are; shown as a setting, but no field of the schema. */
const tags: readonly FieldInfo[] = [
  {
    path: 'dataset.kind',
    label: 'Data set',
    help: '',
    group: 'data',
    type: 'choice',
    choices: datasetKinds,
    nullable: false,
    default: 'comparison'
  },
  {
    path: 'model.family',
    label: 'Family',
    help: '',
    group: 'model',
    type: 'choice',
    choices: Object.keys(familyNames),
    nullable: false,
    default: 'gpt2'
  }
]
const tagNames: Readonly<Record<string, string>> = { ...datasetNames, ...familyNames }

/** The value a field has in a partial config: what is written there, else the field's default. */
export function fieldValue(field: FieldInfo, config: unknown): unknown {
  const written = valueAt(config, field.path.split('.'))
  return written === undefined ? field.default : written
}

/**
 * Every setting of a run in form order, after its kind of data and model family in words; `changed` marks those
 * that differ from the preset (or, without one, from the defaults).
 */
export function settingRows(
  fields: readonly FieldInfo[],
  config: unknown,
  preset: Preset | null
): SettingRow[] {
  const named = (value: unknown): unknown => tagNames[String(value)] ?? value
  return [...tags, ...fields].map((field) => {
    const words = tags.includes(field) ? named : (value: unknown) => value
    const value = words(fieldValue(field, config))
    const base = words(fieldValue(field, preset?.config ?? {}))
    return { field, value, preset: base, changed: value !== base }
  })
}
