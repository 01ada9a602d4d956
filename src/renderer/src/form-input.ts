/** From what stands in a form's fields to the config it means, and to what is wrong with it. */
import {
  familyNames,
  RunConfigShape,
  type DatasetConfig,
  type ModelConfig,
  type Preset,
  type RunConfig
} from '@shared/config'
import type { FieldInfo } from '@shared/config-fields'
import { parseRunConfig, valueAt, withValue } from '@shared/config-input'
import { UserError, type FieldIssue } from '@shared/errors'
import { datasetKind } from '@shared/dataset-config'
import { familyOf } from '@shared/setting-tags'

export { familyOf }

/** The text or tick of each field that was touched, by path. */
export type Edits = Readonly<Record<string, string | boolean>>

/**
 * What stands in a field means: null in an empty nullable field, a number where a numeric field's text reads as
 * one, else the text.
 */
export function readField(field: FieldInfo, entry: string | boolean): unknown {
  if (typeof entry === 'boolean' || field.type === 'choice') return entry
  const text = entry.trim()
  if (text === '') return field.nullable ? null : ''
  if (field.type === 'text') return text
  // People paste 300,000 and 300 000.
  const plain = text.replace(/(?<=\d)[,\s_](?=\d{3}(\D|$))/g, '')
  const number = Number(plain)
  return Number.isFinite(number) ? number : text
}

/** The text that stands in a field for a value. */
export const writeField = (value: unknown): string | boolean =>
  typeof value === 'boolean' ? value : value === null || value === undefined ? '' : String(value)

/** Every model family, as the schema lists them. */
export const families = Object.keys(familyNames) as ModelConfig['family'][]

/**
 * A config with another model family: settings that the new family shares are kept, the others fall back to
 * its defaults.
 * @param fields the new family's fields
 */
export function withFamily(
  config: Preset['config'],
  family: ModelConfig['family'],
  fields: readonly FieldInfo[]
): Preset['config'] {
  if (family === familyOf(config)) return config
  return { ...config, model: { ...shared(config, 'model', fields), family } }
}

/**
 * A config with another kind of data: settings that the new kind shares are kept, the others fall back to its
 * defaults.
 * @param fields the new kind's fields
 */
export function withKind(
  config: Preset['config'],
  kind: DatasetConfig['kind'],
  fields: readonly FieldInfo[]
): Preset['config'] {
  if (kind === datasetKind(config)) return config
  return { ...config, dataset: { ...shared(config, 'dataset', fields), kind } }
}

/** What a part of a config says about settings that are among the fields. */
function shared(
  config: Preset['config'],
  part: 'dataset' | 'model',
  fields: readonly FieldInfo[]
): Record<string, unknown> {
  const settings = Object.entries((valueAt(config, [part]) as object | undefined) ?? {})
  const kept = settings.filter(([key]) => fields.some(({ path }) => path === `${part}.${key}`))
  return Object.fromEntries(kept)
}

/** A config with the edits of the given fields laid over it; may be invalid. */
export function formConfig(
  fields: readonly FieldInfo[],
  base: Preset['config'],
  edits: Edits
): unknown {
  return fields.reduce<unknown>((config, field) => {
    const entry = edits[field.path]
    return entry === undefined
      ? config
      : withValue(config, field.path.split('.'), readField(field, entry))
  }, base)
}

export type Checked =
  { config: RunConfig; issues: readonly [] } | { config: null; issues: readonly FieldIssue[] }

/** Parses as the server will; what is refused comes back as issues, never as an exception. */
export function checkConfig(input: unknown): Checked {
  try {
    return { config: parseRunConfig(input), issues: [] }
  } catch (error) {
    if (error instanceof UserError) return { config: null, issues: error.issues }
    throw error
  }
}

/** The number of steps a form asks for even while other fields are wrong; null when that field is. */
export function askedSteps(input: unknown): number | null {
  const steps = RunConfigShape.shape.budget.safeParse(
    typeof input === 'object' && input !== null && 'budget' in input ? input.budget : {}
  )
  return steps.success ? steps.data.steps : null
}
