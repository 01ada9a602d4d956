import { buildIsFresh, ensureBuild } from './build.mjs'
import { ensureEngine } from './engine-install.mjs'
import { describeEngine, engineFailure, installedEngine } from './engine-record.mjs'
import { SetupFailure } from './failure.mjs'
import { checkoutLock, withLock } from './lock.mjs'
import { ensurePackages, packagesAreFresh } from './packages.mjs'
import { linkPrograms } from './pinned-node.mjs'

/** @typedef {import('./machine.mjs').Machine} Machine */
/** @typedef {import('./engine-record.mjs').EngineRecord} EngineRecord */

/**
 * What set-up should see to; packages always.
 * @typedef {object} Parts
 * @property {boolean} [engine]
 * @property {'cpu' | 'cuda' | 'auto'} [engineKind] see ensureEngine
 * @property {boolean} [retryEngine] also when it failed a short time ago
 * @property {boolean} [build]
 */

/**
 * What set-up found or did. Where there is no native engine, why.
 * @typedef {object} Prepared
 * @property {EngineRecord} [engine]
 * @property {string} [engineMissing]
 * @property {string[]} changed 'packages', 'engine', 'build'
 */

/**
 * Makes the checkout ready: packages, pinned Node, native engine, build. Does nothing, and says
 * nothing, where all of it is. A missing engine is no error: the app trains on wasm then.
 * @param {Machine} machine
 * @param {Parts} parts
 * @returns {Promise<Prepared>}
 * @throws SetupFailure from packages or build
 */
export async function prepare(machine, parts) {
  return withLock(
    checkoutLock(machine.root),
    async () => {
      /** @type {Prepared} */
      const prepared = { changed: [] }
      if (await ensurePackages(machine)) prepared.changed.push('packages')
      linkPrograms(machine)
      if (parts.engine)
        Object.assign(prepared, await engineOrReason(machine, parts, prepared.changed))
      if (parts.build && (await ensureBuild(machine))) prepared.changed.push('build')
      return prepared
    },
    () =>
      machine.progress.say('setup', 'another set-up of this checkout is at work: waiting for it')
  )
}

/**
 * Whether a start needs no set-up. Looks at files only (a few milliseconds), and takes an engine
 * that could not be installed for settled: `npm start` tries again, a command does not wait for it.
 * @param {string} root
 * @param {Parts} parts
 */
export function isPrepared(root, parts) {
  return (
    packagesAreFresh(root) &&
    (!parts.engine || Boolean(installedEngine(root) ?? engineFailure(root))) &&
    (!parts.build || buildIsFresh(root))
  )
}

/**
 * @param {Machine} machine
 * @param {Parts} parts
 * @param {string[]} changed
 * @returns {Promise<Pick<Prepared, 'engine' | 'engineMissing'>>}
 */
async function engineOrReason(machine, { retryEngine, engineKind }, changed) {
  try {
    const result = await ensureEngine(machine, { kind: engineKind, retry: retryEngine })
    if (result.changed) {
      changed.push('engine')
      machine.progress.say('engine', describeEngine(result.engine))
    }
    return { engine: result.engine }
  } catch (error) {
    if (!(error instanceof SetupFailure)) throw error
    if (error.detail) machine.progress.say('engine', error.detail.trim())
    machine.progress.say('engine', error.message)
    return { engineMissing: error.message }
  }
}
