/** The settings of a figure as a list, read off their schema: what a form shows and a command line takes. */
import { z } from 'zod'
import { FigureSettings, type SettingMeta } from './settings'

export type SettingName = keyof FigureSettings

export interface SettingField extends SettingMeta {
  name: SettingName
  type: 'choice' | 'number' | 'integer' | 'flag'
  choices?: readonly string[]
  minimum?: number
  maximum?: number
  /** Left out: another setting decides. */
  default?: string | number | boolean
}

interface Described extends SettingMeta {
  type: 'string' | 'number' | 'integer' | 'boolean'
  enum?: string[]
  minimum?: number
  maximum?: number
  default?: string | number | boolean
}

const types = { string: 'choice', number: 'number', integer: 'integer', boolean: 'flag' } as const

export const settingFields: readonly SettingField[] = Object.entries(
  z.toJSONSchema(FigureSettings, { io: 'input' }).properties as unknown as Record<string, Described>
).map(([name, { type, enum: choices, label, help, unit, minimum, maximum, default: usual }]) => ({
  ...{ name: name as SettingName, type: types[type], label, help },
  ...(unit !== undefined && { unit }),
  ...(choices && { choices }),
  ...(minimum !== undefined && { minimum }),
  ...(maximum !== undefined && { maximum }),
  ...(usual !== undefined && { default: usual })
}))
