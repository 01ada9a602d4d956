/**
 * TensorFlow's record files (tensorflow/core/lib/io/record_writer.h): records of
 *
 *     uint64 length | uint32 masked CRC-32C of those 8 bytes | data | uint32 masked CRC-32C of the data
 *
 * in little-endian. The mask keeps a checksum of bytes that hold checksums from being trivial.
 */

/** Castagnoli's polynomial, reflected (RFC 3720, appendix B.4). */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let c = byte
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1
  return c
})

export function crc32c(bytes: Uint8Array): number {
  let c = 0xffffffff
  for (const byte of bytes) c = table[(c ^ byte) & 255]! ^ (c >>> 8)
  return (c ^ 0xffffffff) >>> 0
}

const masked = (bytes: Uint8Array): number => {
  const c = crc32c(bytes)
  return (((c >>> 15) | (c << 17)) + 0xa282ead8) >>> 0
}

/** One record around `data`. */
export function frameRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(data.length + 16)
  const view = new DataView(record.buffer)
  view.setBigUint64(0, BigInt(data.length), true)
  view.setUint32(8, masked(record.subarray(0, 8)), true)
  record.set(data, 12)
  view.setUint32(12 + data.length, masked(data), true)
  return record
}

/**
 * The whole records at the beginning of a file's bytes. A file that is being written may end within a record; one
 * that is damaged is read up to there.
 */
export function readRecords(bytes: Uint8Array): {
  records: Uint8Array[]
  damagedAt: number | null
} {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const records: Uint8Array[] = []
  for (let at = 0; at + 12 <= bytes.length;) {
    const length = view.getBigUint64(at, true)
    if (view.getUint32(at + 8, true) !== masked(bytes.subarray(at, at + 8))) {
      return { records, damagedAt: at }
    }
    if (length > BigInt(bytes.length - at - 16)) break
    const data = bytes.subarray(at + 12, at + 12 + Number(length))
    if (view.getUint32(at + 12 + data.length, true) !== masked(data)) {
      return { records, damagedAt: at }
    }
    records.push(data)
    at += data.length + 16
  }
  return { records, damagedAt: null }
}
