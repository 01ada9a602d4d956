/** Reads a `config.json` of transformers: keys with their defaults, every refusal naming key and value. */
import { UserError } from '@shared/errors'

export interface HfReader {
  /** A whole number of at least 1. */
  size(key: string, fallback: number): number
  /** The same, or null where the key is null or absent. */
  optionalSize(key: string): number | null
  positive(key: string, fallback: number): number
  /** A number of at least 0 and below 1. */
  share(key: string, fallback: number): number
  flag(key: string, fallback: boolean): boolean
  /** Accepts an absent key or one of `allowed`. */
  expect(key: string, allowed: readonly unknown[]): void
  /** @throws {UserError} always: the value of `key` is not `allowed`, in words. */
  refuse(key: string, allowed: string): never
}

export function readHf(family: string, json: Record<string, unknown>): HfReader {
  const value = (key: string): unknown => (Object.hasOwn(json, key) ? json[key] : undefined)

  const reader: HfReader = {
    size(key, fallback) {
      const n = value(key) ?? fallback
      if (!Number.isSafeInteger(n) || (n as number) < 1)
        reader.refuse(key, 'a whole number above 0')
      return n as number
    },
    optionalSize(key) {
      return (value(key) ?? null) === null ? null : reader.size(key, 1)
    },
    positive(key, fallback) {
      const x = value(key) ?? fallback
      if (typeof x !== 'number' || !(x > 0)) reader.refuse(key, 'a number above 0')
      return x as number
    },
    share(key, fallback) {
      const x = value(key) ?? fallback
      if (typeof x !== 'number' || !(x >= 0 && x < 1)) {
        reader.refuse(key, 'a number of at least 0 and below 1')
      }
      return x as number
    },
    flag(key, fallback) {
      const b = value(key) ?? fallback
      if (typeof b !== 'boolean') reader.refuse(key, 'true or false')
      return b as boolean
    },
    expect(key, allowed) {
      const given = value(key)
      if (given !== undefined && !allowed.includes(given)) {
        reader.refuse(key, allowed.map((a) => JSON.stringify(a)).join(' or '))
      }
    },
    refuse(key, allowed): never {
      throw new UserError(
        'hf.unsupported',
        `config.json: ${key} is ${JSON.stringify(value(key))}; a ${family} model needs ${allowed}.`,
        'Export the model with that setting, or choose another model.'
      )
    }
  }
  return reader
}
