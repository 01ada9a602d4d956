/** Presets: named starting points, one JSON file each. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Preset } from '@shared/config'
import { parseRunConfig } from '@shared/config-input'
import type { Study } from '@shared/study'
import { parseStudy } from '@shared/study-input'

/**
 * Reads all presets of a folder, in the order of their file names. One that cannot be read, or whose config
 * is not allowed, is logged and left out: the others stay usable.
 */
export function readPresets(folder: string, log: (line: string) => void): Preset[] {
  return readEach(folder, 'preset', log, (content) => {
    const preset = Preset.parse(content)
    parseRunConfig(preset.config)
    return preset
  })
}

/** Reads all studies to start from, likewise; none where there is no such folder. */
export function readStudyPresets(folder: string, log: (line: string) => void): Study[] {
  return existsSync(folder) ? readEach(folder, 'study', log, parseStudy) : []
}

function readEach<T>(
  folder: string,
  what: string,
  log: (line: string) => void,
  read: (content: unknown) => T
): T[] {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort() // without the ending: what others are named after comes before them
  return names.flatMap((stem) => {
    const name = `${stem}.json`
    try {
      return [read(JSON.parse(readFileSync(join(folder, name), 'utf8')))]
    } catch (error) {
      log(`${what} ${name} is left out: ${(error as Error).message}`)
      return []
    }
  })
}
