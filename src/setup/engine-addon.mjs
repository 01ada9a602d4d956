import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { SetupFailure } from './failure.mjs'
import { sha256OfText } from './files.mjs'
import { formatSeconds } from './progress.mjs'

/** @typedef {import('./machine.mjs').Machine} Machine */
/** @typedef {import('./engine-pins.mjs').Pins} Pins */
/** @typedef {import('./engine-cache.mjs').Unpacked} Unpacked */

/** One binary serves Node 18 to 24 and Electron: all of them have this Node-API. */
const NAPI_VERSION = 8
const SOURCES = ['tfjs_backend.cc', 'tfjs_binding.cc']

/** Where the addon looks for TensorFlow, seen from lib/napi-v8 of the package. */
const RPATH = '$ORIGIN/../../deps/lib'

/**
 * @param {string} root
 * @returns {string} folder of the package that the engine is built into
 */
export function tfjsFolder(root) {
  return join(root, 'node_modules', '@tensorflow', 'tfjs-node-gpu')
}

/**
 * The compiler that builds the addon, or undefined where an addon for these sources and this wheel
 * is cached and none is installed.
 * @param {Machine} machine
 * @param {string} cache
 * @param {string} wheelSha256
 * @returns {string | undefined}
 * @throws SetupFailure 'compiler'
 */
export function findCompiler(machine, cache, wheelSha256) {
  const named = machine.env['CXX']
  const compiler = machine.find([...(named ? [named] : []), 'g++', 'c++', 'clang++'])
  if (compiler) return compiler
  if (cachedAddons(machine.root, cache, wheelSha256).length > 0) return undefined
  throw new SetupFailure(
    'compiler',
    'The native engine is compiled on this machine, and no C++ compiler (g++) is on the PATH: install one (Debian and Ubuntu: apt-get install g++), then run `npm run engine`.'
  )
}

/**
 * Compiles tfjs-node's addon against TensorFlow's libraries and headers; from the cache when the
 * same compiler has done it for the same sources and the same wheel.
 * @param {Machine} machine
 * @param {Pins} pins
 * @param {Unpacked} tensorflow
 * @param {string} cache
 * @returns {Promise<{ path: string, compiler: string }>}
 * @throws SetupFailure 'compiler' or 'compile'
 */
export async function ensureAddon(machine, pins, tensorflow, cache) {
  const { root, progress } = machine
  const compiler = findCompiler(machine, cache, tensorflow.wheel.sha256)
  if (!compiler) {
    return {
      path: String(cachedAddons(root, cache, tensorflow.wheel.sha256)[0]),
      compiler: 'cached'
    }
  }
  const identity = String((await machine.run(compiler, ['--version'])).stdout.split('\n')[0])
  const options = compilerOptions(pins)
  const path = join(
    addonFolder(cache),
    `${addonPrefix(root, tensorflow.wheel.sha256)}${sha256OfText([identity, ...options].join('\n')).slice(0, 12)}.node`
  )
  if (existsSync(path)) return { path, compiler: identity }
  const startMs = machine.now().getTime()
  progress.say('engine', `compiling the addon with ${identity}`)
  mkdirSync(addonFolder(cache), { recursive: true })
  const aside = `${path}.${process.pid}`
  const result = await machine.run(
    compiler,
    [...options, ...inputs(root, tensorflow.folder), '-o', aside],
    {
      tick: () =>
        progress.update(
          'engine',
          `compiling the addon, ${formatSeconds(machine.now().getTime() - startMs)} so far`
        )
    }
  )
  if (result.code !== 0) {
    rmSync(aside, { force: true })
    throw new SetupFailure(
      'compile',
      `${identity || compiler} could not compile the native engine (its words are above): update it to a version with C++17, such as g++ 9 or newer, then run \`npm run engine\`.`,
      result.output
    )
  }
  renameSync(aside, path)
  return { path, compiler: identity }
}

/**
 * What decides the result besides the sources.
 * @param {Pins} pins
 */
function compilerOptions(pins) {
  return [
    ...['-std=c++17', '-O2', '-fPIC', '-shared', '-w'],
    `-DNAPI_VERSION=${NAPI_VERSION}`,
    `-D_GLIBCXX_USE_CXX11_ABI=${pins.cxx11Abi}`,
    `-Wl,-rpath,${RPATH}`
  ]
}

/**
 * @param {string} root
 * @param {string} unpacked folder with the unpacked TensorFlow wheel
 */
function inputs(root, unpacked) {
  const tensorflow = join(unpacked, 'tensorflow')
  return [
    `-I${join(tensorflow, 'include')}`,
    `-I${join(root, 'node_modules', 'node-api-headers', 'include')}`,
    ...SOURCES.map((source) => join(tfjsFolder(root), 'binding', source)),
    join(tensorflow, 'libtensorflow_cc.so.2'),
    join(tensorflow, 'libtensorflow_framework.so.2')
  ]
}

/** @param {string} root @param {string} cache @param {string} wheelSha256 */
function cachedAddons(root, cache, wheelSha256) {
  const folder = addonFolder(cache)
  if (!existsSync(folder)) return []
  const prefix = addonPrefix(root, wheelSha256)
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && name.endsWith('.node'))
    .map((name) => join(folder, name))
}

/** @param {string} cache */
function addonFolder(cache) {
  return join(cache, 'addons')
}

/** @param {string} root @param {string} wheelSha256 */
function addonPrefix(root, wheelSha256) {
  const folder = join(tfjsFolder(root), 'binding')
  const sources = readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'))
  return `${sha256OfText([wheelSha256, ...sources].join('\0')).slice(0, 16)}-`
}
