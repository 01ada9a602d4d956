import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UserError } from '@shared/errors'
import {
  loadSafetensors,
  readSafetensors,
  writeSafetensors
} from '../../../src/main/trainer/safetensors'
import type { StoredTensor } from '../../../src/main/trainer/safetensors'

const join = (chunks: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(chunks))

/** A file with any header and data, honest or not. */
function file(header: unknown, data: Uint8Array | number[] = [], length?: bigint): Uint8Array {
  const text = typeof header === 'string' ? header : JSON.stringify(header)
  const json = new TextEncoder().encode(text)
  const size = new Uint8Array(8)
  new DataView(size.buffer).setBigUint64(0, length ?? BigInt(json.length), true)
  return join([size, json, Uint8Array.from(data)])
}

const entry = (dtype: string, shape: number[], begin: number, end: number): object => ({
  dtype,
  shape,
  data_offsets: [begin, end]
})

const tensor = fc
  .tuple(
    fc.array(fc.nat(4), { maxLength: 3 }),
    fc.constantFrom(Float32Array, Float64Array, Int32Array)
  )
  .chain(([shape, Kind]) => {
    const n = shape.reduce((a, b) => a * b, 1)
    return fc
      .array(Kind === Int32Array ? fc.integer() : fc.float(), { minLength: n, maxLength: n })
      .map((values): StoredTensor => ({ shape, values: new Kind(values) }))
  })
const named = fc.uniqueArray(
  fc.tuple(
    fc.string({ unit: 'binary', maxLength: 12 }).filter((name) => name !== '__metadata__'),
    tensor
  ),
  { selector: ([name]) => name, maxLength: 6 }
)
/** JSON cannot carry half a surrogate pair through UTF-8. */
const wellFormed = (text: string): boolean => Buffer.from(text, 'utf8').toString('utf8') === text

