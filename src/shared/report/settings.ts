/** The settings of a study's cells: which all share, which vary, and over what. */
import { groups, type Group, type RunConfig } from '../config'
import {
  describeSetting,
  settingFields,
  settingValues,
  type SettingValue
} from '../compare/setting-differences'

export interface StudySetting {
  path: string
  label: string
  unit: string
  group: Group
  /** Each value once, in the order of the cells; `undefined` where cells have no such setting. */
  values: readonly SettingValue[]
}

/** Every setting that any of the configs has, group by group in form order. */
export function studySettings(configs: readonly RunConfig[]): StudySetting[] {
  const values = configs.map(settingValues)
  const fields = new Map(
    configs.flatMap((config) => settingFields(config).map((field) => [field.path, field] as const))
  )
  const rows = [...fields.values()].map(({ path, label, unit = '', group }): StudySetting => ({
    ...{ path, label, unit, group },
    values: [...new Set(values.map((settings) => settings.get(path)))]
  }))
  return groups.flatMap((group) => rows.filter((row) => row.group === group))
}

/** So many values of one setting are named. */
const mostValues = 8

/** "512", "GPT-2, LLaMA (varied)", "20, 50, 100, … (12 values)". */
export function valuesText({ path, unit, values }: StudySetting): string {
  const texts = values.map((value) => describeSetting(path, value))
  const withUnit = (text: string): string => (unit && text !== 'empty' ? `${text} ${unit}` : text)
  if (texts.length === 1) return withUnit(texts[0]!)
  const listed = texts.slice(0, mostValues).join(', ')
  return texts.length > mostValues
    ? `${withUnit(`${listed}, …`)} (${texts.length} values)`
    : `${withUnit(listed)} (varied)`
}
