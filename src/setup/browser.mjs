import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'

/** @typedef {import('./machine.mjs').Machine} Machine */

/** A running display for windows nobody looks at. */
/** @typedef {{ display: string, stop: () => void }} Display */

const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const APT_LIMIT_MS = 600_000
const READY_LIMIT_MS = 20_000

/**
 * Chromium for the browser tests: CHROMIUM_PATH, the PATH, else Debian's package.
 * @param {Machine} machine
 * @returns {Promise<{ program: string } | { reason: string }>}
 */
export async function ensureChromium(machine) {
  const named = machine.env['CHROMIUM_PATH']
  if (named) {
    return existsSync(named)
      ? { program: named }
      : { reason: `CHROMIUM_PATH names ${named}, which does not exist: correct or unset it.` }
  }
  const present = machine.find(CHROMIUM)
  if (present) return { program: present }
  const problem = await aptInstall(machine, ['chromium', 'fonts-dejavu-core'])
  const program = machine.find(CHROMIUM)
  if (program) return { program }
  return { reason: `No Chromium on the PATH: ${problem ?? 'install one, or set CHROMIUM_PATH.'}` }
}

/**
 * Xvfb, for tests of windows where there is no display.
 * @param {Machine} machine
 * @returns {Promise<{ program: string } | { reason: string }>}
 */
export async function ensureXvfb(machine) {
  const present = machine.find(['Xvfb'])
  if (present) return { program: present }
  const problem = await aptInstall(machine, ['xvfb'])
  const program = machine.find(['Xvfb'])
  if (program) return { program }
  return { reason: `There is no display and no Xvfb: ${problem ?? 'install Xvfb.'}` }
}

/**
 * Starts Xvfb on a display that is free, and waits until it can be used.
 * @param {string} program
 * @returns {Promise<Display | { reason: string }>}
 */
export function startDisplay(program) {
  return new Promise((done) => {
    // With -displayfd Xvfb picks the number itself and writes it once it listens.
    const child = spawn(
      program,
      ['-displayfd', '3', '-screen', '0', '1600x1000x24', '-nolisten', 'tcp'],
      { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] }
    )
    let words = ''
    let number = ''
    /** @param {string} what */
    const giveUp = (what) => {
      clearTimeout(limit)
      child.kill()
      done({ reason: `Xvfb ${what}: ${words.trim() || 'it said nothing'}.` })
    }
    const limit = setTimeout(
      () => giveUp(`was not ready within ${READY_LIMIT_MS / 1000} s`),
      READY_LIMIT_MS
    )
    child.stderr?.on('data', (chunk) => (words += chunk))
    child.on('error', (error) => giveUp(`could not be run (${error.message})`))
    child.on('exit', (code) => giveUp(`ended with exit code ${code}`))
    child.stdio[3]?.on('data', (chunk) => {
      number += chunk
      if (!number.includes('\n')) return
      clearTimeout(limit)
      done({ display: `:${number.trim()}`, stop: () => child.kill() })
    })
  })
}

/**
 * Installs Debian packages where this may be done.
 * @param {Machine} machine
 * @param {string[]} packages
 * @returns {Promise<string | undefined>} why not, with the next step; undefined when installed
 */
export async function aptInstall(machine, packages) {
  const apt = machine.platform === 'linux' && machine.find(['apt-get'])
  if (!apt) return `install ${packages.join(' and ')} with this system's package manager.`
  const command = `apt-get install ${packages.join(' ')}`
  if (!machine.isRoot) return `run \`sudo ${command}\`.`
  machine.progress.say('system', command)
  const options = {
    env: { ...machine.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeoutMs: APT_LIMIT_MS,
    tick: () => machine.progress.update('system', command)
  }
  await machine.run(apt, ['update', '-qq'], options)
  const result = await machine.run(
    apt,
    ['install', '-y', '-qq', '--no-install-recommends', ...packages],
    options
  )
  if (result.code === 0) return undefined
  const error = result.output.split('\n').find((line) => line.startsWith('E: '))
  return `\`${command}\` failed (${error?.slice(3) ?? `exit code ${result.code}`}).`
}
