import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SetupFailure } from './failure.mjs'
import { readJson, sha256OfText, writeWhole } from './files.mjs'
import { notesFolder } from './machine.mjs'
import { formatSeconds } from './progress.mjs'

/** @typedef {import('./machine.mjs').Machine} Machine */

/** What npm writes about one installed (or to be installed) package. */
/** @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean }} Locked */

/**
 * Whether node_modules holds what package-lock.json asks for. One hash in the usual case.
 * @param {string} root
 */
export function packagesAreFresh(root) {
  const lock = readLock(root)
  const stamp = stampPath(root)
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== sha256OfText(lock)) {
    // No stamp of ours: somebody ran npm by hand. npm's own record says with what result.
    if (
      !installedMatches(JSON.parse(lock), readJson(join(root, 'node_modules/.package-lock.json')))
    ) {
      return false
    }
    writeWhole(stamp, sha256OfText(lock))
  }
  return true
}

/**
 * Installs the packages of package-lock.json when node_modules is missing or stale.
 * @param {Machine} machine
 * @returns {Promise<boolean>} whether there was anything to do
 * @throws SetupFailure 'npm', 'disk' or 'network'
 */
export async function ensurePackages(machine) {
  if (packagesAreFresh(machine.root)) return false
  const { progress } = machine
  const startMs = machine.now().getTime()
  const count = Object.keys(JSON.parse(readLock(machine.root)).packages ?? {}).length - 1
  progress.say('packages', `installing (npm ci, up to ${count} packages)`)
  const npm = npmCommand(machine)
  const result = await machine.run(npm.command, [...npm.args, 'ci', '--loglevel=error'], {
    tick: () =>
      progress.update(
        'packages',
        `installing, ${formatSeconds(machine.now().getTime() - startMs)} so far`
      )
  })
  if (result.code !== 0) throw npmFailure(result)
  writeWhole(stampPath(machine.root), sha256OfText(readLock(machine.root)))
  progress.say('packages', `installed in ${formatSeconds(machine.now().getTime() - startMs)}`)
  return true
}

/**
 * Every package that npm had to install is there in the version and with the content of the lock.
 * Optional ones (those of other platforms) may be absent.
 * @param {{ packages?: Record<string, Locked> }} lock
 * @param {{ packages?: Record<string, Locked> } | undefined} installed node_modules/.package-lock.json
 */
export function installedMatches(lock, installed) {
  if (!installed?.packages) return false
  for (const [path, wanted] of Object.entries(lock.packages ?? {})) {
    if (path === '') continue
    const present = installed.packages[path]
    if (!present) {
      if (wanted.optional) continue
      return false
    }
    if (present.version !== wanted.version || present.integrity !== wanted.integrity) return false
  }
  return true
}

/** @param {string} root */
function readLock(root) {
  return readFileSync(join(root, 'package-lock.json'), 'utf8')
}

/** @param {string} root */
function stampPath(root) {
  return join(notesFolder(root), 'packages')
}

/** @param {Machine} machine */
function npmCommand(machine) {
  // Under `npm start` this is the npm that the user called.
  const running = machine.env['npm_execpath']
  if (running && /npm-cli\.c?js$/.test(running)) return { command: machine.node, args: [running] }
  const npm = machine.find(['npm'])
  if (npm) return { command: npm, args: [] }
  throw new SetupFailure(
    'npm',
    'npm was not found on the PATH: install Node 20 or newer together with npm, then run this again.'
  )
}

/** @param {import('./machine.mjs').RunResult} result */
function npmFailure({ output, code, signal }) {
  if (/ENOSPC|no space left/i.test(output)) {
    return new SetupFailure(
      'disk',
      'npm ci ran out of disk space: free about 1.5 GB where this checkout lies, then run this again.',
      output
    )
  }
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network/i.test(output)) {
    return new SetupFailure(
      'network',
      'npm ci could not reach the package registry: check the connection, and the proxy and registry settings in `npm config list`, then run this again.',
      output
    )
  }
  return new SetupFailure(
    'npm',
    `npm ci ended with ${signal ?? `exit code ${code}`}: its own words are above; mend that, then run this again.`,
    output
  )
}
