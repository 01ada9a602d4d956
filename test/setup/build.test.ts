import { existsSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { buildIsFresh, ensureBuild, sourceFiles } from '../../src/setup/build.mjs'
import { fakeMachine, removeFolders, writeFiles, type FakeMachine } from './fake-machine'

afterEach(removeFolders)

/** A checkout whose compiler writes out/main/cli.js. */
function checkout(): FakeMachine {
  const machine = fakeMachine()
  writeFiles(machine.root, {
    'package.json': '{}',
    'electron.vite.config.ts': '',
    'README.md': '',
    'src/main/cli.ts': 'one',
    'src/setup/start.mjs': '',
    'resources/presets/small.json': '{}',
    'node_modules/.bin/electron-vite': ''
  })
  machine.answer = () => {
    writeFiles(machine.root, { 'out/main/cli.js': 'built' })
    return undefined
  }
  return machine
}

describe('the build', () => {
  it('is made once, and again after a change of any source', async () => {
    const machine = checkout()
    expect(await ensureBuild(machine)).toBe(true)
    expect(await ensureBuild(machine)).toBe(false)
    for (const file of [
      'src/main/cli.ts',
      'resources/presets/new.json',
      'electron.vite.config.ts'
    ]) {
      writeFiles(machine.root, { [file]: `changed ${file}` })
      expect(buildIsFresh(machine.root)).toBe(false)
      expect(await ensureBuild(machine)).toBe(true)
    }
  })

  it('is not made again for files that were only touched, or that are not built', async () => {
    const machine = checkout()
    await ensureBuild(machine)
    const later = new Date('2030-01-01')
    utimesSync(join(machine.root, 'src/main/cli.ts'), later, later)
    writeFiles(machine.root, { 'src/setup/start.mjs': 'changed', 'README.md': 'changed' })
    expect(buildIsFresh(machine.root)).toBe(true)
    expect(buildIsFresh(machine.root)).toBe(true)
  })

  it('is not taken for made when the compiler failed or was ended', async () => {
    const machine = checkout()
    await ensureBuild(machine)
    writeFiles(machine.root, { 'src/main/cli.ts': 'broken' })
    machine.answer = () => ({ code: 1, output: 'cli.ts:1 unexpected token' })
    const attempt = ensureBuild(machine)
    await expect(attempt).rejects.toThrow(/could not be built.*run this again/)
    await expect(attempt).rejects.toMatchObject({ detail: 'cli.ts:1 unexpected token' })
    writeFiles(machine.root, { 'src/main/cli.ts': 'one' })
    expect(existsSync(join(machine.root, 'out/main/cli.js'))).toBe(true)
    expect(buildIsFresh(machine.root)).toBe(false)
  })

  it('is compiled by the pinned Node from all sources but set-up', async () => {
    const machine = checkout()
    await ensureBuild(machine)
    expect(machine.ran[0]).toMatch(/electron-vite build$/)
    expect(sourceFiles(machine.root)).toEqual([
      'electron.vite.config.ts',
      'package.json',
      'resources/presets/small.json',
      'src/main/cli.ts'
    ])
  })
})
