import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cpuFeatures, describeFolder, parseGpus, runProgram } from '../../../src/main/cli/machine'
import { temporaryFolder } from '../../support/library'

test('vector instructions are read from /proc/cpuinfo, of x86 and of Arm', () => {
  const x86 =
    'processor\t: 0\nflags\t\t: fpu vme avx fma avx2 avx512f avx512vl\nbugs\t\t: spectre\n'
  expect(cpuFeatures(x86)).toEqual(['avx', 'avx2', 'fma', 'avx512f'])
  expect(cpuFeatures('processor\t: 0\nFeatures\t: fp asimd crc32 sve\n')).toEqual(['asimd', 'sve'])
  expect(cpuFeatures('processor : 0\n')).toEqual([])
})

test('GPUs are read from what nvidia-smi prints', () => {
  const csv = 'NVIDIA H200, 143771 MiB, 570.86.15\nNVIDIA RTX A6000, 49140 MiB, 570.86.15\n'
  expect(parseGpus(csv)).toEqual([
    { name: 'NVIDIA H200', memory: '143771 MiB', driver: '570.86.15' },
    { name: 'NVIDIA RTX A6000', memory: '49140 MiB', driver: '570.86.15' }
  ])
  expect(parseGpus('No devices were found\n')).toEqual([])
})

describe('a folder', () => {
  test('that is not there is judged by the one above it, and not made', () => {
    const folder = join(temporaryFolder(), 'not', 'there')
    expect(describeFolder(folder)).toMatchObject({ exists: false, writable: true })
    expect(describeFolder(folder).freeBytes).toBeGreaterThan(0)
    expect(describeFolder(folder).exists).toBe(false)
  })

  test('below a file can never be made', () => {
    const file = join(temporaryFolder(), 'file')
    writeFileSync(file, '')
    expect(describeFolder(join(file, 'library'))).toMatchObject({ exists: false, writable: false })
  })
})

describe('a program', () => {
  const node = (code: string, ms = 20_000): ReturnType<typeof runProgram> =>
    runProgram(process.execPath, ['-e', code], ms)

  test('gives its output and exit code', async () => {
    const result = await node('console.log("out"); console.error("err"); process.exit(3)')
    expect(result).toEqual({
      code: 3,
      signal: null,
      timedOut: false,
      stdout: 'out\n',
      stderr: 'err\n'
    })
  })

  test('that hangs is ended', async () => {
    expect(await node('setInterval(() => {}, 1000)', 300)).toMatchObject({
      code: null,
      timedOut: true
    })
  })

  test('that is missing, or crashes, is told from one that fails', async () => {
    expect(await runProgram('/no/such/program', [], 1000)).toMatchObject({
      code: null,
      signal: null,
      timedOut: false
    })
    expect(await node('process.kill(process.pid, "SIGKILL")')).toMatchObject({
      code: null,
      signal: 'SIGKILL',
      timedOut: false
    })
  })
})
