import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createHash } from 'node:crypto'
import { SetupFailure } from './failure.mjs'
import { readJson, writeWhole } from './files.mjs'
import { formatSeconds } from './progress.mjs'
import { commandScript, pinnedEnvironment, pinnedNode } from './pinned-node.mjs'

/** @typedef {import('./machine.mjs').Machine} Machine */

/** What goes into a build: these folders, without set-up itself, and these kinds of root file. */
const SOURCE_FOLDERS = ['src', 'resources']
const NOT_BUILT = join('src', 'setup')
const ROOT_SOURCE = /^(electron\.vite|svelte|tsconfig|package(-lock)?\.json).*/

/**
 * out/.stamp: the hash of all source content, and size and modification time of each file, so that
 * the usual check looks at files without reading them.
 * @typedef {{ hash: string, signature: string }} BuildStamp
 */

/**
 * Whether out/ was built from the sources as they are now.
 * @param {string} root
 */
export function buildIsFresh(root) {
  const stamp = /** @type {BuildStamp | undefined} */ (readJson(stampPath(root)))
  if (!stamp || !existsSync(join(root, 'out/main/cli.js'))) return false
  const files = sourceFiles(root)
  const signature = signatureOf(root, files)
  if (stamp.signature === signature) return true
  if (stamp.hash !== contentHash(root, files)) return false
  // Touched, checked out again or copied, but the same text.
  writeWhole(stampPath(root), JSON.stringify({ hash: stamp.hash, signature }))
  return true
}

/**
 * Builds the app into out/ when any source has changed since the last build.
 * @param {Machine} machine
 * @returns {Promise<boolean>} whether there was anything to do
 * @throws SetupFailure 'build', with the compiler's output
 */
export async function ensureBuild(machine) {
  const { root, progress } = machine
  if (buildIsFresh(root)) return false
  const startMs = machine.now().getTime()
  progress.say('build', 'compiling the app')
  // Taken before compiling: a file saved meanwhile makes the next start build again.
  const files = sourceFiles(root)
  const stamp = { hash: contentHash(root, files), signature: signatureOf(root, files) }
  rmSync(stampPath(root), { force: true })
  const result = await machine.run(
    pinnedNode(machine),
    [commandScript(root, 'electron-vite'), 'build'],
    {
      env: { ...pinnedEnvironment(machine), NODE_ENV: 'production' },
      tick: () =>
        progress.update(
          'build',
          `compiling, ${formatSeconds(machine.now().getTime() - startMs)} so far`
        )
    }
  )
  if (result.code !== 0) {
    throw new SetupFailure(
      'build',
      'The app could not be built: its sources have an error, shown above; mend it, then run this again.',
      result.output
    )
  }
  writeWhole(stampPath(root), JSON.stringify(stamp))
  progress.say('build', `built in ${formatSeconds(machine.now().getTime() - startMs)}`)
  return true
}

/**
 * Paths of all sources below the root, sorted.
 * @param {string} root
 * @returns {string[]}
 */
export function sourceFiles(root) {
  /** @type {string[]} */
  const files = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isFile() && ROOT_SOURCE.test(entry.name))
    .map((entry) => entry.name)
  /** @param {string} folder */
  const walk = (folder) => {
    if (folder === NOT_BUILT || !existsSync(join(root, folder))) return
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) walk(path)
      else files.push(path)
    }
  }
  SOURCE_FOLDERS.forEach(walk)
  return files.sort()
}

/** @param {string} root */
function stampPath(root) {
  return join(root, 'out', '.stamp')
}

/** @param {string} root @param {string[]} files */
function signatureOf(root, files) {
  const hash = createHash('sha256')
  for (const file of files) {
    const { size, mtimeMs } = statSync(join(root, file))
    hash.update(`${file}\0${size}\0${mtimeMs}\n`)
  }
  return hash.digest('hex')
}

/** @param {string} root @param {string[]} files */
function contentHash(root, files) {
  const hash = createHash('sha256')
  for (const file of files) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0')
  }
  return hash.digest('hex')
}
