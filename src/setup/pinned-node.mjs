import {
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync
} from 'node:fs'
import { delimiter, dirname, join, relative } from 'node:path'
import { SetupFailure } from './failure.mjs'
import { fileBytes } from './files.mjs'

/** @typedef {import('./machine.mjs').Machine} Machine */

/**
 * The Node that the app is built and tested with, from npm (package `node`, one optional package
 * per platform). Where there is none for this platform, the Node that runs set-up, if it will do.
 * @param {Pick<Machine, 'root' | 'platform' | 'arch' | 'node' | 'nodeVersion'>} machine
 * @returns {string} path of the program
 * @throws SetupFailure 'node'
 */
export function pinnedNode({ root, platform, arch, node, nodeVersion }) {
  const pinned = join(root, 'node_modules', packageName(platform, arch), 'bin', fileName(platform))
  if (existsSync(pinned)) return pinned
  if (Number(nodeVersion.split('.')[0]) >= 22) return node
  throw new SetupFailure(
    'node',
    `npm has no pinned Node for ${platform} ${arch} here, and this Node ${nodeVersion} is too old for Grokscope: install Node 22, then run this again.`
  )
}

/**
 * Puts the pinned Node first for every npm script (node_modules/.bin/node) and into the package
 * `node`, whose own install script would do that, and `grokscope` beside it for npx. Install
 * scripts are off in this project.
 * @param {Machine} machine
 */
export function linkPrograms(machine) {
  const { root, platform, arch } = machine
  const modules = join(root, 'node_modules')
  const pinned = join(modules, packageName(platform, arch), 'bin', fileName(platform))
  if (existsSync(pinned) && existsSync(join(modules, 'node'))) {
    place(pinned, join(modules, 'node', 'bin', fileName(platform)), platform)
    place(pinned, join(modules, '.bin', fileName(platform)), platform)
  }
  // On Windows npm makes batch files of these; npx finds the package's own bin there without.
  const cli = join(root, 'src/setup/grokscope.mjs')
  if (platform !== 'win32') place(cli, join(modules, '.bin', 'grokscope'), platform)
}

/**
 * The environment in which programs of node_modules run: theirs and the pinned Node come first.
 * @param {Machine} machine
 * @returns {NodeJS.ProcessEnv}
 */
export function pinnedEnvironment(machine) {
  const folders = [join(machine.root, 'node_modules', '.bin'), dirname(pinnedNode(machine))]
  const path = machine.env['PATH'] ?? machine.env['Path'] ?? ''
  return { ...machine.env, PATH: [...folders, path].join(delimiter) }
}

/**
 * The JavaScript file behind a command in node_modules/.bin.
 * @param {string} root
 * @param {string} command
 * @throws SetupFailure 'packages' where no installed package has such a command
 */
export function commandScript(root, command) {
  const shim = join(root, 'node_modules', '.bin', command)
  if (existsSync(shim)) {
    const real = realpathSync(shim)
    // Where npm could make no symbolic link (Windows) it wrote a shell script that names the file.
    const named = real === shim && /"\$basedir\/([^"]+\.[cm]?js)"/.exec(readFileSync(shim, 'utf8'))
    return named ? join(dirname(shim), String(named[1])) : real
  }
  throw new SetupFailure(
    'packages',
    `No installed package has the command ${command}: check its name, or remove node_modules and run this again.`
  )
}

/** @param {string} platform @param {string} arch */
function packageName(platform, arch) {
  return `node-${platform === 'win32' ? 'win' : platform}-${arch}`
}

/** @param {string} platform */
function fileName(platform) {
  return platform === 'win32' ? 'node.exe' : 'node'
}

/** @param {string} target @param {string} link @param {string} platform */
function place(target, link, platform) {
  if (lstatSync(link, { throwIfNoEntry: false })) {
    if (existsSync(link) && realpathSync(link) === realpathSync(target)) return
    if (platform === 'win32' && fileBytes(link) === fileBytes(target)) return
    rmSync(link)
  }
  mkdirSync(dirname(link), { recursive: true })
  if (platform !== 'win32') {
    symlinkSync(relative(dirname(link), target), link)
    return
  }
  // Symbolic links need a privilege on Windows.
  try {
    linkSync(target, link)
  } catch {
    copyFileSync(target, link)
  }
}
