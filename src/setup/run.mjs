#!/usr/bin/env node
import { resolve } from 'node:path'
import { runCommand, SetupFailure } from './failure.mjs'
import { become } from './foreground.mjs'
import { thisMachine } from './machine.mjs'
import { commandScript, pinnedEnvironment, pinnedNode } from './pinned-node.mjs'
import { isPrepared, prepare } from './prepare.mjs'

/**
 * run.mjs COMMAND args...: a command of node_modules/.bin, on the pinned Node.
 * run.mjs --build FILE args...: a file of the built app, built first where it is stale.
 * Set-up speaks on stderr only.
 */

await runCommand(async () => {
  const machine = thisMachine()
  const [first, ...rest] = process.argv.slice(2)
  const build = first === '--build'
  const target = build ? rest.shift() : first
  if (!target) {
    throw new SetupFailure(
      'usage',
      'run.mjs needs what to run: a command of node_modules/.bin, or --build and a file of out/main.'
    )
  }
  const parts = { build, engine: build }
  if (!isPrepared(machine.root, parts)) await prepare(machine, parts)
  const script = build ? resolve(machine.root, target) : commandScript(machine.root, target)
  await become(pinnedNode(machine), [script, ...rest], pinnedEnvironment(machine))
})
