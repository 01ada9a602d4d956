import { symlinkSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { askNvidia, displayVendors, parseGpus } from '../../../src/main/doctor/nvidia'
import type { ProgramResult, RunProgram } from '../../../src/main/doctor/run-program'
import { nvidia, recorded, said } from '../../support/machines'
import { temporaryFolder } from '../../support/library'

/** nvidia-smi that answers one thing after the other, and what it was asked. */
function smi(...answers: Partial<ProgramResult>[]): { run: RunProgram; asked: string[] } {
  const asked: string[] = []
  const run: RunProgram = (program, args) => {
    asked.push([program, ...args].join(' '))
    return Promise.resolve(said(answers[asked.length - 1]))
  }
  return { run, asked }
}

describe('cards', () => {
  test('are listed with driver, memory and compute capability', async () => {
    const { run, asked } = smi({ stdout: recorded('smi-h200') })
    expect(await askNvidia(run, 1000)).toEqual({
      state: 'listed',
      gpus: [
        {
          ...{ name: 'NVIDIA H200', memory: '143771 MiB' },
          ...{ driver: '570.86.15', computeCapability: '9.0' }
        }
      ]
    })
    expect(asked).toEqual([
      'nvidia-smi --query-gpu=name,memory.total,driver_version,compute_cap --format=csv,noheader'
    ])
  })

  test('of a driver that knows no compute capability are asked for again without it', async () => {
    const { run, asked } = smi(
      { code: 2, stdout: recorded('smi-470-refusal') },
      { stdout: recorded('smi-470') }
    )
    expect(await askNvidia(run, 1000)).toMatchObject({
      state: 'listed',
      gpus: [
        { name: 'NVIDIA GeForce RTX 3060', computeCapability: null },
        { name: 'Tesla P4', driver: '470.256.02' }
      ]
    })
    expect(asked[1]).not.toContain('compute_cap')
  })

  test('keep what the driver does not know for unknown', () => {
    expect(parseGpus(recorded('smi-not-available'))).toMatchObject([
      { memory: '[N/A]', computeCapability: null }
    ])
  })
})

describe('no cards', () => {
  test.each([
    ['no nvidia-smi', { code: null, missing: true }, { state: 'missing' }],
    ['one that hangs', { code: null, timedOut: true }, { state: 'hangs' }],
    ['one that crashes', { code: null, signal: 'SIGSEGV' }, { state: 'failed', words: /SIGSEGV/ }]
  ])('%s', async (_what, answer, expected) => {
    const told = await askNvidia(smi(answer).run, 1000)
    expect(told.state).toBe(expected.state)
    if ('words' in expected && told.state === 'failed') expect(told.words).toMatch(expected.words)
  })

  test.each([
    ['no-devices', 6],
    ['no-devices', 0],
    ['not-running', 9],
    ['mismatch', 18]
  ])('%s with exit code %i: the words are kept, on one line', (name, code) => {
    const told = nvidia(name, code)
    expect(told).toEqual({ state: 'failed', words: expect.not.stringContaining('\n') })
  })
})

test('display controllers are read from the PCI bus, others left out', () => {
  const bus = temporaryFolder()
  const add = (address: string, kind: string, vendor: string): void => {
    mkdirSync(join(bus, `real-${address}`))
    writeFileSync(join(bus, `real-${address}`, 'class'), `${kind}\n`)
    writeFileSync(join(bus, `real-${address}`, 'vendor'), `${vendor}\n`)
    symlinkSync(join(bus, `real-${address}`), join(bus, address))
  }
  mkdirSync(join(bus, 'devices'))
  add('0000:01:00.0', '0x030200', '0x10de')
  add('0000:02:00.0', '0x020000', '0x8086')
  expect([...new Set(displayVendors(bus))]).toEqual(['0x10de'])
  expect(displayVendors(join(bus, 'nowhere'))).toEqual([])
})
