/** Which study a command means: a file or preset to make one from, or one of the library. */
import { applyAssignment } from '@shared/config-input'
import type { StudyRow } from '@shared/contract'
import { UserError } from '@shared/errors'
import type { Study } from '@shared/study'
import { parseStudy } from '@shared/study-input'
import { readNamedJson, type NamedKind } from './named-json'

const kind: NamedKind = {
  key: 'study',
  preset: 'study preset',
  example:
    'A study is a JSON object, e.g. {"name": "depth", "title": "Depth", "base": "comparison-mini", "axes": []}.'
}

/**
 * @param name a study preset's name, or the path of a JSON file
 * @param assignments `path=value`: settings of every cell, later ones win
 * @throws {UserError} where there is neither, or the study is refused
 */
export function chooseStudy(
  name: string,
  assignments: readonly string[],
  presets: readonly Study[]
): Study {
  const preset = presets.find((known) => known.name === name)
  const chosen = preset ?? parseStudy(readNamedJson(name, presets, kind))
  // Flat: "budget.steps" stays one key, as the study's own `set` has it.
  const set = assignments.reduce<Record<string, unknown>>((all, assignment) => {
    const at = assignment.indexOf('=')
    const only = applyAssignment({}, at < 0 ? assignment : `value${assignment.slice(at)}`)
    return { ...all, [assignment.slice(0, at).trim()]: (only as { value: unknown }).value }
  }, {})
  return parseStudy({ ...chosen, set: { ...chosen.set, ...set } })
}

/**
 * The study that a command names: by its id, the beginning of its id, or its name.
 * @throws {UserError} `study.unknown`, or `study.ambiguous` with those it could be
 */
export function findStudy(studies: readonly StudyRow[], name: string): StudyRow {
  const exact = studies.find(({ id }) => id === name)
  if (exact) return exact
  const found = studies.filter(
    ({ id, study }) => study.name === name || (name !== '' && id.startsWith(name))
  )
  const [first, ...others] = found
  if (!first) {
    throw new UserError(
      'study.unknown',
      `There is no study "${name}" in this library.`,
      'Make it with grokscope study create, or see grokscope study status.'
    )
  }
  if (others.length > 0) {
    throw new UserError(
      'study.ambiguous',
      `"${name}" could be ${found.length} studies: ${found.map(({ id }) => id).join(', ')}.`,
      'Name it by its id.'
    )
  }
  return first
}
