/** The config that a command names: a preset, or a file, with the changes of `--set`. */
import type { Preset, RunConfig } from '@shared/config'
import { applyAssignment, parseRunConfig } from '@shared/config-input'
import { readNamedJson, type NamedKind } from './named-json'

const kind: NamedKind = {
  key: 'config',
  preset: 'preset',
  example:
    'A config is a JSON object, e.g. {"model": {"nLayer": 2}}; what is left out has its default.'
}

export interface ChosenConfig {
  /** The name of the preset, if one was named. */
  preset: string | null
  config: RunConfig
}

/**
 * @param name a preset's name, or the path of a JSON file: a config, a preset, or a run's config.json
 * @param assignments `path=value`, later ones win
 * @throws {UserError} where there is neither, where the file holds no JSON, or where a setting is refused
 */
export function chooseConfig(
  name: string,
  assignments: readonly string[],
  presets: readonly Preset[]
): ChosenConfig {
  const preset = presets.find((known) => known.name === name)
  const input = preset ? preset.config : readNamedJson(name, presets, kind)
  const changed = assignments.reduce<unknown>(applyAssignment, input)
  return { preset: preset?.name ?? null, config: parseRunConfig(changed) }
}
