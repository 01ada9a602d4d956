import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readHybrid } from '../../../src/main/datasets/parquet-pages'
import { unpackSnappy } from '../../../src/main/datasets/snappy'

const varint = (n: number): number[] =>
  n < 128 ? [n] : [(n % 128) + 128, ...varint(Math.floor(n / 128))]

/** Numbers as bits, lowest first, in whole bytes. */
function pack(numbers: readonly number[], width: number): number[] {
  const bits = numbers.flatMap((n) => Array.from({ length: width }, (_, i) => (n >> i) & 1))
  return Array.from({ length: Math.ceil(bits.length / 8) }, (_, i) =>
    bits.slice(8 * i, 8 * i + 8).reduce((byte, bit, place) => byte | (bit << place), 0)
  )
}

describe('run-length encoded and bit-packed numbers', () => {
  const anyRuns = fc.integer({ min: 1, max: 20 }).chain((width) => {
    const value = fc.integer({ min: 0, max: 2 ** width - 1 })
    const repeated = fc.tuple(value, fc.integer({ min: 1, max: 300 })).map(([n, times]) => ({
      numbers: new Array<number>(times).fill(n),
      bytes: [...varint(2 * times), ...pack([n], 8 * Math.ceil(width / 8))]
    }))
    const packed = fc.integer({ min: 1, max: 5 }).chain((groups) =>
      fc.array(value, { minLength: 8 * groups, maxLength: 8 * groups }).map((numbers) => ({
        numbers,
        bytes: [...varint(2 * groups + 1), ...pack(numbers, width)]
      }))
    )
    const runs = fc.array(fc.oneof(repeated, packed), { minLength: 1, maxLength: 6 })
    return fc.record({ width: fc.constant(width), runs })
  })

  test('are read back, in any mixture of runs', () => {
    fc.assert(
      fc.property(anyRuns, ({ width, runs }) => {
        const numbers = runs.flatMap((run) => run.numbers)
        const bytes = Uint8Array.from(runs.flatMap((run) => run.bytes))
        expect([...readHybrid(bytes, width, numbers.length)]).toEqual(numbers)
        // The last run may hold more than is wanted
        expect([...readHybrid(bytes, width, numbers.length - 1)]).toEqual(numbers.slice(0, -1))
      })
    )
  })

  test('of any damage come to an end', () => {
    const bytes = fc.uint8Array({ maxLength: 40 })
    fc.assert(
      fc.property(bytes, fc.nat(32), fc.nat(1000), (bytes, width, count) => {
        let length = count
        try {
          length = readHybrid(bytes, width, count).length
        } catch (error) {
          expect((error as Error).message).toMatch(/end too early|run is/)
        }
        expect(length).toBe(count)
      }),
      { numRuns: 1000 }
    )
  })
})

describe('Snappy', () => {
  // Literals, and copies by each kind of offset that overlap what they write
  const literal = (text: string): number[] => [(text.length - 1) << 2, ...Buffer.from(text)]
  test.each([
    ['abcd', [4, ...literal('abcd')]],
    ['ababababab', [10, ...literal('ab'), ((8 - 4) << 2) | 1, 2]],
    ['ababababab', [10, ...literal('ab'), ((8 - 1) << 2) | 2, 2, 0]],
    ['ababababab', [10, ...literal('ab'), ((8 - 1) << 2) | 3, 2, 0, 0, 0]],
    ['x'.repeat(100), [100, 60 << 2, 99, ...Buffer.from('x'.repeat(100))]],
    ['', [0]]
  ])('%s is unpacked', (text, bytes) => {
    expect(Buffer.from(unpackSnappy(Uint8Array.from(bytes), text.length)).toString()).toBe(text)
  })

  test.each([
    [[4, ...literal('abc')], 4],
    [[3, ...literal('abcd')], 3],
    [[3, ...literal('abc'), 0], 3],
    [[8, ...literal('ab'), 1, 3], 8],
    [[8, ...literal('ab'), 1, 0], 8],
    [[5, ...literal('abcd')], 4],
    [[200, 1, 63 << 2, 255, 255, 255, 255], 200],
    [[], 0]
  ])('damaged bytes %j are refused', (bytes, length) => {
    expect(() => unpackSnappy(Uint8Array.from(bytes), length)).toThrow(/^Snappy data/)
  })

  test('any bytes come to an end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(500), (bytes, length) => {
        try {
          expect(unpackSnappy(bytes, length)).toHaveLength(length)
        } catch (error) {
          expect((error as Error).message).toMatch(/^Snappy data/)
        }
      }),
      { numRuns: 1000 }
    )
  })
})
