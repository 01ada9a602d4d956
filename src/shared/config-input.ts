/** From what people write (files, forms, `--set path=value`) to a RunConfig, or to a refusal that helps. */
import type { z } from 'zod'
import { RunConfig } from './config'
import { describeLimits, listFields, type FieldInfo } from './config-fields'
import { UserError, type FieldIssue } from './errors'

const fieldPaths = [
  ...listFields().map((f) => f.path),
  'version',
  'dataset.kind',
  'model.family',
  'optimizer.kind'
]

function fieldAt(path: string): FieldInfo | undefined {
  return listFields().find((f) => f.path === path)
}

/**
 * Parses a config, filling in defaults.
 * @throws {UserError} `config.invalid` with one issue per refused field: path, value, what is allowed.
 */
export function parseRunConfig(input: unknown): RunConfig {
  const result = RunConfig.safeParse(input)
  if (result.success) return result.data
  const issues = result.error.issues.flatMap((issue) => toFieldIssues(issue, input))
  const first = issues[0]!
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : ''
  throw new UserError(
    'config.invalid',
    `${first.path || 'The config'}: ${first.message}${more}`,
    'Change the named field and try again.',
    issues
  )
}

function toFieldIssues(issue: z.core.$ZodIssue, input: unknown): FieldIssue[] {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    const known = fieldPaths.filter((p) => p.startsWith(path.length ? path.join('.') + '.' : ''))
    return issue.keys.map((key) => {
      const full = [...path, key].join('.')
      const near = nearestName(full, known)
      const hint = near ? `; did you mean ${near}?` : `; known are ${known.join(', ')}`
      return { path: full, message: `is not a setting${hint}`, ...(near && { nearest: near }) }
    })
  }
  const value = valueAt(input, path)
  const shown = value === undefined ? '' : `${JSON.stringify(value)} `
  if (issue.code === 'custom') {
    const nearest = (issue.params as { nearest?: unknown } | undefined)?.nearest
    const message = `${shown}${issue.message}`
    return [{ path: path.join('.'), message, ...(nearest !== undefined && { nearest }) }]
  }
  return [{ path: path.join('.'), ...allowed(path.join('.'), value, issue) }]
}

/** "0 is refused: allowed is a whole number from 1 to 48; the nearest is 1". */
function allowed(
  path: string,
  value: unknown,
  issue: z.core.$ZodIssue
): { message: string; nearest?: unknown } {
  const shown = value === undefined ? 'nothing' : JSON.stringify(value)
  const info = fieldAt(path)
  if (!info) return { message: `${shown} is refused: ${issue.message}` }
  const nearest = nearestAllowed(info, value)
  const said = nearest === undefined ? '' : `; the nearest is ${JSON.stringify(nearest)}`
  return {
    message: `${shown} is refused: allowed is ${describeLimits(info)}${said}`,
    ...(nearest !== undefined && { nearest })
  }
}

function nearestAllowed(info: FieldInfo, value: unknown): unknown {
  if (info.type === 'choice') return nearestName(String(value), info.choices!)
  if (info.type === 'boolean' || typeof value !== 'number' || !Number.isFinite(value))
    return undefined
  if (info.minimum !== undefined && value < info.minimum) return info.minimum
  if (info.maximum !== undefined && value > info.maximum) return info.maximum
  if (info.type === 'integer' && !Number.isInteger(value)) return Math.round(value)
  return undefined
}

/** The known name at the smallest edit distance, where one is close enough to be meant. */
function nearestName(name: string, known: readonly string[]): string | undefined {
  const scored = known
    .map((k) => ({ k, d: editDistance(name.toLowerCase(), k.toLowerCase()) }))
    .sort((a, b) => a.d - b.d)
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
