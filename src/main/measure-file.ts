/** A file's size and hash, read once, whatever its length. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'

/** Size and SHA-256 (hex) of a file. */
export async function measureFile(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    hash.update(chunk)
  }
  return { bytes, sha256: hash.digest('hex') }
}
