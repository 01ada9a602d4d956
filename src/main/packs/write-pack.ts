/** Writing a pack: every member is hashed, then the manifest and all of them go into one zip file. */
import { createHash } from 'node:crypto'
import { measureFile } from '../measure-file'
import { PackManifest, packVersion, type ReadManifest } from './manifest'
import { isCompressed, isMemberName, manifestName } from './members'
import { writeZip, type ZipMember } from './write-zip'

export type PackFile = Pick<ZipMember, 'name' | 'content'>

/** What the manifest says beside the members' sizes and hashes. */
export type PackFacts = Omit<PackManifest, 'format' | 'version' | 'members'>

/**
 * Writes a pack. The same facts and files give the same bytes.
 * @param path is replaced if it is there; the caller writes aside and renames
 */
export async function writePack(
  path: string,
  facts: PackFacts,
  files: readonly PackFile[]
): Promise<ReadManifest> {
  const members: PackManifest['members'] = {}
  for (const { name, content } of files) {
    if (!isMemberName(name)) throw new Error(`a pack has no member ${name}`)
    members[name] = await measure(content)
  }
  const manifest: PackManifest = PackManifest.parse({
    ...{ format: 'grokpack', version: packVersion, ...facts, members }
  })
  const bytes = Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`)
  await writeZip(path, [
    { name: manifestName, content: bytes, compress: true },
    ...files.map((file) => ({ ...file, compress: isCompressed(file.name) }))
  ])
  return { manifest, fingerprint: createHash('sha256').update(bytes).digest('hex') }
}

async function measure(content: PackFile['content']): Promise<{ bytes: number; sha256: string }> {
  if (Buffer.isBuffer(content)) {
    return { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }
  }
  return measureFile(content.file)
}
