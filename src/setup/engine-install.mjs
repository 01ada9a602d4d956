import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync
} from 'node:fs'
import { join } from 'node:path'
import { ensureAddon, findCompiler, tfjsFolder } from './engine-addon.mjs'
import { deleteDamaged, ensureUnpacked } from './engine-cache.mjs'
import { readPins, tensorflowWheel } from './engine-pins.mjs'
import {
  ADDON,
  engineFailure,
  installedEngine,
  noteEngineFailure,
  RECORD
} from './engine-record.mjs'
import { selfTest, selfTestFailure } from './engine-trial.mjs'
import { usableCard } from './nvidia.mjs'
import { SetupFailure } from './failure.mjs'
import { fileBytes, linkOrCopy, writeWhole } from './files.mjs'
import { withLock } from './lock.mjs'
import { cacheFolder } from './machine.mjs'
import { formatBytes } from './progress.mjs'

/** @typedef {import('./machine.mjs').Machine} Machine */
/** @typedef {import('./engine-pins.mjs').EngineKind} EngineKind */
/** @typedef {import('./engine-pins.mjs').Pins} Pins */
/** @typedef {import('./engine-cache.mjs').Unpacked} Unpacked */
/** @typedef {import('./engine-record.mjs').EngineRecord} EngineRecord */

/** A later start does not repeat what needed the network or minutes before this much time is over. */
const RETRY_AFTER_MS = 3_600_000
const CHEAP_TO_RETRY = ['platform', 'compiler', 'python', 'pip', 'disk']

/**
 * Installs the native engine unless it is there.
 * @param {Machine} machine
 * @param {object} [options]
 * @param {EngineKind | 'auto'} [options.kind] default: what is installed, else what was last asked for, else cpu;
 *   auto: the same, but where there is neither, cuda on a machine whose NVIDIA driver can run it
 * @param {boolean} [options.retry] try again even if it failed a short time ago
 * @param {Pins} [options.pins]
 * @returns {Promise<{ engine: EngineRecord, changed: boolean }>}
 * @throws SetupFailure with one sentence; the app then trains on wasm
 */
export async function ensureEngine(machine, { kind: asked, retry = false, pins } = {}) {
  return asked === 'auto'
    ? ensureBest(machine, retry, pins)
    : ensureKind(machine, asked, retry, pins)
}

/**
 * @param {Machine} machine
 * @param {boolean} retry
 * @param {Pins} [pins]
 */
async function ensureBest(machine, retry, pins) {
  const known = installedEngine(machine.root, pins) ?? rememberedKind(engineCache(machine))
  const card = known ? undefined : await usableCard(machine)
  if (!card) return ensureKind(machine, undefined, retry, pins)
  try {
    machine.progress.say(
      'engine',
      `there is an NVIDIA driver here (${card}): the engine for it is installed, 3.4 GB to fetch; \`npm run engine -- --cpu\` is the small one`
    )
    return await ensureKind(machine, 'cuda', retry, pins)
  } catch (error) {
    // The small engine needs less room, and no driver; what it needs too (a compiler, pip) is missed once.
    if (!(error instanceof SetupFailure) || !['disk', 'self-test'].includes(error.code)) throw error
    machine.progress.say('engine', `${error.message} Until then the engine for the processor:`)
    return ensureKind(machine, 'cpu', true, pins)
  }
}

/**
 * @param {Machine} machine
 * @param {EngineKind | undefined} kind
 * @param {boolean} retry
 * @param {Pins} [pins]
 */
