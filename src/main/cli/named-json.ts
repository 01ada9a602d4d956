/** A JSON file where a preset's name could stand too: configs and studies are named in the same way. */
import { readFileSync } from 'node:fs'
import { nearestName } from '@shared/config-input'
import { UserError } from '@shared/errors'

export interface NamedKind {
  /** Of the error codes, and the key under which presets, run folders and libraries hold the content. */
  key: 'config' | 'study'
  /** What a name that is no file could have meant. */
  preset: string
  /** How such a file looks: a sentence. */
  example: string
}

/**
 * @param path what the user wrote, no preset's name
 * @param presets those that could have been meant
 * @returns the file's content, unwrapped where it stands under `key`
 * @throws {UserError} `<key>.missing` where it cannot be read, `<key>.syntax` where it is no JSON
 */
export function readNamedJson(
  path: string,
  presets: readonly { name: string }[],
  { key, preset, example }: NamedKind
): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const names = presets.map(({ name }) => name)
    const near = nearestName(path, names)
    const { code } = error as NodeJS.ErrnoException
    const known = `${preset[0]!.toUpperCase()}${preset.slice(1)}s are ${names.join(', ') || 'missing'}.`
    throw new UserError(
      `${key}.missing`,
      code === 'ENOENT'
        ? `"${path}" is neither a ${preset} nor a file.`
        : `The file ${path} cannot be read (${code}).`,
      near ? `Did you mean ${near}? ${known}` : known
    )
  }
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (error) {
    throw new UserError(
      `${key}.syntax`,
      `The file ${path} is not JSON: ${(error as Error).message}.`,
      example
    )
  }
  const isWrapped = typeof content === 'object' && content !== null && Object.hasOwn(content, key)
  return isWrapped ? (content as Record<string, unknown>)[key] : content
}
