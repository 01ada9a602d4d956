import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * The TensorFlow that the engine is built on, wheel by wheel (engine-pins.json). One Python version
 * is pinned because only the libraries in the wheel are used: pip fetches it under any Python.
 * @typedef {object} Pins
 * @property {string} tensorflow version
 * @property {{ version: string, implementation: string, abi: string }} python
 * @property {0 | 1} cxx11Abi the string layout that the wheel's libraries were compiled with
 * @property {Record<'tensorflow' | 'nvidia', string[]>} members what is unpacked of such a wheel
 * @property {Record<EngineKind, { wheels: Wheel[] }>} kinds
 */

/** @typedef {'cpu' | 'cuda'} EngineKind */

/**
 * @typedef {object} Wheel
 * @property {string} project
 * @property {string} version
 * @property {string} file
 * @property {string} sha256
 * @property {number} bytes
 * @property {number} unpackedBytes of the members that are wanted
 * @property {'tensorflow' | 'nvidia'} members
 */

/** @returns {Pins} */
export function readPins() {
  return JSON.parse(
    readFileSync(fileURLToPath(new URL('engine-pins.json', import.meta.url)), 'utf8')
  )
}

/**
 * The wheel that holds TensorFlow itself.
 * @param {Pins} pins
 * @param {EngineKind} kind
 * @returns {Wheel}
 */
export function tensorflowWheel(pins, kind) {
  const wheel = pins.kinds[kind].wheels.find(({ members }) => members === 'tensorflow')
  if (!wheel) throw new Error(`engine-pins.json names no TensorFlow wheel for ${kind}`)
  return wheel
}
