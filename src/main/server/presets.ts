/** Presets: named starting points, one JSON file each. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Preset } from '@shared/config'
import { parseRunConfig } from '@shared/config-input'

/**
 * Reads all presets of a folder, in the order of their file names. One that cannot be read, or whose config
 * is not allowed, is logged and left out: the others stay usable.
 */
export function readPresets(folder: string, log: (line: string) => void): Preset[] {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
  return names.flatMap((name) => {
    try {
      const preset = Preset.parse(JSON.parse(readFileSync(join(folder, name), 'utf8')))
      parseRunConfig(preset.config)
      return [preset]
    } catch (error) {
      log(`preset ${name} is left out: ${(error as Error).message}`)
      return []
    }
  })
}