async function ensureKind(machine, kind, retry, pins = readPins()) {
  const { root } = machine
  const present = installedEngine(root, pins)
  if (present && (kind === undefined || present.kind === kind)) {
    return { engine: present, changed: false }
  }
  const earlier = engineFailure(root)
  if (earlier && !retry && !CHEAP_TO_RETRY.includes(earlier.code)) {
    const ageMs = machine.now().getTime() - Date.parse(earlier.at)
    if (ageMs < RETRY_AFTER_MS) throw new SetupFailure(earlier.code, earlier.message)
  }
  try {
    checkPlatform(machine)
    const cache = engineCache(machine)
    const chosen = kind ?? rememberedKind(cache) ?? 'cpu'
    const engine = await withLock(
      join(cache, 'lock'),
      () => install(machine, pins, chosen, cache),
      () => machine.progress.say('engine', 'another set-up is at work on it: waiting')
    )
    writeWhole(join(cache, 'kind'), chosen)
    noteEngineFailure(root, undefined)
    return { engine, changed: true }
  } catch (error) {
    const failure = diskFailure(error, cacheFolder(machine)) ?? error
    if (failure instanceof SetupFailure) {
      const { code, message } = failure
      noteEngineFailure(root, { code, message, at: machine.now().toISOString() })
    }
    throw failure
  }
}

/**
 * The sentence for a file that could not be written.
 * @param {unknown} error
 * @param {string} cache
 * @returns {SetupFailure | undefined}
 */
function diskFailure(error, cache) {
  const { code, path } = /** @type {NodeJS.ErrnoException} */ (error)
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new SetupFailure(
      'disk',
      `The disk filled up at ${path ?? cache} while the native engine was installed: free some space or set GROKSCOPE_CACHE to a folder on a larger disk, then run \`npm run engine\`.`
    )
  }
  if (code && ['EACCES', 'EROFS', 'EPERM', 'ENOTDIR'].includes(code)) {
    return new SetupFailure(
      'disk',
      `The native engine could not be installed because ${path ?? cache} cannot be written: set GROKSCOPE_CACHE to a folder of your own or mend its permissions, then run \`npm run engine\`.`
    )
  }
  return undefined
}

/**
 * @param {Machine} machine
 * @throws SetupFailure 'platform'
 */
function checkPlatform({ platform, arch, glibc }) {
  const here = `${platform} ${arch}`
  if (platform !== 'linux' || arch !== 'x64') {
    throw new SetupFailure(
      'platform',
      `The native engine exists for Linux x64, and this is ${here}: nothing needs doing, Grokscope trains on its WebAssembly engine here.`
    )
  }
  if (glibc() === undefined) {
    throw new SetupFailure(
      'platform',
      `The native engine needs the GNU C library, and this ${here} has another: nothing needs doing, Grokscope trains on its WebAssembly engine here.`
    )
  }
}

/**
 * @param {Machine} machine
 * @param {Pins} pins
 * @param {EngineKind} kind
 * @param {string} cache
 * @returns {Promise<EngineRecord>}
 */
async function install(machine, pins, kind, cache) {
  const { wheels } = pins.kinds[kind]
  const folder = tfjsFolder(machine.root)
  findCompiler(machine, cache, tensorflowWheel(pins, kind).sha256)
  checkCheckoutDisk(machine, cache, wheels)
  for (let secondTime = false; ; secondTime = true) {
    const trees = await ensureUnpacked(machine, pins, wheels, cache)
    const tensorflow = trees.find(({ wheel }) => wheel.members === 'tensorflow')
    if (!tensorflow) throw new Error(`engine-pins.json names no TensorFlow wheel for ${kind}`)
    const addon = await ensureAddon(machine, pins, tensorflow, cache)
    const files = place(folder, trees, addon.path)
    const test = await selfTest(machine)
    if (!('reason' in test)) {
      /** @type {EngineRecord} */
      const record = {
        kind,
        tensorflow: test.tensorflow,
        wheel: tensorflow.wheel.file,
        sha256: tensorflow.wheel.sha256,
        compiler: addon.compiler,
        builtAt: machine.now().toISOString(),
        builtWith: test.node,
        gflops: test.gflops,
        device: test.device,
        libraryPath: nvidiaFolders(files),
        files: Object.fromEntries(files.map((path) => [path, fileBytes(join(folder, path))]))
      }
      writeWhole(join(folder, RECORD), JSON.stringify(record, null, 2))
      return record
    }
    // Nothing may find, and crash on, an engine that does not work.
    remove(folder)
    rmSync(addon.path)
    const damaged = await deleteDamaged(trees)
    if (damaged.length === 0 || secondTime) throw selfTestFailure(test)
    machine.progress.say('engine', `the cached ${damaged[0]} is damaged: fetching it again`)
  }
}

