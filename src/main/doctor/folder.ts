/** The library folder: whether runs can be recorded there, and how fast. */
import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { LibraryReport } from '@shared/diagnosis'

type Folder = Pick<LibraryReport, 'folder' | 'exists' | 'writable' | 'freeBytes'>

/** Whether a folder, or the nearest existing one above it, can be written, and the bytes free there. */
export function describeFolder(folder: string): Folder {
  const exists = existsSync(folder)
  let nearest = folder
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest)
  let writable = true
  try {
    accessSync(nearest, constants.W_OK | constants.X_OK)
  } catch {
    writable = false
  }
  let freeBytes: number | null = null
  try {
    const { bavail, bsize } = statfsSync(nearest)
    freeBytes = bavail * bsize
  } catch {
    // Some file systems do not tell.
  }
  return { folder, exists, writable, freeBytes }
}

const blockBytes = 4 * 2 ** 20
const wholeBytes = 64 * 2 ** 20
const enoughMs = 300

/**
 * Writes a file there, has it on the disk, and removes it: at most 64 MB, and no block more after 0.3 s.
 * @param clock milliseconds
 * @param limitMs a disk that hangs is given up after this
 * @returns bytes a second, null where it did not take it
 */
export async function measureWriting(
  folder: string,
  clock: () => number,
  limitMs: number
): Promise<number | null> {
  let limit: NodeJS.Timeout | undefined
  const gaveUp = new Promise<null>((resolve) => (limit = setTimeout(() => resolve(null), limitMs)))
  try {
    return await Promise.race([write(folder, clock), gaveUp])
  } catch {
    // Full, read-only or gone: the other facts about the folder say which.
    return null
  } finally {
    clearTimeout(limit)
  }
}

async function write(folder: string, clock: () => number): Promise<number> {
  const path = join(folder, `.write-speed-${process.pid}`)
  const block = Buffer.alloc(blockBytes, 'grokscope ')
  const file = await open(path, 'w')
  try {
    const from = clock()
    let written = 0
    do {
      written += (await file.write(block)).bytesWritten
    } while (written < wholeBytes && clock() - from < enoughMs)
    await file.sync()
    return written / (Math.max(1, clock() - from) / 1000)
  } finally {
    await file.close()
    await rm(path, { force: true })
  }
}
