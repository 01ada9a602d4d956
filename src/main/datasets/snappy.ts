/**
 * Raw Snappy (google/snappy, format_description.txt): a varint of the length, then literals and copies of what
 * was written before. Every length is checked, so that damaged bytes end in an error.
 * @param length of the output in bytes
 * @throws {Error} where the bytes are not `length` bytes of Snappy
 */
export function unpackSnappy(input: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length)
  let at = 0
  let written = 0
  const nextByte = (): number => {
    const byte = input[at++]
    if (byte === undefined) throw new Error('Snappy data end too early')
    return byte
  }
  const nextNumber = (bytes: number): number => {
    let value = 0
    for (let i = 0; i < bytes; i++) value += nextByte() * 256 ** i
    return value
  }
  const room = (size: number): void => {
    if (size > length - written) throw new Error('Snappy data are longer than they say')
  }

  let told = 0
  for (let scale = 1; ; scale *= 128) {
    const byte = nextByte()
    told += (byte & 127) * scale
    if (byte < 128 || scale > 2 ** 28) break
  }
  if (told !== length) throw new Error(`Snappy data of ${told} bytes instead of ${length}`)

  while (written < length) {
    const tag = nextByte()
    const high = tag >> 2
    if ((tag & 3) === 0) {
      // From 60 on, the length follows in one to four bytes
      const size = 1 + (high < 60 ? high : nextNumber(high - 59))
      room(size)
      if (size > input.length - at) throw new Error('Snappy data end too early')
      output.set(input.subarray(at, at + size), written)
      at += size
      written += size
    } else {
      const isShort = (tag & 3) === 1
      const size = isShort ? 4 + (high & 7) : 1 + high
      const back = isShort ? (tag >> 5) * 256 + nextByte() : nextNumber((tag & 3) === 2 ? 2 : 4)
      if (back === 0 || back > written) throw new Error('Snappy data refer to before their start')
      room(size)
      // Byte by byte: a copy may overlap what it writes
      for (let i = 0; i < size; i++, written++) output[written] = output[written - back]!
    }
  }
  if (at !== input.length) throw new Error('Snappy data are longer than they say')
  return output
}
