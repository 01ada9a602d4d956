/** Files that are there whole or not at all, whatever happens to the process that writes them. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'

/** Writes aside, to the disk, then under its name: a reader finds the old file or the new one. */
export function writeWholeFile(path: string, bytes: Uint8Array): void {
  const aside = `${path}.${process.pid}.partial`
  const fd = openSync(aside, 'w')
  try {
    // A disk that is almost full takes a part of what it is given.
    for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done)
    fsyncSync(fd)
  } catch (error) {
    rmSync(aside, { force: true })
    throw error
  } finally {
    closeSync(fd)
  }
  renameSync(aside, path)
}
