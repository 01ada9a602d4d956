import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readJson, writeWhole } from './files.mjs'
import { notesFolder } from './machine.mjs'
import { pinnedEnvironment, pinnedNode } from './pinned-node.mjs'
import { formatSeconds } from './progress.mjs'

/** @typedef {import('./machine.mjs').Machine} Machine */

/**
 * Electron's program, or the sentence why there is none.
 * @typedef {{ folder: string, program: string } | { reason: string }} ElectronFound
 */

const DOWNLOAD_LIMIT_MS = 300_000
const RETRY_AFTER_MS = 3_600_000

/**
 * Finds Electron's own binary, fetches it where it is missing, and looks whether it can start here.
 * @param {Machine} machine
 * @param {object} [options]
 * @param {boolean} [options.retry] download again even if that failed a short time ago
 * @returns {Promise<ElectronFound>}
 */
export async function ensureElectron(machine, { retry = false } = {}) {
  const found = installedElectron(machine) ?? (await fetchElectron(machine, retry))
  if ('reason' in found) return found
  const missing = await missingLibraries(machine, found.program)
  if (missing.length === 0) return found
  return {
    reason: `Electron lacks system libraries (${missing.join(', ')}): install them (Debian and Ubuntu: apt-get install libgtk-3-0 libnss3 libgbm1 libasound2), then start again.`
  }
}

/**
 * @param {Machine} machine
 * @returns {ElectronFound | undefined} undefined where it has to be fetched
 */
export function installedElectron({ root, env, platform }) {
  const named = env['ELECTRON_OVERRIDE_DIST_PATH']
  if (named) {
    const program = join(named, programName(platform))
    return existsSync(program)
      ? { folder: named, program }
      : {
          reason: `ELECTRON_OVERRIDE_DIST_PATH names ${named}, which holds no ${programName(platform)}: correct or unset it, then start again.`
        }
  }
  const folder = join(root, 'node_modules', 'electron', 'dist')
  const program = join(folder, programName(platform))
  const wanted = readJson(join(root, 'node_modules', 'electron', 'package.json'))?.version
  const versionFile = join(folder, 'version')
  if (!existsSync(program) || !existsSync(versionFile)) return undefined
  return readFileSync(versionFile, 'utf8').trim().replace(/^v/, '') === wanted
    ? { folder, program }
    : undefined
}

/**
 * Shared libraries that the program needs and this system does not have.
 * @param {Machine} machine
 * @param {string} program
 * @returns {Promise<string[]>}
 */
export async function missingLibraries(machine, program) {
  const ldd = machine.platform === 'linux' && machine.find(['ldd'])
  if (!ldd) return []
  const { stdout } = await machine.run(ldd, [program])
  return [...stdout.matchAll(/^\s*(\S+) => not found/gm)].map((match) => String(match[1]))
}

/**
 * Why Chromium's sandbox cannot work for this user here, undefined where it can. (As root there is
 * none anyway.)
 * @param {Machine} machine
 * @param {string} folder of Electron
 * @param {(path: string) => string} [read] of a kernel setting
 * @returns {string | undefined}
 */
export function sandboxProblem(machine, folder, read = readSetting) {
  if (machine.platform !== 'linux' || machine.isRoot) return undefined
  const forbidden =
    read('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === '1' ||
    read('/proc/sys/kernel/unprivileged_userns_clone') === '0'
  if (!forbidden) return undefined
  const helper = join(folder, 'chrome-sandbox')
  const status = statSync(helper, { throwIfNoEntry: false })
  if (status?.uid === 0 && (status.mode & 0o4000) !== 0) return undefined
  return `This system lets only root open Chromium's sandbox: run \`sudo chown root ${helper} && sudo chmod 4755 ${helper}\`, then start again.`
}

/**
 * @param {Machine} machine
 * @param {boolean} retry
 * @returns {Promise<ElectronFound>}
 */
async function fetchElectron(machine, retry) {
  const { root, progress } = machine
  const note = join(notesFolder(root), 'electron-failure.json')
  const earlier = readJson(note)
  if (earlier && !retry && machine.now().getTime() - Date.parse(earlier.at) < RETRY_AFTER_MS) {
    return { reason: earlier.reason }
  }
  const startMs = machine.now().getTime()
  const installer = join(root, 'node_modules', 'electron', 'install.js')
  progress.say('electron', 'fetching its binary (about 120 MB)')
  const result = await machine.run(pinnedNode(machine), [installer], {
    env: pinnedEnvironment(machine),
    timeoutMs: DOWNLOAD_LIMIT_MS,
    tick: () =>
      progress.update(
        'electron',
        `fetching its binary, ${formatSeconds(machine.now().getTime() - startMs)} so far`
      )
  })
  const found = result.code === 0 ? installedElectron(machine) : undefined
  if (found) {
    rmSync(note, { force: true })
    progress.say('electron', `fetched in ${formatSeconds(machine.now().getTime() - startMs)}`)
    return found
  }
  const why = result.timedOut
    ? `no answer within ${DOWNLOAD_LIMIT_MS / 60_000} minutes`
    : firstError(result.output)
  const reason = `Electron's binary could not be fetched (${why}): check the network or set ELECTRON_MIRROR to a mirror that can be reached, then run \`npx install-electron\`.`
  writeWhole(note, JSON.stringify({ reason, at: machine.now().toISOString() }))
  return { reason }
}

/** @param {string} output */
function firstError(output) {
  const lines = output.split('\n')
  const line =
    lines.find((text) => /ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ENOSPC|HTTP/.test(text)) ??
    lines.find((text) => /error|failed/i.test(text))
  return (line ?? 'its installer gave no reason').trim().replace(/\.$/, '').slice(0, 160)
}

/** @param {string} platform */
function programName(platform) {
  if (platform === 'win32') return 'electron.exe'
  return platform === 'darwin' ? 'Electron.app/Contents/MacOS/Electron' : 'electron'
}

/** @param {string} path */
function readSetting(path) {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : ''
}
