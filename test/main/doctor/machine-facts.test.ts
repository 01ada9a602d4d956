import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findCudaLibraries, parseLdconfig } from '../../../src/main/doctor/cuda-libraries'
import { describeFolder, measureWriting } from '../../../src/main/doctor/folder'
import { findEngine, libraryArch } from '../../../src/main/doctor/installed-engine'
import { cpuFeatures, describeSystem, wslVersion } from '../../../src/main/doctor/processor'
import { compareVersions, requirements } from '../../../src/main/doctor/requirements'
import { temporaryFolder } from '../../support/library'
import { recorded, said } from '../../support/machines'

test('vector instructions are read from /proc/cpuinfo, of x86 and of Arm', () => {
  const x86 =
    'processor\t: 0\nflags\t\t: fpu vme avx fma avx2 avx512f avx512vl\nbugs\t\t: spectre\n'
  expect(cpuFeatures(x86)).toEqual(['avx', 'avx2', 'fma', 'avx512f'])
  expect(cpuFeatures('processor\t: 0\nFeatures\t: fp asimd crc32 sve\n')).toEqual(['asimd', 'sve'])
  expect(cpuFeatures('processor : 0\n')).toEqual([])
})

test('WSL is known by its kernel, and told from Linux', () => {
  expect(wslVersion('4.4.0-19041-Microsoft')).toBe(1)
  expect(wslVersion('5.15.90.1-microsoft-standard-WSL2 #1 SMP')).toBe(2)
  expect(wslVersion('6.1.0-18-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1')).toBeNull()
  expect(describeSystem()).toMatch(/\S/)
})

test('versions are compared by number, not by letter', () => {
  expect(compareVersions('525.60.13', '525.60.13')).toBe(0)
  expect(compareVersions('525.9', '525.60.13')).toBeLessThan(0)
  expect(compareVersions('1000', '525.60.13')).toBeGreaterThan(0)
  expect(compareVersions('10.0', '9.0')).toBeGreaterThan(0)
})

describe('CUDA libraries', () => {
  const ldconfig = () => Promise.resolve(said({ stdout: recorded('ldconfig') }))
  const pathOf = (found: { name: string; path: string | null }[], name: string): string | null =>
    found.find((library) => library.name === name)!.path

  test('of the system are those for 64 bits that ldconfig lists', () => {
    const found = parseLdconfig(recorded('ldconfig'))
    expect(found.get('libcudnn.so.9')).toBe('/usr/lib/x86_64-linux-gnu/libcudnn.so.9')
    expect([...found.keys()]).not.toContain('libcufft.so.11')
  })

  test('that came with the engine go first, then LD_LIBRARY_PATH, then the system', async () => {
    const folder = temporaryFolder()
    const put = (path: string): string => {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), '')
      return join(folder, path)
    }
    const own = put('deps/nvidia/cuda_runtime/lib/libcudart.so.12')
    put('elsewhere/libcudart.so.12')
    const named = put('elsewhere/libcublas.so.12')
    const found = await findCudaLibraries(
      ldconfig,
      1000,
      join(folder, 'deps'),
      `/nowhere:${join(folder, 'elsewhere')}`
    )
    expect(pathOf(found, 'libcudart.so.12')).toBe(own)
    expect(pathOf(found, 'libcublas.so.12')).toBe(named)
    expect(pathOf(found, 'libcudnn.so.9')).toBe('/usr/lib/x86_64-linux-gnu/libcudnn.so.9')
    expect(pathOf(found, 'libcufft.so.11')).toBeNull()
    expect(found.map(({ name }) => name)).toEqual(requirements.libraries.map(({ name }) => name))
  })

  test('are missing where there is neither ldconfig nor a package', async () => {
    const none = () => Promise.resolve(said({ code: null, missing: true }))
    const found = await findCudaLibraries(none, 1000, null, undefined)
    expect(found.every(({ path }) => path === null)).toBe(true)
  })
})

describe('the installed engine', () => {
  /** An app with such files below node_modules. */
  function app(files: Record<string, string | Buffer>): string {
    const root = temporaryFolder()
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, 'node_modules', path)), { recursive: true })
      writeFileSync(join(root, 'node_modules', path), content)
    }
    return join(root, 'out/main/server.js')
  }
  const elf = (machine: number): Buffer => {
    const head = Buffer.alloc(64)
    head.write('\u007fELF', 0, 'latin1')
    head.writeUInt16LE(machine, 18)
    return head
  }
  const manifest = { '@tensorflow/tfjs-node-gpu/package.json': '{}' }
  const addon = '@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node'
  const record = '@tensorflow/tfjs-node-gpu/lib/napi-v8/engine.json'

  test('is its record and its addon, with the processor that it is for', () => {
    const from = app({ ...manifest, [addon]: elf(0x3e), [record]: '{"kind":"cuda"}' })
    expect(findEngine(from)).toMatchObject({
      ...{ build: 'cuda', addon: true, addonArch: 'x64', failure: null }
    })
    expect(findEngine(app({ ...manifest, [addon]: elf(0xb7) })).addonArch).toBe('arm64')
    expect(findEngine(app({ ...manifest, [addon]: 'text' })).addonArch).toBeNull()
  })

  test('that could not be installed is why', () => {
    const failure = { code: 'compiler', message: 'No compiler.', at: '2026-01-01T00:00:00Z' }
    const from = app({ ...manifest, '.grokscope/engine-failure.json': JSON.stringify(failure) })
    expect(findEngine(from)).toMatchObject({ addon: false, build: null, failure })
  })

  test('is none where the package is missing, and unknown where its record was cut short', () => {
    expect(findEngine(app({}))).toMatchObject({ folder: null, addon: false, failure: null })
    expect(findEngine(app({ ...manifest, [record]: '{"kind":' })).build).toBeNull()
    expect(libraryArch('/no/such/file')).toBeNull()
  })
})

describe('a folder', () => {
  test('that is not there is judged by the one above it, and not made', () => {
    const folder = join(temporaryFolder(), 'not', 'there')
    expect(describeFolder(folder)).toMatchObject({ exists: false, writable: true })
    expect(describeFolder(folder).freeBytes).toBeGreaterThan(0)
    expect(existsSync(folder)).toBe(false)
  })

  test('below a file can never be made', () => {
    const file = join(temporaryFolder(), 'file')
    writeFileSync(file, '')
    expect(describeFolder(join(file, 'library'))).toMatchObject({ exists: false, writable: false })
  })

  test('is written to, and left as it was', async () => {
    const folder = temporaryFolder()
    // A clock that stands still lets it write the most, 64 MB, and counts them as one millisecond.
    expect(await measureWriting(folder, () => 0, 60_000)).toBe(64 * 2 ** 20 * 1000)
    expect(readdirSync(folder)).toEqual([])
  })

  test('that takes nothing has no speed', async () => {
    expect(await measureWriting(join(temporaryFolder(), 'nowhere'), Date.now, 60_000)).toBeNull()
  })
})
