/** What decides which other settings there are: a run's kind of data and its model family. Shown as settings, but no fields of the schema. */
import { datasetNames, familyNames, type ModelConfig } from './config'
import type { FieldInfo } from './config-fields'
import { valueAt } from './config-input'
import { datasetKinds } from './dataset-config'

export const settingTags: readonly FieldInfo[] = [
  {
    path: 'dataset.kind',
    label: 'Data set',
    help: 'What the model learns.',
    group: 'data',
    type: 'choice',
    choices: datasetKinds,
    nullable: false,
    default: 'comparison'
  },
  {
    path: 'model.family',
    label: 'Family',
    help: 'The architecture.',
    group: 'model',
    type: 'choice',
    choices: Object.keys(familyNames),
    nullable: false,
    default: 'gpt2'
  }
]

const tagNames: Readonly<Record<string, string>> = { ...datasetNames, ...familyNames }

/** A tag's value in words: "Comparison", "GPT-2". */
export const tagWords = (value: unknown): unknown => tagNames[String(value)] ?? value

/** The model family a config names, or the schema's default. */
export function familyOf(config: unknown): ModelConfig['family'] {
  const named = valueAt(config, ['model', 'family'])
  const families = Object.keys(familyNames) as ModelConfig['family'][]
  return families.find((family) => family === named) ?? 'gpt2'
}
