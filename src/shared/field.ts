/** A setting is a schema with words: the form, the command line and the messages read them off it. */
import type { z } from 'zod'

/** Form groups, in order. */
export const groups = ['data', 'model', 'optimizer', 'budget'] as const
export type Group = (typeof groups)[number]

export interface FieldMeta {
  label: string
  help: string
  unit?: string
  group: Group
  /** Spans factors rather than differences: plots give it a logarithmic axis. */
  log?: boolean
  /** Rarely touched: the form shows it behind "more". */
  advanced?: boolean
  /** Where the default and the meaning come from. */
  source?: string
}

/** A setting: its schema with what is said about it. */
export const field = <T extends z.ZodType>(schema: T, meta: FieldMeta): T =>
  schema.meta({ ...meta })
