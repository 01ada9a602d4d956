#!/usr/bin/env node
import { ensureChromium, ensureXvfb, startDisplay } from './browser.mjs'
import { ensureElectron } from './electron.mjs'
import { ensureFigureReaders, ensureLatex } from './figure-tools.mjs'
import { runCommand } from './failure.mjs'
import { runInForeground } from './foreground.mjs'
import { thisMachine } from './machine.mjs'
import { sqliteForElectron } from './old-electron-sqlite.mjs'
import { commandScript, pinnedEnvironment, pinnedNode } from './pinned-node.mjs'
import { prepare } from './prepare.mjs'

/**
 * npm test [-- arguments of vitest]: set-up, then every test. What this machine cannot have
 * (engine, browser, window, readers of figures, LaTeX) is named in GROKSCOPE_SKIP_NATIVE, _BROWSER,
 * _ELECTRON, _FIGURES and _LATEX, and the suites that need it skip with that reason. Prints nothing
 * after vitest's closing line.
 */

await runCommand(async () => {
  const machine = thisMachine()
  const { progress } = machine
  // The tests of today's sources: an engine that failed an hour ago is tried once more.
  const prepared = await prepare(machine, { engine: true, retryEngine: true, build: true })
  const env = pinnedEnvironment(machine)
  delete env['ELECTRON_RUN_AS_NODE']
  if (prepared.engineMissing) env['GROKSCOPE_SKIP_NATIVE'] ||= prepared.engineMissing

  const chromium = await ensureChromium(machine)
  if ('reason' in chromium) env['GROKSCOPE_SKIP_BROWSER'] ||= chromium.reason
  else env['GROKSCOPE_CHROMIUM'] = chromium.program

  const electron = await ensureElectron(machine)
  if ('reason' in electron) env['GROKSCOPE_SKIP_ELECTRON'] ||= electron.reason
  else {
    env['ELECTRON_OVERRIDE_DIST_PATH'] = electron.folder
    const sqlite = await sqliteForElectron(machine, electron.program)
    if (sqlite) env['GROKSCOPE_SQLITE'] = sqlite
  }

  const noReaders = await ensureFigureReaders(machine)
  if (noReaders) env['GROKSCOPE_SKIP_FIGURES'] ||= noReaders
  const noLatex = await ensureLatex(machine)
  if (noLatex) env['GROKSCOPE_SKIP_LATEX'] ||= noLatex

  const display = await displayFor(env)
  for (const name of ['NATIVE', 'BROWSER', 'ELECTRON', 'FIGURES', 'LATEX']) {
    const reason = env[`GROKSCOPE_SKIP_${name}`]
    if (reason) progress.say('skipping', `${name.toLowerCase()} tests: ${reason}`)
  }

  try {
    const { code, signal } = await runInForeground(
      pinnedNode(machine),
      [commandScript(machine.root, 'vitest'), 'run', ...process.argv.slice(2)],
      env,
      machine.root
    )
    if (signal) process.exitCode = 1
    else process.exitCode = code ?? 1
  } finally {
    if (display && 'stop' in display) display.stop()
  }

  /**
   * A display of our own for windows, where there is none and windows will be opened.
   * @param {NodeJS.ProcessEnv} env changed: DISPLAY, or the reason why there is none
   */
  async function displayFor(env) {
    if (machine.platform !== 'linux' || env['DISPLAY'] || env['WAYLAND_DISPLAY']) return undefined
    if (env['GROKSCOPE_SKIP_ELECTRON']) return undefined
    const xvfb = await ensureXvfb(machine)
    if ('reason' in xvfb) {
      env['GROKSCOPE_SKIP_ELECTRON'] = xvfb.reason
      return undefined
    }
    const started = await startDisplay(xvfb.program)
    if ('reason' in started) env['GROKSCOPE_SKIP_ELECTRON'] = started.reason
    else env['DISPLAY'] = started.display
    return started
  }
})
