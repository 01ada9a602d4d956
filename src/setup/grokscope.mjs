#!/usr/bin/env node
import { join } from 'node:path'
import { runCommand } from './failure.mjs'
import { become } from './foreground.mjs'
import { thisMachine } from './machine.mjs'
import { pinnedNode } from './pinned-node.mjs'
import { isPrepared, prepare } from './prepare.mjs'

/**
 * npx grokscope VERB ...: the command line. Runs under any Node from 20 on, sets the checkout up
 * where that is needed (on stderr, silent otherwise), and becomes out/main/cli.js on the pinned Node.
 */

await runCommand(async () => {
  const machine = thisMachine()
  /** @type {import('./prepare.mjs').Parts} */
  const parts = { engine: true, engineKind: 'auto', build: true }
  if (!isPrepared(machine.root, parts)) await prepare(machine, parts)
  const cli = join(machine.root, 'out', 'main', 'cli.js')
  await become(pinnedNode(machine), [cli, ...process.argv.slice(2)], machine.env)
})
