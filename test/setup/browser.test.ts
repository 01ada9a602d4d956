import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { aptInstall, ensureChromium, ensureXvfb, startDisplay } from '../../src/setup/browser.mjs'
import { fakeMachine, removeFolders, writeFiles } from './fake-machine'

afterEach(removeFolders)

describe('Chromium and Xvfb', () => {
  it('are taken from the PATH or from CHROMIUM_PATH', async () => {
    const machine = fakeMachine({ programs: new Set(['google-chrome', 'Xvfb']) })
    expect(await ensureChromium(machine)).toEqual({ program: 'google-chrome' })
    expect(await ensureXvfb(machine)).toEqual({ program: 'Xvfb' })
    machine.env['CHROMIUM_PATH'] = process.execPath
    expect(await ensureChromium(machine)).toEqual({ program: process.execPath })
    machine.env['CHROMIUM_PATH'] = '/no/such/chromium'
    expect(await ensureChromium(machine)).toEqual({
      reason: expect.stringMatching(/\/no\/such\/chromium, which does not exist/)
    })
    expect(machine.ran).toEqual([])
  })

  it('are installed by root on Debian', async () => {
    const machine = fakeMachine({ isRoot: true, programs: new Set(['apt-get']) })
    machine.answer = (line) => {
      if (line.includes('install')) machine.programs.add('chromium')
      return undefined
    }
    expect(await ensureChromium(machine)).toEqual({ program: 'chromium' })
    expect(machine.ran[0]).toBe('apt-get update -qq')
  })

  it('are asked for elsewhere, with the command', async () => {
    const user = fakeMachine({ programs: new Set(['apt-get']) })
    expect(await ensureXvfb(user)).toEqual({
      reason: 'There is no display and no Xvfb: run `sudo apt-get install xvfb`.'
    })
    expect(user.ran).toEqual([])
    const other = fakeMachine({ programs: new Set() })
    expect(await aptInstall(other, ['xvfb'])).toMatch(/this system's package manager/)
    const offline = fakeMachine({ isRoot: true, programs: new Set(['apt-get']) })
    offline.answer = () => ({ code: 100, output: 'x\nE: Unable to locate package xvfb\n' })
    expect(await aptInstall(offline, ['xvfb'])).toBe(
      '`apt-get install xvfb` failed (Unable to locate package xvfb).'
    )
  })
})

describe('a display of our own', () => {
  it('is the number that Xvfb says it listens on, and ends when it is stopped', async () => {
    const { root } = fakeMachine()
    writeFiles(root, { Xvfb: '#!/bin/sh\necho 42 >&3\nexec sleep 30\n' })
    chmodSync(join(root, 'Xvfb'), 0o755)
    const display = await startDisplay(join(root, 'Xvfb'))
    expect(display).toMatchObject({ display: ':42' })
    if ('stop' in display) display.stop()
  })

  it('is given up, with its words, when Xvfb ends or cannot be run', async () => {
    const { root } = fakeMachine()
    writeFiles(root, { Xvfb: '#!/bin/sh\necho "no fonts" >&2\nsleep 0.1\nexit 3\n' })
    chmodSync(join(root, 'Xvfb'), 0o755)
    expect(await startDisplay(join(root, 'Xvfb'))).toEqual({
      reason: 'Xvfb ended with exit code 3: no fonts.'
    })
    expect(await startDisplay('/no/such/Xvfb')).toEqual({
      reason: expect.stringMatching(/could not be run/)
    })
  })
})
