import { createHash } from 'node:crypto'
import {
  copyFileSync,
  createReadStream,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Writes a file whole or not at all: aside first, then renamed.
 * @param {string} path
 * @param {string} text
 */
export function writeWhole(path, text) {
  mkdirSync(dirname(path), { recursive: true })
  const aside = `${path}.${process.pid}`
  writeFileSync(aside, text)
  renameSync(aside, path)
}

/**
 * @param {string} path
 * @returns {any} undefined where the file is missing or is not JSON
 */
export function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

/**
 * @param {string} path
 * @returns {number} -1 where there is no such file
 */
export function fileBytes(path) {
  return statSync(path, { throwIfNoEntry: false })?.size ?? -1
}

/**
 * Bytes of everything under a folder; 0 where there is none. Files may come and go meanwhile.
 * @param {string} folder
 * @returns {number}
 */
export function folderBytes(folder) {
  let bytes = 0
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      bytes += entry.isDirectory() ? folderBytes(path) : Math.max(0, fileBytes(path))
    }
  } catch {
    // Gone between listing and looking: it no longer counts.
  }
  return bytes
}

/**
 * @param {string} path
 * @returns {Promise<string>} hex
 */
export async function sha256OfFile(path) {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk)
  return hash.digest('hex')
}

/** @param {string} text */
export function sha256OfText(text) {
  return createHash('sha256').update(text).digest('hex')
}

/**
 * The same bytes at a second place: a hard link, a copy where the disk (or another disk) has none.
 * @param {string} from
 * @param {string} to
 */
export function linkOrCopy(from, to) {
  mkdirSync(dirname(to), { recursive: true })
  rmSync(to, { force: true })
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to)
  }
}
