#!/usr/bin/env node
import { ensureEngine } from './engine-install.mjs'
import { chosenKind } from './engine-kind.mjs'
import { describeEngine } from './engine-record.mjs'
import { runCommand, SetupFailure } from './failure.mjs'
import { thisMachine } from './machine.mjs'
import { prepare } from './prepare.mjs'

/**
 * npm run engine [-- --cuda | --cpu]: installs the native engine and tests it; without either, the one
 * that is installed, else the one that suits this machine. Exit code 3 on a platform that has none, 2
 * for an unknown argument, 1 for every other failure.
 */

const UNSUPPORTED = 3
const MISUSED = 2

await runCommand(
  async () => {
    const machine = thisMachine()
    const kind = readKind(process.argv.slice(2))
    await prepare(machine, {})
    const { engine, changed } = await ensureEngine(machine, { kind, retry: true })
    machine.progress.say(
      'engine',
      `${changed ? 'installed' : 'up to date'}: ${describeEngine(engine)}`
    )
    if (engine.kind === 'cuda' && engine.device === 'cpu') {
      machine.progress.say(
        'engine',
        'It sees no GPU: `npx grokscope doctor` says why, and what to do.'
      )
    } else if (engine.kind === 'cpu' && machine.find(['nvidia-smi'])) {
      machine.progress.say(
        'engine',
        'This machine has an NVIDIA driver: `npm run engine -- --cuda` makes Grokscope train on its GPU (3.4 GB to fetch).'
      )
    }
  },
  { platform: UNSUPPORTED, processor: UNSUPPORTED, usage: MISUSED }
)

/**
 * @param {string[]} args
 * @returns {'cpu' | 'cuda' | 'auto'}
 */
function readKind(args) {
  const unknown = args.find((arg) => arg !== '--cuda' && arg !== '--cpu')
  if (unknown !== undefined) {
    throw new SetupFailure(
      'usage',
      `npm run engine does not know ${unknown}: use it alone, or with -- --cuda for an NVIDIA GPU.`
    )
  }
  return chosenKind(args)
}
