/** Unpacking into an empty folder, all of it or nothing: sizes, sums and hashes are checked on the way. */
import { mkdirSync, rmSync, statfsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { UserError } from '@shared/errors'
import { damaged, readManifest, type PackManifest, type ReadManifest } from './manifest'
import { manifestName, mostBytes } from './members'
import { openZip, usualLimits, type OpenZip, type ZipLimits } from './read-zip'

/** What is left free of the disk, beside what is unpacked. */
const sparedBytes = 2 ** 28

/**
 * Checks and unpacks a pack.
 * @param folder absolute path of a folder that is not there yet; after an error it is not there again
 * @throws {UserError} `pack.missing`, `pack.damaged`, `pack.bomb`, `pack.newer`, `pack.space`
 */
export async function unpack(
  path: string,
  folder: string,
  limits: ZipLimits = usualLimits
): Promise<ReadManifest> {
  const zip = await openZip(path, limits)
  try {
    const read = readManifest(await zip.read(manifestName))
    const { members } = read.manifest
    assertSame(zip, members)
    mkdirSync(folder, { recursive: true })
    try {
      assertRoom(folder, members)
      for (const [name, { sha256 }] of Object.entries(members)) {
        const target = join(folder, ...name.split('/'))
        mkdirSync(dirname(target), { recursive: true })
        if ((await zip.extract(name, target)) !== sha256) {
          throw damaged(`${name} is not what the manifest says`)
        }
      }
    } catch (error) {
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
    return read
  } finally {
    zip.close()
  }
}

/** The zip holds what the manifest names, with its sizes, and nothing else. */
function assertSame(zip: OpenZip, members: PackManifest['members']): void {
  for (const name of zip.sizes.keys()) {
    if (name !== manifestName && !Object.hasOwn(members, name)) {
      throw damaged(`${name} is not in the manifest`)
    }
  }
  for (const [name, { bytes }] of Object.entries(members)) {
    const size = zip.sizes.get(name)
    if (bytes > mostBytes(name)) throw damaged(`${name} is larger than it can be`)
    if (size === undefined) throw damaged(`${name} is missing`)
    if (size !== bytes) throw damaged(`${name} has ${size} bytes, the manifest says ${bytes}`)
  }
}

function assertRoom(folder: string, members: PackManifest['members']): void {
  const needed = Object.values(members).reduce((sum, { bytes }) => sum + bytes, 0)
  const { bavail, bsize } = statfsSync(folder)
  if (needed + sparedBytes <= bavail * bsize) return
  throw new UserError(
    'pack.space',
    `The pack unpacks to ${Math.ceil(needed / 2 ** 20)} MiB, and the disk has ${Math.floor((bavail * bsize) / 2 ** 20)} MiB left.`,
    'Make room, or open it into a library on another disk.'
  )
}
