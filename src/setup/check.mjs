#!/usr/bin/env node
import { runCommand } from './failure.mjs'
import { runInForeground } from './foreground.mjs'
import { thisMachine } from './machine.mjs'
import { commandScript, pinnedEnvironment, pinnedNode } from './pinned-node.mjs'
import { prepare } from './prepare.mjs'

/** npm run check: format, lint, both type checks and the components; all of them, then the verdict. */

/** What passed and has not changed is not looked at again. A clean clone has no such memory. */
const CACHE = 'node_modules/.cache/eslint/'

const CHECKS = [
  { name: 'format', command: ['prettier', '--check', '--cache', '.'] },
  {
    name: 'lint',
    command: ['eslint', '--max-warnings', '0', '--cache', '--cache-location', CACHE, '.']
  },
  { name: 'types of Node code and set-up', command: ['tsc', '-p', 'tsconfig.node.json'] },
  { name: 'types of the page', command: ['tsc', '-p', 'tsconfig.web.json'] },
  {
    name: 'components',
    command: ['svelte-check', '--fail-on-warnings', '--tsconfig', 'tsconfig.web.json']
  }
]

await runCommand(async () => {
  const machine = thisMachine()
  await prepare(machine, {})
  /** @type {string[]} */
  const failed = []
  for (const { name, command } of CHECKS) {
    const [program = '', ...args] = command
    process.stdout.write(`\n== ${name}: ${command.join(' ')}\n`)
    const { code } = await runInForeground(
      pinnedNode(machine),
      [commandScript(machine.root, program), ...args],
      pinnedEnvironment(machine),
      machine.root
    )
    if (code !== 0) failed.push(name)
  }
  process.stdout.write(failed.length ? `\nfailed: ${failed.join(', ')}\n` : '\nall checks passed\n')
  process.exitCode = failed.length ? 1 : 0
})
