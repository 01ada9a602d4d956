/**
 * The safetensors format (huggingface/safetensors, README "Format"): eight bytes of header length, a JSON header,
 * then the tensors' bytes without holes, little-endian. Files come from anywhere, so nothing in a header is
 * believed before it is checked: what passes here has sane sizes, unique names and disjoint data.
 */
import { readFileSync } from 'node:fs'
import { UserError } from '@shared/errors'
import type { StoredTensor } from '@shared/safetensors'
import { sizeOf } from '../models/params'

export { writeSafetensors, type StoredTensor } from '@shared/safetensors'

export interface Safetensors {
  readonly metadata: Readonly<Record<string, string>>
  /** In the order of their data. */
  readonly tensors: ReadonlyMap<string, StoredTensor>
}

/** The format's own limit on the header, in bytes. */
const maxHeaderBytes = 100_000_000

/** Bytes of an element and how `count` of them are read. */
const dtypes: Record<
  string,
  { bytes: number; decode: (data: DataView, count: number) => StoredTensor['values'] }
> = {
  F64: { bytes: 8, decode: (d, n) => new Float64Array(copyOf(d), 0, n) },
  F32: { bytes: 4, decode: (d, n) => new Float32Array(copyOf(d), 0, n) },
  F16: {
    bytes: 2,
    decode: (d, n) => Float32Array.from({ length: n }, (_, i) => half(d.getUint16(2 * i, true)))
  },
  BF16: { bytes: 2, decode: (d, n) => bfloats(d, n) },
  I64: {
    bytes: 8,
    decode: (d, n) => Float64Array.from({ length: n }, (_, i) => safe(d.getBigInt64(8 * i, true)))
  },
  I32: { bytes: 4, decode: (d, n) => new Int32Array(copyOf(d), 0, n) },
  I16: {
    bytes: 2,
    decode: (d, n) => Int32Array.from({ length: n }, (_, i) => d.getInt16(2 * i, true))
  },
  I8: { bytes: 1, decode: (d, n) => Int32Array.from({ length: n }, (_, i) => d.getInt8(i)) },
  U8: { bytes: 1, decode: (d, n) => Int32Array.from({ length: n }, (_, i) => d.getUint8(i)) },
  BOOL: { bytes: 1, decode: (d, n) => Int32Array.from({ length: n }, (_, i) => d.getUint8(i)) }
}

/**
 * Reads a whole file.
 * @throws {UserError} `safetensors.missing` or `safetensors.invalid`, naming the file and what is wrong with it.
 */
export function loadSafetensors(file: string): Safetensors {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(file)
  } catch (error) {
    throw new UserError(
      'safetensors.missing',
      `${file} cannot be read: ${(error as Error).message}.`,
      'Check the path and that the file is complete.'
    )
  }
  return readSafetensors(bytes, file)
}

/**
 * Reads tensors out of bytes, copying them; `source` names the bytes in messages.
 * @throws {UserError} `safetensors.invalid`, naming the source and what is wrong.
 */
export function readSafetensors(bytes: Uint8Array, source: string): Safetensors {
  try {
    return parse(bytes)
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    throw new UserError(
      'safetensors.invalid',
      `${source} is not a valid safetensors file: ${error.message}.`,
      'The file is damaged or of another kind; copy or export it again.'
    )
  }
}

function parse(bytes: Uint8Array): Safetensors {
  demand(bytes.length >= 8, `it has ${bytes.length} bytes, fewer than a header's length needs`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const declared = view.getBigUint64(0, true)
  demand(declared <= maxHeaderBytes, `its header claims ${declared} bytes`)
  const start = 8 + Number(declared)
  demand(start <= bytes.length, `its header claims ${declared} bytes of ${bytes.length - 8}`)
  const header = parseHeader(bytes.subarray(8, start))

  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => checkEntry(name, entry))
    .sort((a, b) => a.begin - b.begin || a.end - b.end)
  let covered = 0
  for (const { name, begin, end } of entries) {
    demand(begin === covered, `the data of ${quote(name)} starts at ${begin} instead of ${covered}`)
    covered = end
  }
  const dataBytes = bytes.length - start
  demand(
    covered === dataBytes,
    `its header describes ${covered} bytes of data, it holds ${dataBytes}`
  )

  const tensors = new Map<string, StoredTensor>()
  for (const { name, dtype, shape, begin, end } of entries) {
    const data = new DataView(bytes.buffer, bytes.byteOffset + start + begin, end - begin)
    tensors.set(name, { shape, values: dtypes[dtype]!.decode(data, sizeOf(shape)) })
  }
  return { metadata: checkMetadata(header['__metadata__']), tensors }
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  const { text, header } = decodeHeader(bytes)
  demand(text.startsWith('{') && isRecord(header), 'its header is not a JSON object')
  const twice = duplicateKey(text)
  demand(twice === undefined, `its header names ${quote(twice ?? '')} twice`)
  return header
}

