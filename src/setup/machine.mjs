import { spawn } from 'node:child_process'
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { progressOn } from './progress.mjs'

/**
 * What set-up may ask of the computer it runs on. Whatever can fail on somebody's machine goes
 * through here, so that tests can play one without pip, disk or network.
 * @typedef {object} Machine
 * @property {string} root the checkout
 * @property {string} platform as process.platform
 * @property {string} arch as process.arch
 * @property {() => string | undefined} glibc version of the C library, undefined where it is not glibc
 * @property {boolean} isRoot
 * @property {NodeJS.ProcessEnv} env
 * @property {string} node the Node that runs set-up
 * @property {string} nodeVersion of that Node, '22.23.3'
 * @property {(names: string[]) => string | undefined} find first of these programs on the PATH
 * @property {(command: string, args: string[], options?: RunOptions) => Promise<RunResult>} run
 * @property {(folder: string) => number} freeBytes on the disk that holds this (or will hold it)
 * @property {() => Date} now
 * @property {import('./progress.mjs').Progress} progress
 */

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd] default: the checkout
 * @property {NodeJS.ProcessEnv} [env] default: the machine's
 * @property {number} [timeoutMs] the program is ended after this
 * @property {boolean} [show] output goes to stderr as it comes instead of into `output`
 * @property {() => void} [tick] called about four times a second while it runs
 */

/**
 * @typedef {object} RunResult
 * @property {number | null} code exit code; null after a signal; 127 when the program is missing
 * @property {string | null} signal
 * @property {string} stdout
 * @property {string} output stdout and stderr, in order of arrival
 * @property {boolean} timedOut
 */

const TICK_MS = 250

/** The checkout these files belong to, however they were called (symlinks are resolved by Node). */
export const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..')

/**
 * The real computer.
 * @returns {Machine}
 */
export function thisMachine() {
  return {
    root: projectRoot,
    platform: process.platform,
    arch: process.arch,
    glibc: () => glibcVersion(),
    isRoot: process.getuid?.() === 0,
    env: process.env,
    node: process.execPath,
    nodeVersion: process.versions.node,
    find: (names) => findOnPath(names, process.env, process.platform),
    run: (command, args, options = {}) =>
      runProgram(command, args, { cwd: projectRoot, env: process.env, ...options }),
    freeBytes: freeBytesAt,
    now: () => new Date(),
    progress: progressOn(process.stderr)
  }
}

/**
 * Where wheels and the built engine are kept between checkouts.
 * @param {Pick<Machine, 'env' | 'platform'>} machine
 */
export function cacheFolder({ env, platform }) {
  if (env['GROKSCOPE_CACHE']) return resolve(env['GROKSCOPE_CACHE'])
  const home = env['HOME'] || homedir()
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'grokscope')
  if (platform === 'win32') {
    return join(env['LOCALAPPDATA'] || join(home, 'AppData', 'Local'), 'grokscope', 'Cache')
  }
  return join(env['XDG_CACHE_HOME'] || join(home, '.cache'), 'grokscope')
}

/**
 * Remarks that one checkout keeps about itself. Inside node_modules, so that they go when it goes.
 * @param {string} root
 */
export function notesFolder(root) {
  return join(root, 'node_modules', '.grokscope')
}

/**
 * @param {string[]} names
 * @param {NodeJS.ProcessEnv} env
 * @param {string} platform
 * @returns {string | undefined} full path of the first that can be run
 */
export function findOnPath(names, env, platform) {
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter(Boolean)
  const endings = platform === 'win32' ? ['.exe', '.cmd', ''] : ['']
  for (const name of names) {
    for (const folder of folders) {
      for (const ending of endings) {
        const path = join(folder, name + ending)
        if (isProgram(path)) return path
      }
    }
  }
  return undefined
}

/** @param {string} path */
function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} options
 * @returns {Promise<RunResult>}
 */
function runProgram(command, args, { cwd, env, timeoutMs, show = false, tick }) {
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd,
      env,
      // Never our stdin: a program that asks a question would wait for an answer for ever.
      stdio: ['ignore', show ? 2 : 'pipe', show ? 2 : 'pipe'],
      // npm is a batch file on Windows, and those only run through the shell.
      shell: process.platform === 'win32' && command.endsWith('.cmd')
    })
    let stdout = ''
    let output = ''
    let timedOut = false
    child.stdout?.on('data', (chunk) => {
      stdout += chunk
      output += chunk
    })
    child.stderr?.on('data', (chunk) => (output += chunk))
    const ticking = tick && setInterval(tick, TICK_MS)
    const limit =
      timeoutMs &&
      setTimeout(() => {
        timedOut = true
        child.kill('SIGKILL')
      }, timeoutMs)
    /** @param {number | null} code @param {string | null} signal */
    const finish = (code, signal) => {
      clearInterval(ticking)
      clearTimeout(limit)
      done({ code, signal, stdout, output, timedOut })
    }
    child.on('error', (error) => {
      output += error.message
      finish(127, null)
    })
    child.on('close', finish)
  })
}

/** @param {string} folder */
function freeBytesAt(folder) {
  let existing = folder
  while (!existsSync(existing)) existing = dirname(existing)
  const disk = statfsSync(existing)
  return disk.bavail * disk.bsize
}

/** @returns {string | undefined} */
function glibcVersion() {
  if (process.platform !== 'linux') return undefined
  // Otherwise the report looks up a name for every open connection.
  Object.assign(process.report, { excludeNetwork: true })
  /** @type {{ header?: { glibcVersionRuntime?: string } }} */
  const report = Object(process.report.getReport())
  return report.header?.glibcVersionRuntime
}
