/** Zip files whose bytes follow from their content alone: members in a given order, one date, one mode. By yazl. */
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { ZipFile } from 'yazl'

export interface ZipMember {
  name: string
  /** A file to be read, or the bytes themselves. */
  content: { file: string } | Buffer
  compress: boolean
}

// The first day that a zip can name, whatever the time zone: a DOS date is local.
const entry = { mtime: new Date(1980, 0, 1), mode: 0o100644, forceDosTimestamp: true }

function zipOf(members: readonly ZipMember[]): ZipFile {
  const zip = new ZipFile()
  for (const { name, content, compress } of members) {
    const options = { ...entry, compress }
    if (Buffer.isBuffer(content)) zip.addBuffer(content, name, options)
    else zip.addFile(content.file, name, options)
  }
  zip.end()
  return zip
}

/** Writes a zip file; what is there is replaced. @throws the file system's errors */
export async function writeZip(path: string, members: readonly ZipMember[]): Promise<void> {
  const zip = zipOf(members)
  const out = createWriteStream(path, { flush: true })
  // A member that cannot be read is told by the zip, not by its stream.
  const broken = new Promise<never>((_, reject) => zip.once('error', reject))
  await Promise.race([pipeline(zip.outputStream, out), broken])
}

/** The same in memory, for what is small. */
export async function zipBytes(members: readonly ZipMember[]): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of zipOf(members).outputStream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
