/**
 * A view as the query part of an address, and as a file. Both hold only what differs from the usual view; an address
 * says `v=1` in any case, so that a link to the usual view is one too and not just the name of a place.
 */
import { z } from 'zod'
import { UserError } from './errors'
import { View, type ViewInput } from './view'

/** The view that everything starts from. */
export const usualView: View = View.parse({})

/** The fields of a view that differ from the usual one, in nested records too; lists are given whole. */
export function viewDifferences(view: View): ViewInput {
  return differences(view, usualView) as ViewInput
}

function differences(from: object, usual: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(from).flatMap(([key, value]: [string, unknown]) => {
      const other: unknown = (usual as Record<string, unknown>)[key]
      if (value === undefined || equal(value, other)) return []
      const nested = isRecord(value) && isRecord(other) && key !== 'sort'
      return [[key, nested ? differences(value, other) : value]]
    })
  )
}

const isRecord = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether two views, or parts of views, are the same. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return false
  const [ofA, ofB] = [Object.entries(a), Object.entries(b)]
  const known = b as Record<string, unknown>
  return (
    Array.isArray(a) === Array.isArray(b) &&
    ofA.length === ofB.length &&
    ofA.every(([key, value]) => Object.hasOwn(known, key) && equal(value, known[key]))
  )
}

/** Ids without characters that an address would have to escape are joined by this. */
const between = '~'
const plainId = /^[A-Za-z0-9._-]+$/

/** `v=1&query=ood%20%3E%20.9&picked=a~b`: texts as they are, ids joined, everything else as JSON. */
export function viewToAddress(view: View): string {
  const { version, ...rest } = viewDifferences(view)
  const written = Object.entries(rest).map(([key, value]) => {
    const text =
      typeof value === 'string'
        ? value
        : Array.isArray(value) && value.every((item) => plainId.test(String(item)))
          ? value.join(between)
          : JSON.stringify(value)
    return `${key}=${encodeURIComponent(text)}`
  })
  return [`v=${version ?? usualView.version}`, ...written].join('&')
}

/**
 * The view that an address names; null where it names none.
 * @throws {UserError} `view.invalid`
 */
export function viewFromAddress(query: string): View | null {
  const fields = new URLSearchParams(query)
  const version = fields.get('v')
  if (version === null) return null
  fields.delete('v')
  const input = Object.fromEntries([...fields].map(([key, text]) => [key, readField(key, text)]))
  return readView({ ...input, version: Number(version) }, 'The address')
}

/** The text itself where the schema takes one, else JSON, else ids. */
function readField(key: string, text: string): unknown {
  const schema: z.ZodType | undefined = Object.hasOwn(View.shape, key)
    ? View.shape[key as keyof typeof View.shape]
    : undefined
  if (schema?.safeParse(text).success) return text
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return text.split(between)
  }
  // A list of one id may look like a number.
  const isJson = typeof value === 'object' || schema?.safeParse(value).success
  return isJson ? value : text.split(between)
}

/**
 * A view from the text of a file, as {@link viewToFile} writes it.
 * @throws {UserError} `view.invalid` with the first field that is refused
 */
export function viewFromFile(text: string): View {
  let input: unknown
  try {
    input = JSON.parse(text)
  } catch (error) {
    throw new UserError(
      'view.invalid',
      `The file is not JSON: ${(error as Error).message}.`,
      'Choose a file that was exported as a view.'
    )
  }
  return readView(input, 'The file')
}

export function viewToFile(view: View): string {
  return JSON.stringify({ version: view.version, ...viewDifferences(view) }, null, 2) + '\n'
}

/**
 * @param source what is blamed: "The file"
 * @throws {UserError} `view.invalid`
 */
export function readView(input: unknown, source: string): View {
  const result = View.safeParse(input)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const unknown = issue!.code === 'unrecognized_keys' ? issue!.keys[0] : undefined
  const path = [...issue!.path, ...(unknown === undefined ? [] : [unknown])].join('.')
  const reason =
    unknown === undefined ? issue!.message : 'no view has such a field in this version of Grokscope'
  throw new UserError(
    'view.invalid',
    `${source} holds no view that can be shown: ${path ? `${path}: ` : ''}${reason}.`,
    'The view on the screen is left as it was.'
  )
}

/** A view under its name, as the server keeps it. */
export const SavedView = z.object({
  name: z.string().trim().min(1).max(100),
  view: View,
  /** Unix milliseconds. */
  savedAt: z.number()
})
export type SavedView = z.infer<typeof SavedView>