describe('safetensors', () => {
  it('reads back every tensor, bit for bit, whatever its name, shape and type', () => {
    fc.assert(
      fc.property(named, fc.dictionary(fc.string(), fc.string()), (tensors, metadata) => {
        fc.pre(tensors.every(([name]) => wellFormed(name)))
        const read = readSafetensors(join(writeSafetensors(tensors, metadata)), 'memory')
        expect(read.metadata).toEqual({ ...metadata })
        expect([...read.tensors.keys()].sort()).toEqual(tensors.map(([name]) => name).sort())
        for (const [name, { shape, values }] of tensors) {
          const got = read.tensors.get(name)!
          expect(got.shape).toEqual(shape)
          expect(got.values.constructor).toBe(values.constructor)
          expect(bytesOf(got.values)).toEqual(bytesOf(values))
        }
      })
    )
  })

  it('reads bytes that start anywhere in a buffer', () => {
    const values = Float32Array.from([1.5, -2])
    const bytes = join(writeSafetensors([['w', { shape: [2], values }]]))
    const shifted = new Uint8Array(bytes.length + 3)
    shifted.set(bytes, 3)
    expect(readSafetensors(shifted.subarray(3), 'memory').tensors.get('w')!.values).toEqual(values)
  })

  it('writes aligned data behind a header padded with spaces, as the format asks', () => {
    const bytes = join(
      writeSafetensors([
        ['f', { shape: [1], values: Float32Array.from([1]) }],
        ['d', { shape: [1], values: Float64Array.from([2]) }]
      ])
    )
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true))
    expect(length % 8).toBe(0)
    const header = JSON.parse(Buffer.from(bytes.subarray(8, 8 + length)).toString()) as object
    expect(header).toEqual({
      __metadata__: {},
      d: entry('F64', [1], 0, 8),
      f: entry('F32', [1], 8, 12)
    })
  })

  it('widens half precisions and integers', () => {
    const le16 = (...words: number[]): number[] => words.flatMap((w) => [w & 255, w >> 8])
    const read = (dtype: string, bytes: number[], n: number): number[] =>
      Array.from(
        readSafetensors(
          file({ t: entry(dtype, [n], 0, bytes.length) }, bytes),
          'memory'
        ).tensors.get('t')!.values
      )
    // 1, -2, largest, smallest subnormal, smallest normal, infinity
    const halves = le16(0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x7c00)
    expect(read('F16', halves, 6)).toEqual([1, -2, 65504, 2 ** -24, 2 ** -14, Infinity])
    expect(read('F16', le16(0x7e00), 1)).toEqual([NaN])
    expect(read('BF16', le16(0x3f80, 0xc049), 2)).toEqual([1, -3.140625])
    expect(read('I64', [254, 255, 255, 255, 255, 255, 255, 255], 1)).toEqual([-2])
    expect(read('I16', le16(0xffff), 1)).toEqual([-1])
    expect(read('I8', [0xfe], 1)).toEqual([-2])
    expect(read('U8', [0xfe], 1)).toEqual([254])
    expect(read('BOOL', [0, 1], 2)).toEqual([0, 1])
  })

  const four = [0, 0, 0, 0]
  it.each<[string, Uint8Array, RegExp]>([
    ['too short for a length', Uint8Array.from([1, 2, 3]), /3 bytes/],
    ['a header longer than the file', file({}, [], 1000n), /claims 1000 bytes of 2/],
    ['a header of absurd length', file({}, [], 2n ** 63n), /claims 9223372036854775808 bytes/],
    ['no JSON', file('{"a":'), /not JSON/],
    ['a list', file('[]'), /not a JSON object/],
    ['space before the object', file(' {}'), /not a JSON object/],
    ['invalid UTF-8', join([file('{"'), Uint8Array.from([255])]), /not JSON/],
    ['a name twice', file('{"a":1,"\\u0061":2}'), /"a" twice/],
    ['a field twice', file('{"a":{"dtype":"F32","dtype":"F64"}}'), /"dtype" twice/],
    ['an entry that is no object', file({ a: 1 }), /"a" is not described by an object/],
    ['a missing field', file({ a: { dtype: 'F32', shape: [] } }), /2 fields/],
    ['an unknown type', file({ a: entry('Q4', [1], 0, 4) }, four), /type "Q4"/],
    [
      'a type named like an object member',
      file({ a: entry('constructor', [1], 0, 4) }, four),
      /type/
    ],
    ['a negative size', file({ a: entry('F32', [-1], 0, 4) }, four), /valid shape/],
    ['a fractional size', file({ a: entry('F32', [0.5], 0, 2) }, four), /valid shape/],
    [
      'sizes whose product overflows',
      file({ a: entry('F32', [2 ** 40, 2 ** 40], 0, 4) }, four),
      /too large/
    ],
    [
      'offsets that do not match the shape',
      file({ a: entry('F32', [2], 0, 4) }, four),
      /needs 8 bytes/
    ],
    ['reversed offsets', file({ a: entry('F32', [1], 4, 0) }, four), /needs 4 bytes/],
    [
      'offsets beyond the data',
      file({ a: entry('F32', [1], 0, 4) }),
      /describes 4 bytes of data, it holds 0/
    ],
    [
      'overlapping tensors',
      file({ a: entry('F32', [1], 0, 4), b: entry('F32', [1], 2, 6) }, [...four, 0, 0]),
      /"b" starts at 2 instead of 4/
    ],
    [
      'a hole between tensors',
      file({ a: entry('F32', [1], 0, 4), b: entry('F32', [1], 8, 12) }, [
        ...four,
        ...four,
        ...four
      ]),
      /"b" starts at 8 instead of 4/
    ],
    [
      'bytes after the last tensor',
      file({ a: entry('F32', [1], 0, 4) }, [...four, 9]),
      /it holds 5/
    ],
    ['metadata that is not strings', file({ __metadata__: { a: 1 } }), /metadata/],
    [
      'an integer that is not exact',
      file({ a: entry('I64', [1], 0, 8) }, [255, 255, 255, 255, 255, 255, 255, 127]),
      /9223372036854775807/
    ]
  ])('refuses %s, naming the file', (_title, bytes, reason) => {
    const attempt = (): unknown => readSafetensors(bytes, 'weights/x.safetensors')
    expect(attempt).toThrow(UserError)
    expect(attempt).toThrow(/^weights\/x\.safetensors is not a valid safetensors file: /)
    expect(attempt).toThrow(reason)
  })

  it('never fails on hostile bytes otherwise than by a UserError', () => {
    const valid = join(
      writeSafetensors([
        ['a', { shape: [2, 2], values: Float32Array.from([1, 2, 3, 4]) }],
        ['b', { shape: [1], values: Int32Array.from([5]) }]
      ])
    )
    const damaged = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.json().map((json) => file(json)),
      fc
        .array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
        .map((edits) => {
          const bytes = valid.slice()
          for (const [at, value] of edits) bytes[at] = value
          return bytes
        }),
      fc.nat(valid.length).map((length) => valid.slice(0, length))
    )
    fc.assert(
      fc.property(damaged, (bytes) => {
        try {
          for (const { shape, values } of readSafetensors(bytes, 'x').tensors.values()) {
            expect(values.length).toBe(shape.reduce((a, b) => a * b, 1))
          }
        } catch (error) {
          expect(error).toBeInstanceOf(UserError)
        }
      }),
      { numRuns: 1000 }
    )
  })

  it('names a file that is not there', () => {
    expect(() => loadSafetensors('/no/such/file')).toThrow('/no/such/file cannot be read')
  })

  it('does not write what it could not read', () => {
    const values = Float32Array.from([1])
    expect(() => writeSafetensors([['a', { shape: [2], values }]])).toThrow('1 values')
    const twice: [string, StoredTensor] = ['a', { shape: [1], values }]
    expect(() => writeSafetensors([twice, twice])).toThrow('two tensors are named a')
  })
})

function bytesOf({ buffer, byteOffset, byteLength }: StoredTensor['values']): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
