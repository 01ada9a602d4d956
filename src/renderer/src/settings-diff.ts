/** A run's settings beside those of the preset it started from. */
import type { Preset } from '@shared/config'
import type { FieldInfo } from '@shared/config-fields'
import { valueAt } from '@shared/config-input'
import { settingTags, tagWords } from '@shared/setting-tags'

export interface SettingRow {
  field: FieldInfo
  value: unknown
  /** What the preset says; undefined when there is no preset. */
  preset?: unknown
  changed: boolean
}

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
  return [...settingTags, ...fields].map((field) => {
    const words = settingTags.includes(field) ? tagWords : (value: unknown) => value
    const value = words(fieldValue(field, config))
    const base = words(fieldValue(field, preset?.config ?? {}))
    return { field, value, preset: base, changed: value !== base }
  })
}
