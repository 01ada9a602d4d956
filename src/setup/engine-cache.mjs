import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fetchWheel, findPip, findPython } from './engine-wheel.mjs'
import { SetupFailure } from './failure.mjs'
import { fileBytes, folderBytes, readJson, sha256OfFile, writeWhole } from './files.mjs'
import { formatBytes } from './progress.mjs'

/** @typedef {import('./machine.mjs').Machine} Machine */
/** @typedef {import('./engine-pins.mjs').Wheel} Wheel */
/** @typedef {import('./engine-pins.mjs').Pins} Pins */
/** @typedef {{ path: string, bytes: number, sha256: string }} UnpackedFile */

/**
 * A wheel's wanted members in the cache: <cache>/engine/wheels/<file without .whl>/, where
 * manifest.json (written last) lists them. The wheel itself is deleted once it is unpacked.
 * @typedef {{ wheel: Wheel, folder: string, files: UnpackedFile[] }} Unpacked
 */

const MANIFEST = 'manifest.json'

/**
 * Everything of these wheels, unpacked, from the cache or else from pip's index.
 * @param {Machine} machine
 * @param {Pins} pins
 * @param {Wheel[]} wheels
 * @param {string} cache folder of the engine's cache
 * @returns {Promise<Unpacked[]>}
 * @throws SetupFailure as fetchWheel, and 'disk' or 'unpack'
 */
export async function ensureUnpacked(machine, pins, wheels, cache) {
  mkdirSync(cache, { recursive: true })
  removeLeftovers(cache)
  const missing = wheels.filter((wheel) => !unpackedInCache(cache, wheel))
  if (missing.length > 0) {
    // Everything that can be known beforehand is, before hundreds of megabytes are fetched.
    await findPip(machine)
    checkFreeSpace(machine, cache, missing)
  }
  /** @type {Unpacked[]} */
  const trees = []
  for (const wheel of wheels) {
    trees.push(unpackedInCache(cache, wheel) ?? (await unpackWheel(machine, pins, wheel, cache)))
  }
  return trees
}

/**
 * What the cache holds of a wheel; undefined unless it is whole: the manifest is there, it is of
 * this very wheel, and every file has its size.
 * @param {string} cache
 * @param {Wheel} wheel
 * @returns {Unpacked | undefined}
 */
export function unpackedInCache(cache, wheel) {
  const folder = treeFolder(cache, wheel)
  /** @type {{ sha256: string, files: UnpackedFile[] } | undefined} */
  const manifest = readJson(join(folder, MANIFEST))
  if (manifest?.sha256 !== wheel.sha256 || !Array.isArray(manifest.files)) return undefined
  const whole = manifest.files.every(({ path, bytes }) => fileBytes(join(folder, path)) === bytes)
  return whole ? { wheel, folder, files: manifest.files } : undefined
}

/**
 * Deletes the trees of which a file no longer has its hash (a failing disk, an edit).
 * @param {Unpacked[]} trees
 * @returns {Promise<string[]>} paths of the damaged files
 */
export async function deleteDamaged(trees) {
  /** @type {string[]} */
  const damaged = []
  for (const { folder, files } of trees) {
    for (const { path, sha256 } of files) {
      if ((await sha256OfFile(join(folder, path))) === sha256) continue
      damaged.push(join(folder, path))
      rmSync(folder, { recursive: true, force: true })
      break
    }
  }
  return damaged
}

/**
 * @param {Machine} machine
 * @param {string} cache
 * @param {Wheel[]} missing
 * @throws SetupFailure 'disk'
 */
function checkFreeSpace(machine, cache, missing) {
  // Wheels are deleted one by one as they are unpacked: at worst the largest lies beside them all.
  const unpacked = missing.reduce((sum, { unpackedBytes }) => sum + unpackedBytes, 0)
  const needed = unpacked + Math.max(...missing.map(({ bytes }) => bytes))
  const free = machine.freeBytes(cache)
  if (free >= needed) return
  throw new SetupFailure(
    'disk',
    `The native engine needs ${formatBytes(needed)} free in ${cache}, which has ${formatBytes(free)}: free some space or set GROKSCOPE_CACHE to a folder on a larger disk, then run \`npm run engine\`.`
  )
}

/**
 * @param {Machine} machine
 * @param {Pins} pins
 * @param {Wheel} wheel
 * @param {string} cache
 * @returns {Promise<Unpacked>}
 */
async function unpackWheel(machine, pins, wheel, cache) {
  const path = await fetchWheel(machine, pins, wheel, join(cache, 'download'))
  const aside = join(cache, 'wheels', `unpacking-${process.pid}`)
  rmSync(aside, { recursive: true, force: true })
  mkdirSync(aside, { recursive: true })
  const result = await machine.run(
    findPython(machine),
    [
      fileURLToPath(new URL('unpack.py', import.meta.url)),
      path,
      aside,
      ...pins.members[wheel.members]
    ],
    {
      tick: () =>
        machine.progress.update(
          'engine',
          `unpacking ${wheel.project}: ${formatBytes(folderBytes(aside))} of ${formatBytes(wheel.unpackedBytes)}`
        )
    }
  )
  if (result.code !== 0) {
    rmSync(aside, { recursive: true, force: true })
    throw unpackFailure(wheel, cache, result)
  }
  writeWhole(
    join(aside, MANIFEST),
    JSON.stringify(
      { file: wheel.file, sha256: wheel.sha256, files: JSON.parse(result.stdout) },
      null,
      1
    )
  )
  const folder = treeFolder(cache, wheel)
  rmSync(folder, { recursive: true, force: true })
  renameSync(aside, folder)
  rmSync(path)
  const tree = unpackedInCache(cache, wheel)
  if (!tree) throw new Error(`${folder} is not whole just after it was unpacked`)
  return tree
}

/**
 * @param {Wheel} wheel
 * @param {string} cache
 * @param {import('./machine.mjs').RunResult} result
 */
function unpackFailure(wheel, cache, { code, output }) {
  if (code === constants.errno.ENOSPC) {
    return new SetupFailure(
      'disk',
      `The disk filled up while ${wheel.file} was unpacked into ${cache}: free ${formatBytes(wheel.unpackedBytes)} or set GROKSCOPE_CACHE to a folder on a larger disk, then run \`npm run engine\`.`
    )
  }
  return new SetupFailure(
    'unpack',
    `Python could not unpack ${wheel.file}: its own words are above; check that python3 is 3.6 or newer with zlib, then run \`npm run engine\`.`,
    output
  )
}

/** @param {string} cache @param {Wheel} wheel */
function treeFolder(cache, wheel) {
  return join(cache, 'wheels', wheel.file.replace(/\.whl$/, ''))
}

/**
 * Half-unpacked trees of runs that were ended; nobody else is at work, the caller holds the lock.
 * @param {string} cache
 */
function removeLeftovers(cache) {
  mkdirSync(join(cache, 'wheels'), { recursive: true })
  for (const name of readdirSync(join(cache, 'wheels'))) {
    if (name.startsWith('unpacking-')) {
      rmSync(join(cache, 'wheels', name), { recursive: true, force: true })
    }
  }
}
