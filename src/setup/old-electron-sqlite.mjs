import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SetupFailure } from './failure.mjs'
import { cacheFolder } from './machine.mjs'

/**
 * better-sqlite3 for an Electron older than Node-API 10, as a machine that cannot download today's may have one:
 * the package's own sources, compiled with old-electron-sqlite.h in front. Under a minute the first time, then
 * kept outside the checkout. The app is told of it by GROKSCOPE_SQLITE.
 *
 * @typedef {import('./machine.mjs').Machine} Machine
 */

/** better-sqlite3 13 asks for this Node-API. */
const NODE_API_WANTED = 10

/**
 * @param {Machine} machine
 * @param {string} program of Electron
 * @returns {Promise<string | undefined>} path of a better-sqlite3 it can load; undefined: the package's own will do
 */
export async function sqliteForElectron(machine, program) {
  const env = { ...machine.env, ELECTRON_RUN_AS_NODE: '1' }
  const { stdout } = await machine.run(program, ['-p', 'process.versions.napi'], { env })
  const version = Number(stdout.trim())
  if (!(version < NODE_API_WANTED)) return undefined

  const source = join(machine.root, 'node_modules', 'better-sqlite3')
  const header = fileURLToPath(new URL('./old-electron-sqlite.h', import.meta.url))
  const hash = createHash('sha256')
  for (const file of [join(source, 'package.json'), header]) hash.update(readFileSync(file))
  const built = join(cacheFolder(machine), `better-sqlite3-${hash.digest('hex').slice(0, 16)}`)
  const entry = join(built, 'lib', 'index.js')
  if (existsSync(entry)) return entry

  machine.progress.say('sqlite', `compiling it for an Electron with Node-API ${version}`)
  const aside = `${built}.${process.pid}.partial`
  const release = join(aside, 'build', 'Release')
  try {
    mkdirSync(release, { recursive: true })
    for (const part of ['lib', 'package.json']) {
      cpSync(join(source, part), join(aside, part), { recursive: true })
    }
    await compile(machine, source, header, release)
    if (!existsSync(entry)) renameSync(aside, built)
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
  return entry
}

/**
 * As binding.gyp and deps/sqlite3.gyp have it, at a lower optimisation.
 * @param {Machine} machine
 * @param {string} source
 * @param {string} header
 * @param {string} release folder for the addon
 */
async function compile(machine, source, header, release) {
  const amalgamation = join(source, 'deps', 'sqlite3')
  const gyp = readFileSync(join(source, 'deps', 'defines.gypi'), 'utf8')
  const defines = [...gyp.matchAll(/'((?:HAVE|SQLITE)_[^']*)'/g)].map(([, define]) => `-D${define}`)
  const modules = join(machine.root, 'node_modules')
  const common = ['-O1', '-w', '-fPIC', '-c']
  const objects = ['addon.o', 'sqlite3.o'].map((name) => join(release, name))
  await Promise.all([
    run(machine, 'gcc', [
      ...[...common, ...defines, '-std=gnu99', join(amalgamation, 'sqlite3.c')],
      ...['-o', join(release, 'sqlite3.o')]
    ]),
    run(machine, 'g++', [
      ...[...common, '-std=c++20', '-fvisibility=hidden', '-DNAPI_VERSION=10'],
      ...['-DNAPI_DISABLE_CPP_EXCEPTIONS', '-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'],
      `-I${join(modules, 'node-api-headers', 'include')}`,
      `-I${join(modules, 'node-addon-api')}`,
      `-I${amalgamation}`,
      ...['-include', header, join(source, 'src', 'better_sqlite3.cpp')],
      ...['-o', join(release, 'addon.o')]
    ])
  ])
  await run(machine, 'g++', [
    ...['-shared', ...objects, '-Wl,-Bsymbolic', '-ldl', '-lpthread'],
    ...['-o', join(release, 'better_sqlite3.node')]
  ])
  for (const object of objects) rmSync(object)
}

/**
 * @param {Machine} machine
 * @param {string} compiler
 * @param {string[]} args
 */
async function run(machine, compiler, args) {
  const program = machine.find([compiler])
  const result = program && (await machine.run(program, args))
  if (result && result.code === 0) return
  throw new SetupFailure(
    'compiler',
    `SQLite could not be compiled for the older Electron that ELECTRON_OVERRIDE_DIST_PATH names (${result ? 'the compiler refused' : `there is no ${compiler}`}): install gcc and g++, or unset that variable.`,
    result ? result.output : ''
  )
}