function decodeHeader(bytes: Uint8Array): { text: string; header: unknown } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return { text, header: JSON.parse(text) }
  } catch {
    throw new Malformed('its header is not JSON')
  }
}

interface Entry {
  name: string
  dtype: string
  shape: number[]
  begin: number
  end: number
}

function checkEntry(name: string, entry: unknown): Entry {
  const at = `tensor ${quote(name)}`
  demand(isRecord(entry), `${at} is not described by an object`)
  const { dtype, shape, data_offsets: offsets } = entry as Record<string, unknown>
  const keys = Object.keys(entry as object).length
  demand(
    keys === 3,
    `${at} is described by ${keys} fields instead of dtype, shape and data_offsets`
  )
  demand(
    typeof dtype === 'string' && Object.hasOwn(dtypes, dtype),
    `${at} has the type ${quote(String(dtype))}; readable are ${Object.keys(dtypes).join(', ')}`
  )
  demand(isCounts(shape), `${at} has no valid shape`)
  demand(isCounts(offsets) && offsets.length === 2, `${at} has no valid data_offsets`)
  const [begin, end] = offsets as [number, number]
  const size = sizeOf(shape as number[]) * dtypes[dtype as string]!.bytes
  demand(Number.isSafeInteger(size), `${at} is too large`)
  demand(
    end - begin === size,
    `${at} of shape [${(shape as number[]).join(', ')}] needs ${size} bytes and is given ${begin} to ${end}`
  )
  return { name, dtype: dtype as string, shape: shape as number[], begin, end }
}

function checkMetadata(value: unknown): Record<string, string> {
  if (value === undefined) return {}
  const valid = isRecord(value) && Object.values(value).every((v) => typeof v === 'string')
  demand(valid, 'its metadata is not an object of strings')
  return value as Record<string, string>
}

/** JSON.parse keeps the last of two equal keys in silence. The text is valid JSON already. */
function duplicateKey(json: string): string | undefined {
  const open: (Set<string> | null)[] = [] // keys of each open object; null for a list
  for (let i = 0; i < json.length; i++) {
    const c = json[i]
    if (c === '{') open.push(new Set())
    else if (c === '[') open.push(null)
    else if (c === '}' || c === ']') open.pop()
    else if (c === '"') {
      const start = i++
      while (json[i] !== '"') i += json[i] === '\\' ? 2 : 1
      let next = i + 1
      while (/\s/.test(json[next] ?? '')) next++
      if (json[next] !== ':') continue // a value
      const key = JSON.parse(json.slice(start, i + 1)) as string
      const keys = open.at(-1)
      if (keys?.has(key)) return key
      keys?.add(key)
    }
  }
  return undefined
}

/** The one kind of failure that says something about the file rather than about this code. */
class Malformed extends Error {}

function demand(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Malformed(otherwise)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0)
}

/** A name for a message: hostile files have long ones. */
function quote(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}...` : name)
}

/** A copy, because typed arrays want aligned data and should not keep the whole file alive. */
function copyOf(data: DataView): ArrayBuffer {
  return (data.buffer as ArrayBuffer).slice(data.byteOffset, data.byteOffset + data.byteLength)
}

/** bfloat16 is the upper half of a float32. */
function bfloats(data: DataView, count: number): Float32Array {
  const bits = Uint32Array.from({ length: count }, (_, i) => data.getUint16(2 * i, true) << 16)
  return new Float32Array(bits.buffer)
}

/** IEEE 754 binary16: sign, five bits of exponent, ten of fraction. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction ? NaN : sign * Infinity
  if (exponent === 0) return sign * fraction * 2 ** -24
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}

function safe(integer: bigint): number {
  const number = Number(integer)
  demand(Number.isSafeInteger(number), `it holds the integer ${integer}, beyond what is exact here`)
  return number
}
