/** The settable fields of a RunConfig, read off the schema: what the form draws and the command line lists. */
import { z } from 'zod'
import { RunConfigShape, type FieldMeta, type Group } from './config'

/** One settable field, read off the schema. */
export interface FieldInfo extends FieldMeta {
  path: string
  type: 'integer' | 'number' | 'boolean' | 'choice' | 'text'
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  choices?: readonly string[]
  /** Limits of a text, in characters; `pattern` is a regular expression. */
  minLength?: number
  maxLength?: number
  pattern?: string
  nullable: boolean
  default: unknown
}

interface JsonSchema {
  type?: string
  const?: unknown
  enum?: string[]
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  minLength?: number
  maxLength?: number
  pattern?: string
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  properties?: Record<string, JsonSchema>
  default?: unknown
  label?: string
  help?: string
  unit?: string
  group?: Group
  log?: boolean
  advanced?: boolean
  source?: string
}

/** Every settable field with its limits, in schema order, for one dataset kind and model family. */
export const listFields = (kind = 'comparison', family = 'gpt2'): FieldInfo[] =>
  fieldsOf(RunConfigShape, (tag) => tag === kind || tag === family)

/**
 * The fields of a schema: those of its members that have a label.
 * @param wanted which member of a union, by its `kind` or `family`
 */
export function fieldsOf(
  shape: z.ZodType,
  wanted: (tag: unknown) => boolean = () => true
): FieldInfo[] {
  const root = z.toJSONSchema(shape, { io: 'input' }) as JsonSchema
  const fields: FieldInfo[] = []
  const walk = (schema: JsonSchema, path: string): void => {
    if (schema.oneOf && !schema.label) {
      const member = schema.oneOf.find(({ properties }) =>
        wanted(properties?.['kind']?.const ?? properties?.['family']?.const)
      )
      if (member) walk(member, path)
    } else if (schema.properties && !schema.label) {
      for (const [key, child] of Object.entries(schema.properties)) {
        walk(child, path ? `${path}.${key}` : key)
      }
    } else if (schema.label) {
      fields.push(toField(schema, path))
    }
  }
  walk(root, '')
  return fields
}

function toField(schema: JsonSchema, path: string): FieldInfo {
  const inner = schema.anyOf?.find((s) => s.type !== 'null') ?? schema
  const { label = '', help = '', group = 'data', unit, log, advanced, source } = schema
  return {
    path,
    label,
    help,
    group,
    ...(unit && { unit }),
    ...(log && { log }),
    ...(advanced && { advanced }),
    ...(source && { source }),
    type: inner.enum
      ? 'choice'
      : inner.type === 'string'
        ? 'text'
        : (inner.type as FieldInfo['type']),
    ...(inner.enum && { choices: inner.enum }),
    ...(inner.minimum !== undefined && { minimum: inner.minimum }),
    ...(inner.maximum !== undefined && { maximum: inner.maximum }),
    ...(inner.exclusiveMinimum !== undefined && { exclusiveMinimum: inner.exclusiveMinimum }),
    ...(inner.exclusiveMaximum !== undefined && { exclusiveMaximum: inner.exclusiveMaximum }),
    ...(inner.minLength !== undefined && { minLength: inner.minLength }),
    ...(inner.maxLength !== undefined && { maxLength: inner.maxLength }),
    ...(inner.pattern !== undefined && { pattern: inner.pattern }),
    nullable: schema.anyOf?.some((s) => s.type === 'null') ?? false,
    default: schema.default
  }
}

/** "a whole number from 1 to 48", "a number above 0 and below 1", "one of a, b". */
export function describeLimits(info: FieldInfo): string {
  if (info.type === 'boolean') return 'true or false'
  if (info.type === 'choice') return `one of ${info.choices!.join(', ')}`
  if (info.type === 'text') return describeText(info)
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = info
  const kind = info.type === 'integer' ? 'a whole number' : 'a number'
  const low = exclusiveMinimum !== undefined ? `above ${exclusiveMinimum}` : `from ${minimum}`
  const joint = exclusiveMinimum !== undefined ? 'and up to' : 'to'
  const high =
    exclusiveMaximum !== undefined ? `and below ${exclusiveMaximum}` : `${joint} ${maximum}`
  return `${kind} ${low} ${high}${info.nullable ? ', or empty' : ''}`
}

function describeText({ minLength = 0, maxLength, pattern, nullable }: FieldInfo): string {
  const length = `${minLength > 0 ? `${minLength} ` : 'up '}to ${maxLength?.toLocaleString('en')} characters`
  const kind = pattern === undefined ? `text of ${length}` : `text of the form ${pattern}`
  return `${kind}${nullable ? ', or empty' : ''}`
}
