/**
 * TensorFlow's Event (tensorflow/core/util/event.proto, summary.proto, tensor.proto), as far as scalars go: five
 * fields of a format that has been fixed for years, in protobuf's wire form.
 *
 *     Event         1 wall_time double | 2 step int64 | 3 file_version string | 5 summary | 7 session_log
 *     Summary       1 value*             Value  1 tag string | 2 simple_value float | 8 tensor
 *     TensorProto   1 dtype | 4 tensor_content bytes | 5 float_val* | 6 double_val*
 */

export interface ScalarEvent {
  /** Unix time in seconds. */
  wallTime: number
  step: number
  values: readonly (readonly [tag: string, value: number])[]
  /** The first record of a file. */
  fileVersion?: string
  /** A run begins, or begins anew, at this step: what an earlier stretch told of it and of later ones is void. */
  start?: boolean
}

const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5] as const

export function encodeEvent({
  wallTime,
  step,
  values,
  fileVersion,
  start
}: ScalarEvent): Uint8Array {
  const summary = values.map(([tag, value]) =>
    field(1, join([field(1, Buffer.from(tag)), fixed32(2, value)]))
  )
  return join([
    fixed64(1, wallTime),
    Buffer.concat([key(2, VARINT), varint(step)]),
    ...(fileVersion === undefined ? [] : [field(3, Buffer.from(fileVersion))]),
    ...(summary.length > 0 ? [field(5, join(summary))] : []),
    ...(start ? [field(7, Buffer.concat([key(1, VARINT), varint(1)]))] : [])
  ])
}

const join = (parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts)
const key = (number: number, wire: number): Buffer => varint(8 * number + wire)
const field = (number: number, bytes: Uint8Array): Buffer =>
  join([key(number, BYTES), varint(bytes.length), bytes])

/** Of whole numbers from 0 to 2^53. */
function varint(n: number): Buffer {
  const bytes: number[] = []
  for (; n > 127; n = Math.floor(n / 128)) bytes.push((n % 128) + 128)
  return Buffer.from([...bytes, n])
}

function fixed32(number: number, value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return join([key(number, FIXED32), bytes])
}

function fixed64(number: number, value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return join([key(number, FIXED64), bytes])
}

/** @returns null for bytes that are no such message; values that are no scalars are left out. */
export function decodeEvent(bytes: Uint8Array): ScalarEvent | null {
  const fields = readFields(bytes)
  if (!fields) return null
  const event = { wallTime: 0, step: 0, values: [] as [string, number][] }
  let start = false
  for (const { number, wire, bytes, integer } of fields) {
    if (number === 1 && wire === FIXED64) event.wallTime = viewOf(bytes).getFloat64(0, true)
    else if (number === 2 && wire === VARINT) event.step = integer
    else if (number === 5 && wire === BYTES) event.values.push(...decodeSummary(bytes))
    else if (number === 7 && wire === BYTES) {
      start = readFields(bytes)?.some((each) => each.number === 1 && each.integer === 1) ?? false
    }
  }
  if (!Number.isSafeInteger(event.step) || !Number.isFinite(event.wallTime)) return null
  return { ...event, ...(start && { start }) }
}

function decodeSummary(bytes: Uint8Array): [string, number][] {
  return (readFields(bytes) ?? []).flatMap((entry): [string, number][] => {
    const value = entry.number === 1 && entry.wire === BYTES ? readFields(entry.bytes) : null
    const tag = value?.find(({ number, wire }) => number === 1 && wire === BYTES)
    if (!value || !tag) return []
    const simple = value.find(({ number, wire }) => number === 2 && wire === FIXED32)
    const tensor = value.find(({ number, wire }) => number === 8 && wire === BYTES)
    const scalar = simple
      ? viewOf(simple.bytes).getFloat32(0, true)
      : tensor && decodeTensor(tensor.bytes)
    return scalar === undefined ? [] : [[Buffer.from(tag.bytes).toString('utf8'), scalar]]
  })
}

/** The value of a tensor of one float or double (TensorFlow 2 writes scalars so); undefined for all others. */
function decodeTensor(bytes: Uint8Array): number | undefined {
  const fields = readFields(bytes) ?? []
  const dtype = fields.find(({ number }) => number === 1)?.integer
  const width = dtype === 1 ? 4 : dtype === 2 ? 8 : 0
  const held = fields.filter(({ number }) => number === 4 || number === (dtype === 1 ? 5 : 6))
  if (width === 0 || held.length !== 1 || held[0]!.bytes.length !== width) return undefined
  const view = viewOf(held[0]!.bytes)
  return width === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true)
}

interface Field {
  number: number
  wire: number
  /** Of a varint: its value, which is exact up to 2^53. */
  integer: number
  bytes: Uint8Array
}

/** The fields of a message; null where the bytes are none. */
function readFields(bytes: Uint8Array): Field[] | null {
  const fields: Field[] = []
  let at = 0
  const readVarint = (): number | null => {
    let value = 0
    for (let scale = 1; at < bytes.length; scale *= 128) {
      const byte = bytes[at++]!
      value += (byte & 127) * scale
      if (byte < 128) return value
      if (scale > 2 ** 63) return null
    }
    return null
  }
  while (at < bytes.length) {
    const tag = readVarint()
    if (tag === null) return null
    const [number, wire] = [Math.floor(tag / 8), tag % 8]
    let [integer, length] = [0, 0]
    if (wire === VARINT) {
      const value = readVarint()
      if (value === null) return null
      integer = value
    } else if (wire === BYTES) {
      const value = readVarint()
      if (value === null) return null
      length = value
    } else if (wire === FIXED64 || wire === FIXED32) length = wire === FIXED64 ? 8 : 4
    else return null
    if (length > bytes.length - at) return null
    fields.push({ number, wire, integer, bytes: bytes.subarray(at, at + length) })
    at += length
  }
  return fields
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
