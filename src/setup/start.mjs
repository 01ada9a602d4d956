#!/usr/bin/env node
import { join } from 'node:path'
import { ensureElectron, sandboxProblem } from './electron.mjs'
import { chosenKind } from './engine-kind.mjs'
import { describeEngine } from './engine-record.mjs'
import { runCommand } from './failure.mjs'
import { become } from './foreground.mjs'
import { thisMachine } from './machine.mjs'
import { sqliteForElectron } from './old-electron-sqlite.mjs'
import { pinnedNode } from './pinned-node.mjs'
import { prepare } from './prepare.mjs'

/**
 * npm start [-- --browser] [--cpu | --cuda] [arguments of the app]: set-up, then the window; the same
 * page in a browser where there can be no window. Where nothing is installed yet, an NVIDIA driver
 * decides on the engine, unless --cpu or --cuda does.
 */

await runCommand(async () => {
  const machine = thisMachine()
  const { progress } = machine
  const own = ['--browser', '--cpu', '--cuda']
  const args = process.argv.slice(2).filter((arg) => !own.includes(arg))
  const engineKind = chosenKind(process.argv)
  const prepared = await prepare(machine, { engine: true, engineKind, build: true })
  if (prepared.changed.length === 0) progress.say('setup', 'up to date')
  if (prepared.engine) {
    if (!prepared.changed.includes('engine'))
      progress.say('engine', describeEngine(prepared.engine))
  } else {
    progress.say('engine', 'Grokscope trains on its WebAssembly engine until then.')
  }

  const window = process.argv.includes('--browser')
    ? { reason: 'Asked for with --browser.' }
    : await findWindow(machine)
  const env = { ...machine.env }
  // Set by editors that are Electron programs themselves; it would make ours a plain Node.
  delete env['ELECTRON_RUN_AS_NODE']
  if ('reason' in window) {
    progress.say('app', `${window.reason} Serving the same page to a browser instead:`)
    const cli = join(machine.root, 'out', 'main', 'cli.js')
    await become(pinnedNode(machine), [cli, 'serve', ...args], env)
    return
  }
  const sqlite = await sqliteForElectron(machine, window.program)
  if (sqlite) env['GROKSCOPE_SQLITE'] = sqlite
  if (machine.isRoot && machine.platform === 'linux') {
    progress.say('app', "Opening the window; as root, without Chromium's sandbox.")
    args.unshift('--no-sandbox')
  } else {
    progress.say('app', 'opening the window')
  }
  await become(window.program, [machine.root, ...args], env)
})

/**
 * @param {import('./machine.mjs').Machine} machine
 * @returns {Promise<import('./electron.mjs').ElectronFound>}
 */
async function findWindow(machine) {
  const { env, platform } = machine
  if (platform === 'linux' && !env['DISPLAY'] && !env['WAYLAND_DISPLAY']) {
    return { reason: 'There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set).' }
  }
  const found = await ensureElectron(machine)
  if ('reason' in found) return found
  const problem = sandboxProblem(machine, found.folder)
  return problem ? { reason: problem } : found
}
