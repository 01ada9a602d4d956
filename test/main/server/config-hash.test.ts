import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRunConfig } from '@shared/config-input'
import { canonicalJson, hashConfig } from '../../../src/main/server/config-hash'

/** The same value with every record's keys put in reverse. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)])
  )
}

describe('the hash of a config', () => {
  it('is SHA-256 of JSON with sorted keys', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'ü' }], a: 0.1, left: undefined })).toBe(
      '{"a":0.1,"b":[1,{"c":"ü","d":null}]}'
    )
    expect(hashConfig({ b: 1, a: 2 })).toBe(
      createHash('sha256').update('{"a":2,"b":1}').digest('hex')
    )
  })

  it('does not depend on the order of fields, and the text is JSON of the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value))
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      })
    )
  })

  it('differs for another seed, and is the same for a default left out or spelled out', () => {
    const hash = (input: unknown): string => hashConfig(parseRunConfig(input))
    expect(hash({})).toBe(hash({ seed: 42, model: { family: 'gpt2', nLayer: 8 } }))
    expect(hash({})).not.toBe(hash({ seed: 43 }))
  })
})
