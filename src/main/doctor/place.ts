/** Where a folder lies, as far as that endangers what is written there: on a network, or in a folder that is synchronised. */
import { existsSync, statfsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Types of file systems that are not this machine's own, by the number statfs gives (linux/magic.h and the systems' own). */
const networks: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x65735546, 'FUSE (sshfs, rclone and the like)'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  [0x01021997, '9P (a folder of the host)'],
  [0x786f4256, 'a shared folder of VirtualBox']
])

/** Names of folders that programs synchronise; as a part of a path, in any case. */
const synchronised: readonly [pattern: RegExp, program: string][] = [
  [/^dropbox( \(.*\))?$/i, 'Dropbox'],
  [/^onedrive( - .*)?$/i, 'OneDrive'],
  [/^(google ?drive|googledrive|my drive)$/i, 'Google Drive'],
  [/^(mobile documents|iclouddrive|icloud drive)$/i, 'iCloud'],
  [/^cloudstorage$/i, "the system's cloud storage"],
  [/^nextcloud\d*$/i, 'Nextcloud'],
  [/^owncloud$/i, 'ownCloud'],
  [/^pcloud ?drive$/i, 'pCloud'],
  [/^mega(sync)?$/i, 'MEGA'],
  [/^(syncthing|sync)$/i, 'Syncthing']
]

export interface Place {
  /** The kind of network file system, null on a disk of this machine. */
  network: string | null
  /** The program that synchronises it, null where none is known to. */
  synchronisedBy: string | null
}

/**
 * @param folder absolute path; where it does not exist yet, the nearest one above it counts
 * @param typeOf number of a folder's file system
 */
export function describePlace(
  folder: string,
  typeOf: (folder: string) => number | null = fileSystemType
): Place {
  let nearest = folder
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest)
  const type = typeOf(nearest)
  const remote = /^(\\\\|\/\/)[^\\/]/.test(folder) ? 'a network share' : null
  return {
    network: (type !== null && networks.get(type >>> 0)) || remote,
    synchronisedBy: synchroniserOf(folder)
  }
}

function synchroniserOf(folder: string): string | null {
  for (const part of folder.split(/[\\/]/)) {
    const found = synchronised.find(([pattern]) => pattern.test(part))
    if (found) return found[1]
  }
  // Syncthing marks the folders that it keeps in step.
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.stfolder'))) return 'Syncthing'
    if (dirname(at) === at) return null
  }
}

function fileSystemType(folder: string): number | null {
  try {
    return statfsSync(folder).type
  } catch {
    return null
  }
}

/** What is wrong with a place, in a sentence; null where nothing is. */
export function placeFault(folder: string, { network, synchronisedBy }: Place): string | null {
  if (network !== null) {
    return `The library ${folder} lies on a network file system, ${network}: SQLite's log does not work reliably there, and the history may be damaged.`
  }
  if (synchronisedBy !== null) {
    return `The library ${folder} lies in a folder that ${synchronisedBy} synchronises: a file that is copied while it is being written may be damaged or come in two versions.`
  }
  return null
}

export const placeAdvice =
  'Keep the library on a disk of this machine: move the folder while Grokscope is closed, and name it with --runs DIR.'
