/**
 * In which settings runs differ, as data. A setting that a run's kind of data or model family does not have is
 * `undefined` there; one that an older run does not name has the value it had before it could be named, its default.
 */
import { groups, type Group } from '../config'
import { listFields, type FieldInfo } from '../config-fields'
import { valueAt } from '../config-input'
import { datasetKind } from '../dataset-config'
import { familyOf, settingTags, tagWords } from '../setting-tags'

/** A number, text, truth value or null as the config has it; undefined where a run has no such setting. */
export type SettingValue = string | number | boolean | null | undefined

export interface SettingDifference {
  /** `model.nLayer`; the paths of the tags are `dataset.kind` and `model.family`. */
  path: string
  label: string
  unit?: string
  help: string
  group: Group
  /** One per run, in the order given. */
  values: readonly SettingValue[]
}

const known = new Map<string, readonly FieldInfo[]>()

/** Tags and fields that a config has, in form order. */
export function settingFields(config: unknown): readonly FieldInfo[] {
  const [kind, family] = [datasetKind(config), familyOf(config)]
  const key = `${kind} ${family}`
  const found = known.get(key) ?? [...settingTags, ...listFields(kind, family)]
  known.set(key, found)
  return found
}

/** The value of every setting of a config, by path. */
export function settingValues(config: unknown): Map<string, SettingValue> {
  return new Map(
    settingFields(config).map((field) => {
      const written = valueAt(config, field.path.split('.'))
      return [field.path, (written === undefined ? field.default : written) as SettingValue]
    })
  )
}

/**
 * The settings in which two or more configs differ, group by group in form order. Settings of one kind of data or
 * family alone come after those that all share.
 */
export function settingDifferences(configs: readonly unknown[]): SettingDifference[] {
  const values = configs.map(settingValues)
  const fields = new Map<string, FieldInfo>()
  for (const config of configs) {
    for (const field of settingFields(config)) {
      if (!fields.has(field.path)) fields.set(field.path, field)
    }
  }
  const rows = [...fields.values()].flatMap(({ path, label, unit, help, group }) => {
    const row = values.map((settings) => settings.get(path))
    const differs = row.some((value) => !Object.is(value, row[0]))
    return differs ? [{ path, label, ...(unit && { unit }), help, group, values: row }] : []
  })
  const lacking = ({ values: row }: SettingDifference): number => Number(row.includes(undefined))
  return groups.flatMap((group) =>
    rows.filter((row) => row.group === group).sort((a, b) => lacking(a) - lacking(b))
  )
}

/** A setting's value as a person reads it: "yes", "empty", "12.6", "GPT-2"; "none" where the run has no such setting. */
export function describeSetting(path: string, value: SettingValue): string {
  if (value === undefined) return 'none'
  if (value === null || value === '') return 'empty'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number') {
    return Number.isInteger(value) && Math.abs(value) >= 10_000
      ? value.toLocaleString('en')
      : String(value)
  }
  return String(settingTags.some((tag) => tag.path === path) ? tagWords(value) : value)
}
