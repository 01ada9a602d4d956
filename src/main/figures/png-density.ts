/** The chunk that says how large a pixel is (PNG specification, third edition, 11.3.4.3). */
import { gzipSync } from 'node:zlib'

/** Length of the signature, and of the chunk IHDR which must come first. */
const headerEnd = 8 + 25
const inchMetres = 0.0254

/** A copy of a PNG file with `pHYs` behind its header. */
export function withDensity(png: Uint8Array, dpi: number): Uint8Array {
  const body = Buffer.alloc(4 + 9)
  body.write('pHYs', 0, 'latin1')
  const perMetre = Math.round(dpi / inchMetres)
  body.writeUInt32BE(perMetre, 4)
  body.writeUInt32BE(perMetre, 8)
  // Unit: metre.
  body.writeUInt8(1, 12)
  const chunk = Buffer.alloc(4 + body.length + 4)
  chunk.writeUInt32BE(9, 0)
  body.copy(chunk, 4)
  chunk.writeUInt32BE(crc32(body), 4 + body.length)
  return Buffer.concat([png.subarray(0, headerEnd), chunk, png.subarray(headerEnd)])
}

/** A gzip file ends with the checksum that PNG uses too, and the length; zlib's own function needs a newer Node. */
const crc32 = (bytes: Uint8Array): number => {
  const zipped = gzipSync(bytes)
  return zipped.readUInt32LE(zipped.length - 8)
}
