/** The config that a command names: a preset, or a file, with the changes of `--set`. */
import { readFileSync } from 'node:fs'
import type { Preset, RunConfig } from '@shared/config'
import { applyAssignment, nearestName, parseRunConfig } from '@shared/config-input'
import { UserError } from '@shared/errors'

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
  const input = preset ? preset.config : readConfigFile(name, presets)
  const changed = assignments.reduce<unknown>(applyAssignment, input)
  return { preset: preset?.name ?? null, config: parseRunConfig(changed) }
}

function readConfigFile(path: string, presets: readonly Preset[]): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const names = presets.map((known) => known.name)
    const near = nearestName(path, names)
    const { code } = error as NodeJS.ErrnoException
    const problem =
      code === 'ENOENT'
        ? `"${path}" is neither a preset nor a file.`
        : `The file ${path} cannot be read (${code}).`
    throw new UserError(
      'config.missing',
      problem,
      `${near ? `Did you mean ${near}? ` : ''}Presets are ${names.join(', ') || 'missing'}.`
    )
  }
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (error) {
    throw new UserError(
      'config.syntax',
      `The file ${path} is not JSON: ${(error as Error).message}.`,
      'A config is a JSON object, e.g. {"model": {"nLayer": 2}}; what is left out has its default.'
    )
  }
  // Presets and run folders hold the config under this name.
  const isWrapped =
    typeof content === 'object' && content !== null && Object.hasOwn(content, 'config')
  return isWrapped ? (content as { config: unknown }).config : content
}
