/** What makes two configs the same. */
import { createHash } from 'node:crypto'
import { seedlessKey } from '@shared/compare/seeds'

/** SHA-256, in hex, of the resolved config as JSON with sorted keys: field order never matters. */
export function hashConfig(config: unknown): string {
  return createHash('sha256').update(canonicalJson(config)).digest('hex')
}

/** The same for runs whose configs differ at most in their seed and in what they keep. */
export function hashSeedless(config: unknown): string {
  return createHash('sha256').update(seedlessKey(config)).digest('hex').slice(0, 32)
}

/** JSON with the keys of every record sorted by UTF-16 code units and no spaces (as RFC 8785 orders them). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`)
  return `{${members.join(',')}}`
}
