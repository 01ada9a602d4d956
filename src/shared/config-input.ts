/** From what people write (files, forms, `--set path=value`) to a RunConfig, or to a refusal that helps. */
import { z } from 'zod'
import { ModelConfig, RunConfig } from './config'
import { describeLimits, listFields, type FieldInfo } from './config-fields'
import { UserError, type FieldIssue } from './errors'

/** What a config of some dataset kind and model family may set. */
interface Settable {
  readonly fields: ReadonlyMap<string, FieldInfo>
  /** The paths of the fields and of the tags. */
  readonly paths: readonly string[]
}

/** For the kind and family that the input names; without them, for the defaults. */
function settableOf(input: unknown): Settable {
  const tag = (path: string[]): string | undefined => {
    const value = valueAt(input, path)
    return typeof value === 'string' ? value : undefined
  }
  const listed = listFields(tag(['dataset', 'kind']), tag(['model', 'family']))
  const fields = new Map(listed.map((f) => [f.path, f]))
  const tags = ['version', 'dataset.kind', 'model.family']
  return { fields, paths: [...fields.keys(), ...tags] }
}

/**
 * Parses a config, filling in defaults.
 * @throws {UserError} `config.invalid` with one issue per refused field: path, value, what is allowed.
 */
export function parseRunConfig(input: unknown): RunConfig {
  const result = RunConfig.safeParse(input)
  if (result.success) return result.data
  const settable = settableOf(input)
  const issues = result.error.issues.flatMap((issue) => toFieldIssues(issue, input, settable))
  const first = issues[0]!
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : ''
  throw new UserError(
    'config.invalid',
    `${first.path || 'The config'}: ${first.message}${more}`,
    'Change the named field and try again.',
    issues
  )
}

function toFieldIssues(
  issue: z.core.$ZodIssue,
  input: unknown,
  { fields, paths }: Settable
): FieldIssue[] {
  const path = issue.path.map(String)
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownSetting(path, key, paths))
    case 'custom': {
      const nearest = (issue.params as { nearest?: unknown } | undefined)?.nearest
      return [
        { path: path.join('.'), message: issue.message, ...(nearest !== undefined && { nearest }) }
      ]
    }
    default:
      return [
        {
          path: path.join('.'),
          ...notAllowed(fields.get(path.join('.')), valueAt(input, path), issue)
        }
      ]
  }
}

/** Suggests the known path that was meant: one that only lacks its beginning, or is spelt much like it. */
function unknownSetting(
  parent: readonly string[],
  key: string,
  settable: readonly string[]
): FieldIssue {
  const path = [...parent, key].join('.')
  const owners = parent.join() === 'model' ? familiesWith(key) : []
  if (owners.length > 0) {
    return { path, message: `is not a setting of this family, but of ${owners.join(', ')}` }
  }
  const groups = settable.flatMap((known) => known.split('.').slice(0, -1))
  const near =
    settable.find((known) => known.toLowerCase().endsWith(`.${key.toLowerCase()}`)) ??
    nearestName(path, [...settable, ...groups])
  if (near) {
    return { path, message: `is not a setting; did you mean ${near}?`, nearest: near }
  }
  const below = parent.map((name) => `${name}.`).join('')
  const names = settable
    .filter((known) => known.startsWith(below))
    .map((known) => below + known.slice(below.length).split('.')[0])
  return { path, message: `is not a setting; known are ${[...new Set(names)].join(', ')}` }
}

function familiesWith(key: string): string[] {
  const members = ModelConfig.options.filter(({ shape }) => Object.hasOwn(shape, key))
  return members.map(({ shape }) => z.toJSONSchema(shape.family, { io: 'input' }).const as string)
}

/** "0 is refused: allowed is a whole number from 1 to 48; the nearest is 1". */
function notAllowed(
  info: FieldInfo | undefined,
  value: unknown,
  issue: z.core.$ZodIssue
): { message: string; nearest?: unknown } {
  const names = allowedNames(issue)
  const allowed = info
    ? describeLimits(info)
    : names
      ? names.join(' or ')
      : issue.code === 'invalid_type' && issue.expected === 'object'
        ? 'a group of settings'
        : issue.message
  const nearest = info
    ? nearestAllowed(info, value)
    : typeof value === 'string'
      ? nearestName(value, names ?? [])
      : undefined
  const shown = value === undefined ? 'nothing' : JSON.stringify(value)
  return {
    message:
      `${shown} is refused: allowed is ${allowed}` +
      (nearest === undefined ? '' : `; the nearest is ${JSON.stringify(nearest)}`),
    ...(nearest !== undefined && { nearest })
  }
}

/** The names among which `kind`, `family` or `version` must be, as zod reports them. */
function allowedNames(issue: z.core.$ZodIssue): string[] | undefined {
  const listed =
    issue.code === 'invalid_value'
      ? issue.values
      : issue.code === 'invalid_union'
        ? (issue as { options?: readonly unknown[] }).options
        : undefined
  return listed?.filter((name) => name !== undefined).map(String)
}

function nearestAllowed(info: FieldInfo, value: unknown): unknown {
  if (info.type === 'choice') return nearestName(String(value), info.choices!)
  // `--set dataset.valueColumn=2020` arrives as a number
  if (info.type === 'text') return typeof value === 'number' ? String(value) : undefined
  if (info.type === 'boolean' || typeof value !== 'number' || !Number.isFinite(value))
    return undefined
  if (info.minimum !== undefined && value < info.minimum) return info.minimum
  if (info.maximum !== undefined && value > info.maximum) return info.maximum
  if (info.type === 'integer' && !Number.isInteger(value)) return Math.round(value)
  return undefined
}

/** The known name at the smallest edit distance, where one is close enough to be meant. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const scored = known
    .map((k) => ({ k, d: editDistance(name.toLowerCase(), k.toLowerCase()) }))
    .sort((x, y) => x.d - y.d)
  const best = scored[0]
  return best && best.d <= Math.max(2, Math.floor(name.length / 3)) ? best.k : undefined
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(
        row[j]! + 1,
        next[j - 1]! + 1,
        row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      )
    }
    row = next
  }
  return row[b.length]!
}

/** Reads `a.b.c` from nested records. */
export function valueAt(record: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string, unknown>)[key]
        : undefined,
    record
  )
}

/** A copy of nested records with `a.b.c` set; records on the way are made. */
export function withValue(record: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return value
  const base = typeof record === 'object' && record !== null ? record : {}
  const below = Object.hasOwn(base, key) ? (base as Record<string, unknown>)[key] : undefined
  return { ...base, [key]: withValue(below, rest, value) }
}

/**
 * Applies one `path=value` of the command line. Values are read as JSON where that works (`2`, `0.5`, `true`,
 * `null`), else as text.
 * @throws {UserError} `config.assignment` without an equals sign.
 */
export function applyAssignment(input: unknown, assignment: string): unknown {
  const at = assignment.indexOf('=')
  if (at < 1) {
    throw new UserError(
      'config.assignment',
      `"${assignment}" is not of the form path=value.`,
      'Write for example --set model.nLayer=2.'
    )
  }
  const text = assignment.slice(at + 1)
  let value: unknown = text
  try {
    value = JSON.parse(text)
  } catch {
    // Not JSON: the text itself is the value (`optimizer.decay=matrices`).
  }
  return withValue(input, assignment.slice(0, at).trim().split('.'), value)
}
