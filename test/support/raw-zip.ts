/** Zip files as nobody should make them: every field of an entry can be a lie. Members are stored or deflated. */
import { crc32, deflateRawSync } from 'node:zlib'

export interface RawEntry {
  /** Text is written as UTF-8. */
  name: string | Buffer
  content: Buffer
  deflate?: boolean
  /** Unix mode, in the upper half of the external attributes. */
  mode?: number
  /** Lies, where given. */
  crc?: number
  uncompressedSize?: number
  method?: number
  flags?: number
  /** Points at this place of the file instead of its own header. */
  offset?: number
}

/** The bytes of a zip file with these entries, in this order. */
export function rawZip(entries: readonly RawEntry[]): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const entry of entries) {
    const name = Buffer.isBuffer(entry.name) ? entry.name : Buffer.from(entry.name)
    const data = entry.deflate ? deflateRawSync(entry.content, { level: 9 }) : entry.content
    const fields = fieldsOf(entry, name, data)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, name, data])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(((entry.mode ?? 0o100644) * 0x10000) >>> 0, 6)
    tail.writeUInt32LE(entry.offset ?? at, 10)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x03'), fields, tail, name]))
    parts.push(local)
    at += local.length
  }
  const listing = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(listing.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...parts, listing, end])
}

/** From the version needed to the length of the extra field, as both headers have them. */
function fieldsOf(entry: RawEntry, name: Buffer, data: Buffer): Buffer {
  const fields = Buffer.alloc(26)
  fields.writeUInt16LE(20, 0)
  fields.writeUInt16LE(entry.flags ?? 0, 2)
  fields.writeUInt16LE(entry.method ?? (entry.deflate ? 8 : 0), 4)
  fields.writeUInt32LE(entry.crc ?? crc32(entry.content), 10)
  fields.writeUInt32LE(data.length, 14)
  fields.writeUInt32LE(entry.uncompressedSize ?? entry.content.length, 18)
  fields.writeUInt16LE(name.length, 22)
  return fields
}
