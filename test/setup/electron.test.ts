import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { ensureElectron, sandboxProblem } from '../../src/setup/electron.mjs'
import { fakeMachine, removeFolders, writeFiles, type FakeMachine } from './fake-machine'

afterEach(removeFolders)

const DIST = 'node_modules/electron/dist'

/** A checkout with Electron's package, whose installer fetches the binary. */
function checkout(): FakeMachine {
  const machine = fakeMachine()
  writeFiles(machine.root, { 'node_modules/electron/package.json': '{"version":"45.4.1"}' })
  machine.answer = (line) => {
    if (line.includes('install.js')) {
      writeFiles(machine.root, { [`${DIST}/electron`]: '', [`${DIST}/version`]: '45.4.1' })
    }
    return undefined
  }
  return machine
}

describe("Electron's binary", () => {
  it('is fetched once', async () => {
    const machine = checkout()
    const program = join(machine.root, DIST, 'electron')
    expect(await ensureElectron(machine)).toEqual({ folder: join(machine.root, DIST), program })
    await ensureElectron(machine)
    expect(machine.ran.filter((line) => line.includes('install.js'))).toHaveLength(1)
  })

  it('is fetched again after an update of the package', async () => {
    const machine = checkout()
    writeFiles(machine.root, { [`${DIST}/electron`]: '', [`${DIST}/version`]: 'v44.0.0' })
    await ensureElectron(machine)
    expect(machine.ran.filter((line) => line.includes('install.js'))).toHaveLength(1)
  })

  it('may be named in the environment', async () => {
    const machine = checkout()
    const folder = join(machine.root, 'elsewhere')
    machine.env['ELECTRON_OVERRIDE_DIST_PATH'] = folder
    expect(await ensureElectron(machine)).toEqual({
      reason: expect.stringMatching(/elsewhere, which holds no electron: correct or unset it/)
    })
    writeFiles(folder, { electron: '' })
    expect(await ensureElectron(machine)).toEqual({ folder, program: join(folder, 'electron') })
  })

  it('is not asked for again for an hour after its download failed, unless by a test run', async () => {
    const machine = checkout()
    machine.answer = () => ({ code: 1, output: 'TypeError: fetch failed\n cause: ENOTFOUND host' })
    const reason = expect.stringMatching(
      /could not be fetched \(cause: ENOTFOUND host\).*install-electron/
    )
    expect(await ensureElectron(machine)).toEqual({ reason })
    expect(await ensureElectron(machine)).toEqual({ reason })
    expect(machine.ran).toHaveLength(1)
    await ensureElectron(machine, { retry: true })
    expect(machine.ran).toHaveLength(2)
    machine.time = new Date(machine.time.getTime() + 3_600_001)
    await ensureElectron(machine)
    expect(machine.ran).toHaveLength(3)
  })

  it('is not waited for without end', async () => {
    const machine = checkout()
    machine.answer = (_line, _args, options) => {
      expect(options.timeoutMs).toBeGreaterThan(0)
      return { code: null, signal: 'SIGKILL', timedOut: true }
    }
    expect(await ensureElectron(machine)).toEqual({
      reason: expect.stringMatching(/no answer within 5 minutes/)
    })
  })

  it('is not started where system libraries are missing', async () => {
    const machine = checkout()
    machine.env['ELECTRON_OVERRIDE_DIST_PATH'] = machine.root
    writeFiles(machine.root, { electron: '' })
    machine.answer = () => ({
      stdout: '\tlibc.so.6 => /lib/libc.so.6\n\tlibgtk-3.so.0 => not found\n'
    })
    expect(await ensureElectron(machine)).toEqual({
      reason: expect.stringMatching(/\(libgtk-3\.so\.0\): install them/)
    })
  })
})

describe("Chromium's sandbox", () => {
  it('is refused to users by some kernels, and the sentence says how to mend that', () => {
    const machine = fakeMachine()
    writeFiles(machine.root, { 'chrome-sandbox': '' })
    const strict = (path: string): string => (path.includes('apparmor') ? '1' : '')
    expect(sandboxProblem(machine, machine.root, strict)).toMatch(
      /sudo chown root .*chrome-sandbox/
    )
    expect(sandboxProblem(machine, machine.root, () => '')).toBeUndefined()
    expect(sandboxProblem({ ...machine, isRoot: true }, machine.root, strict)).toBeUndefined()
  })
})
