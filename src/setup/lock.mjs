import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sha256OfText } from './files.mjs'

const POLL_MS = 100

/** Locks this very process holds: a lock file with our number may also be a dead namesake's. */
const held = new Set()

/**
 * Lets one process at a time do a piece of set-up; others wait and then find it done. A lock whose
 * owner is gone is taken over.
 * @template T
 * @param {string} path of the lock file
 * @param {() => Promise<T>} body
 * @param {() => void} [onWait] called once when somebody else holds it
 * @returns {Promise<T>}
 */
export async function withLock(path, body, onWait) {
  mkdirSync(dirname(path), { recursive: true })
  let told = false
  while (!take(path)) {
    if (ownerIsGone(path)) {
      rmSync(path, { force: true })
      continue
    }
    if (!told) onWait?.()
    told = true
    await sleep(POLL_MS)
  }
  try {
    return await body()
  } finally {
    held.delete(path)
    rmSync(path, { force: true })
  }
}

/**
 * The lock of one checkout. Outside it, because `npm ci` empties node_modules while it is held.
 * @param {string} root
 */
export function checkoutLock(root) {
  return join(
    tmpdir(),
    `grokscope-${process.getuid?.() ?? ''}-${sha256OfText(root).slice(0, 12)}.lock`
  )
}

/** @param {string} path */
function take(path) {
  try {
    const file = openSync(path, 'wx')
    writeSync(file, `${process.pid} ${hostname()}`)
    closeSync(file)
    held.add(path)
    return true
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false
    throw error
  }
}

/** @param {string} path */
function ownerIsGone(path) {
  let owner
  try {
    owner = readFileSync(path, 'utf8').split(' ')
  } catch {
    return false
  }
  const pid = Number(owner[0])
  // Just created and not yet written, or held on another machine that shares this disk.
  if (!pid || owner[1] !== hostname()) return false
  if (pid === process.pid) return !held.has(path)
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH'
  }
}
