/**
 * Reading zip files from anywhere. Every entry is looked at before any is read: its name (members.ts), kind, method,
 * sizes and place in the file; contents are read with their declared size as the limit and checked against the
 * SHA-256 of the manifest, and against the directory's CRC-32 where Node can (from 20.15 on). By yauzl, which leaves policy to us.
 */
import { createHash } from 'node:crypto'
import { createWriteStream, statSync } from 'node:fs'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import * as zlib from 'node:zlib'
import { openPromise, type Entry, type ZipFile } from 'yauzl'
import { UserError } from '@shared/errors'
import { damaged, shown } from './manifest'
import { isMemberName, mostBytes } from './members'

export interface ZipLimits {
  entries: number
  /** Of all members together, unpacked. */
  totalBytes: number
  /** Unpacked over packed, for members of more than a megabyte. */
  ratio: number
}

export const usualLimits: ZipLimits = {
  entries: 500_000,
  totalBytes: 2 ** 40,
  // Event lines shrink by ten, rarely by fifty; deflate can do a thousand.
  ratio: 200
}

export interface OpenZip {
  /** Unpacked size by name. */
  sizes: ReadonlyMap<string, number>
  read(name: string): Promise<Buffer>
  /** Unpacks a member into a new file. @returns its SHA-256, hex */
  extract(name: string, path: string): Promise<string>
  close(): void
}

/** @throws {UserError} `pack.missing`, `pack.damaged` or `pack.bomb`; nothing has been unpacked then */
export async function openZip(path: string, limits: ZipLimits = usualLimits): Promise<OpenZip> {
  const fileBytes = sizeOf(path)
  const zip = await opened(path)
  try {
    const entries = await listEntries(zip, limits)
    assertApart([...entries.values()], fileBytes)
    assertLimits([...entries.values()], limits)
    return {
      sizes: new Map([...entries].map(([name, entry]) => [name, entry.uncompressedSize])),
      async read(name) {
        const entry = entries.get(name)
        if (!entry) throw damaged(`${name} is missing`)
        if (entry.uncompressedSize > mostBytes(name)) throw bomb(`${name} is larger than it can be`)
        const chunks: Buffer[] = []
        await pour(
          zip,
          name,
          entry,
          new Writable({ write: (chunk: Buffer, _, done) => (chunks.push(chunk), done()) })
        )
        return Buffer.concat(chunks)
      },
      async extract(name, target) {
        const entry = entries.get(name)
        if (!entry) throw damaged(`${name} is missing`)
        return pour(zip, name, entry, createWriteStream(target, { flags: 'wx', flush: true }))
      },
      close: () => zip.close()
    }
  } catch (error) {
    zip.close()
    throw error
  }
}

function sizeOf(path: string): number {
  try {
    const stat = statSync(path)
    if (stat.isFile()) return stat.size
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UserError(
      'pack.missing',
      code === 'ENOENT'
        ? `There is no file ${path}.`
        : `The file ${path} cannot be read (${code}).`,
      'Name a .grokpack file.'
    )
  }
  throw new UserError('pack.missing', `${path} is not a file.`, 'Name a .grokpack file.')
}

async function opened(path: string): Promise<ZipFile> {
  try {
    // Names are ours to judge: as bytes, before any decoding.
    return await openPromise(path, { decodeStrings: false, lazyEntries: true, autoClose: false })
  } catch (error) {
    throw damaged(`it is no whole zip file (${(error as Error).message})`)
  }
}

async function listEntries(zip: ZipFile, limits: ZipLimits): Promise<Map<string, Entry>> {
  if (zip.entryCount > limits.entries) throw bomb(`it claims ${zip.entryCount} members`)
  const entries = new Map<string, Entry>()
  const folded = new Set<string>()
  try {
    for await (const entry of zip.eachEntry()) {
      const name = nameOf(entry)
      if (folded.has(name.toLowerCase())) throw damaged(`it holds ${name} twice`)
      folded.add(name.toLowerCase())
      assertPlain(entry, name)
      entries.set(name, entry)
    }
  } catch (error) {
    if (error instanceof UserError) throw error
    throw damaged(`its directory is broken (${(error as Error).message})`)
  }
  return entries
}

function nameOf(entry: Entry): string {
  const bytes = entry.fileName as unknown as Buffer
  const name = bytes.toString('latin1')
  if (!isMemberName(name)) throw damaged(`no pack has a member ${shown(name)}`)
  return name
}

const fileKinds = 0o170000
const [regular, unsaid] = [0o100000, 0]

function assertPlain(entry: Entry, name: string): void {
  const kind = (entry.externalFileAttributes >>> 16) & fileKinds
  if (kind !== regular && kind !== unsaid) throw damaged(`${name} is a link or device, not a file`)
  if (entry.isEncrypted()) throw damaged(`${name} is encrypted`)
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
    throw damaged(`${name} is packed by method ${entry.compressionMethod}, which no pack uses`)
  }
}

/** Members that share bytes of the file unpack to any size without a suspicious ratio (Fifield 2019). */
function assertApart(entries: readonly Entry[], fileBytes: number): void {
  const headerBytes = 30
  const spans = entries
    .map((entry) => {
      const from = entry.relativeOffsetOfLocalHeader
      return { from, to: from + headerBytes + entry.fileNameLength + entry.compressedSize }
    })
    .sort((a, b) => a.from - b.from)
  for (const [i, { to }] of spans.entries()) {
    if (to > (spans[i + 1]?.from ?? fileBytes)) throw bomb('its members overlap')
  }
}

function assertLimits(entries: readonly Entry[], limits: ZipLimits): void {
  const total = entries.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0)
  if (total > limits.totalBytes) throw bomb(`it unpacks to ${total} bytes`)
  for (const { compressedSize, uncompressedSize } of entries) {
    if (
      uncompressedSize > 2 ** 20 &&
      uncompressedSize > limits.ratio * Math.max(1, compressedSize)
    ) {
      throw bomb(
        `a member unpacks to ${Math.round(uncompressedSize / Math.max(1, compressedSize))} times its size`
      )
    }
  }
}

const bomb = (what: string): UserError =>
  new UserError(
    'pack.bomb',
    `The pack is refused: ${what}.`,
    'It was made to fill the disk or the memory, or its maker erred. Nothing of it was taken in.'
  )

/** @returns the SHA-256 of what was poured, hex */
async function pour(zip: ZipFile, name: string, entry: Entry, target: Writable): Promise<string> {
  const hash = createHash('sha256')
  const crc32 = (zlib as { crc32?: typeof zlib.crc32 }).crc32
  let sum = 0
  try {
    const source = await zip.openReadStreamPromise(entry)
    await pipeline(
      source,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk)
          sum = crc32?.(chunk, sum) ?? 0
          yield chunk
        }
      },
      target
    )
  } catch (error) {
    target.destroy()
    const { code, message } = error as NodeJS.ErrnoException
    if (code && ['ENOSPC', 'EROFS', 'EACCES', 'EPERM', 'EEXIST', 'EIO', 'EDQUOT'].includes(code))
      throw error
    throw damaged(`${name} cannot be unpacked (${message})`)
  }
  if (crc32 && sum !== entry.crc32) throw damaged(`${name} does not match its CRC-32`)
  return hash.digest('hex')
}
