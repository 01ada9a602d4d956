#!/usr/bin/env node
import { runCommand, SetupFailure } from './failure.mjs'
import { become } from './foreground.mjs'
import { thisMachine } from './machine.mjs'
import { commandScript, pinnedEnvironment, pinnedNode } from './pinned-node.mjs'
import { isPrepared, prepare } from './prepare.mjs'

/**
 * npm run fuzz [-- --cases N --seed N]: the fuzzing of test/main/fuzz in its long form, 100,000 cases in all unless
 * told otherwise. A case that fails is shrunk and printed with the seed that makes it again.
 */

await runCommand(async () => {
  const machine = thisMachine()
  const words = process.argv.slice(2)
  /** @param {string} name @param {string} usual */
  const option = (name, usual) => {
    const at = words.indexOf(`--${name}`)
    const text = at < 0 ? usual : words[at + 1]
    if (text !== undefined && /^\d{1,9}$/.test(text)) return text
    throw new SetupFailure('usage', `fuzz: --${name} needs a whole number.`)
  }
  const env = pinnedEnvironment(machine)
  env['GROKSCOPE_FUZZ_CASES'] = option('cases', '100000')
  env['GROKSCOPE_FUZZ_SEED'] = option('seed', String(Date.now() % 2 ** 31))
  const parts = { build: false, engine: false }
  if (!isPrepared(machine.root, parts)) await prepare(machine, parts)
  const script = commandScript(machine.root, 'vitest')
  const args = ['run', '--project', 'node', 'test/main/fuzz', '--testTimeout', '3600000']
  process.stderr.write(`${env['GROKSCOPE_FUZZ_CASES']} cases, seed ${env['GROKSCOPE_FUZZ_SEED']}\n`)
  await become(pinnedNode(machine), [script, ...args], env)
})
