import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { tfjsFolder } from './engine-addon.mjs'
import { readPins, tensorflowWheel } from './engine-pins.mjs'
import { fileBytes, readJson, writeWhole } from './files.mjs'
import { notesFolder } from './machine.mjs'

/** @typedef {import('./engine-pins.mjs').EngineKind} EngineKind */
/** @typedef {import('./engine-pins.mjs').Pins} Pins */

/**
 * lib/napi-v8/engine.json of tfjs-node-gpu, written last: what was built there and how it did.
 * @typedef {object} EngineRecord
 * @property {EngineKind} kind
 * @property {string} tensorflow version that the loaded library reports
 * @property {string} wheel file name
 * @property {string} sha256 of the wheel
 * @property {string} compiler
 * @property {string} builtAt ISO time
 * @property {string} builtWith the Node it was tested in
 * @property {number} gflops of a 1024 x 1024 float32 matrix product, when it was built
 * @property {'cpu' | 'gpu'} device where that product was computed
 * @property {string[]} libraryPath folders of further libraries, below the package
 * @property {Record<string, number>} files bytes of every installed file, below the package
 */

/** Below the package. */
export const RECORD = join('lib', 'napi-v8', 'engine.json')
export const ADDON = join('lib', 'napi-v8', 'tfjs_binding.node')

/**
 * The engine that is installed in this checkout, undefined unless it is whole and as pinned.
 * @param {string} root
 * @param {Pins} pins
 * @returns {EngineRecord | undefined}
 */
export function installedEngine(root, pins = readPins()) {
  const folder = tfjsFolder(root)
  /** @type {EngineRecord | undefined} */
  const record = readJson(join(folder, RECORD))
  if (!record?.files || !pins.kinds[record.kind]) return undefined
  if (record.sha256 !== tensorflowWheel(pins, record.kind).sha256) return undefined
  const whole = Object.entries(record.files).every(
    ([path, bytes]) => fileBytes(join(folder, path)) === bytes
  )
  return whole ? record : undefined
}

/**
 * Why the last try to install the engine failed, if it did.
 * @param {string} root
 * @returns {{ code: string, message: string, at: string } | undefined}
 */
export function engineFailure(root) {
  return readJson(failurePath(root))
}

/**
 * Remembers a failed install, or with undefined that there is none.
 * @param {string} root
 * @param {{ code: string, message: string, at: string } | undefined} failure
 */
export function noteEngineFailure(root, failure) {
  if (failure) writeWhole(failurePath(root), JSON.stringify(failure))
  else rmSync(failurePath(root), { force: true })
}

/**
 * One line for people.
 * @param {EngineRecord} engine
 */
export function describeEngine({ kind, tensorflow, gflops, device }) {
  return `TensorFlow ${tensorflow} (${kind} build, on the ${device === 'gpu' ? 'GPU' : 'processor'}), ${gflops} GFLOP/s when it was installed`
}

/** @param {string} root */
function failurePath(root) {
  return join(notesFolder(root), 'engine-failure.json')
}