/**
 * Libraries are hard-linked from the cache, which costs no space, unless the checkout lies on
 * another disk.
 * @param {Machine} machine
 * @param {string} cache
 * @param {import('./engine-pins.mjs').Wheel[]} wheels
 * @throws SetupFailure 'disk'
 */
function checkCheckoutDisk(machine, cache, wheels) {
  mkdirSync(cache, { recursive: true })
  if (statSync(cache).dev === statSync(tfjsFolder(machine.root)).dev) return
  const needed = wheels.reduce((sum, { unpackedBytes }) => sum + unpackedBytes, 0)
  const free = machine.freeBytes(machine.root)
  if (free >= needed) return
  throw new SetupFailure(
    'disk',
    `The native engine needs ${formatBytes(needed)} free on the disk of this checkout, which has ${formatBytes(free)}: free some space, then run \`npm run engine\`.`
  )
}

/**
 * Puts addon and libraries into the package. The new folders are made aside, so that they stand
 * half-made for a moment only, and without engine.json, which is written after the self-test.
 * @param {string} folder of tfjs-node-gpu
 * @param {Unpacked[]} trees
 * @param {string} addon
 * @returns {string[]} installed files, below the package
 */
function place(folder, trees, addon) {
  const aside = join(folder, '.engine')
  rmSync(aside, { recursive: true, force: true })
  /** @type {string[]} */
  const files = []
  /** @param {string} from @param {string} to */
  const put = (from, to) => {
    linkOrCopy(from, join(aside, to))
    files.push(to)
  }
  for (const tree of trees) {
    for (const { path } of tree.files) {
      const library = /^tensorflow\/(libtensorflow\w*\.so\.2)$/.exec(path)
      if (library) put(join(tree.folder, path), join('deps', 'lib', String(library[1])))
      // TensorFlow's own search path, $ORIGIN/../nvidia/<part>/lib, leads from deps/lib to here.
      else if (path.startsWith('nvidia/')) {
        put(join(tree.folder, path), join('deps', path))
        const unreached = /^nvidia\/cusolver\/lib\/(libcusolver\.so\.\d+)$/.exec(path)
        if (unreached) linkBesideRuntime(aside, String(unreached[1]))
      }
    }
  }
  // The name by which tfjs-node's own build knows the library.
  symlinkSync('libtensorflow_cc.so.2', join(aside, 'deps', 'lib', 'libtensorflow.so'))
  put(addon, ADDON)
  remove(folder)
  for (const part of ['deps', 'lib']) renameSync(join(aside, part), join(folder, part))
  rmSync(aside, { recursive: true, force: true })
  return files
}

/**
 * libtensorflow_framework opens seven libraries by name, and its search path names every folder but cuSOLVER's
 * (libtensorflow_cc's does, which is not asked). Without it TensorFlow leaves the GPU alone. Beside the CUDA
 * runtime it is found, and finds its own neighbours from there.
 * @param {string} aside
 * @param {string} name
 */
function linkBesideRuntime(aside, name) {
  const folder = join(aside, 'deps', 'nvidia', 'cuda_runtime', 'lib')
  mkdirSync(folder, { recursive: true })
  symlinkSync(join('..', '..', 'cusolver', 'lib', name), join(folder, name))
}

/** @param {string} folder of tfjs-node-gpu */
function remove(folder) {
  for (const part of [RECORD, 'lib', 'deps']) {
    rmSync(join(folder, part), { recursive: true, force: true })
  }
}

/** @param {string[]} files */
function nvidiaFolders(files) {
  const folders = files.map((path) => /^deps\/nvidia\/[^/]+\/lib(?=\/)/.exec(path)?.[0])
  return [...new Set(folders.filter((folder) => folder !== undefined))]
}

/** @param {Machine} machine */
const engineCache = (machine) => join(cacheFolder(machine), 'engine')

/**
 * What was last asked for.
 * @param {string} cache
 * @returns {EngineKind | undefined}
 */
function rememberedKind(cache) {
  const path = join(cache, 'kind')
  if (!existsSync(path)) return undefined
  return readFileSync(path, 'utf8') === 'cuda' ? 'cuda' : 'cpu'
}
