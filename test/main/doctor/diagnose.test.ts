import { describe, expect, test } from 'vitest'
import { Finding } from '@shared/diagnosis'
import { diagnose, speed } from '../../../src/main/doctor/diagnose'
import type { Observations } from '../../../src/main/doctor/observations'
import {
  breaks,
  gpuMachine,
  machine,
  nvidia,
  recorded,
  refuses,
  withNative,
  works
} from '../../support/machines'

/** The finding that a machine's trouble is named by, and the verdict. */
function judge(seen: Observations): { id: string | undefined; verdict: string; command?: string } {
  const { findings, verdict } = diagnose(seen)
  for (const finding of findings) Finding.parse(finding)
  const [first] = findings
  const command = first?.next?.command
  return { id: first?.id, verdict, ...(command && { command }) }
}
const onCpu = (words = ''): Observations['engines'] =>
  withNative(works('native', 310, 'cpu', words))
const without = (native: Observations['engines'][0]): Observations['engines'] => withNative(native)
const notInstalled: Observations['installed'] = {
  ...{ folder: '/app/tfjs-node-gpu', build: null, addon: false, addonArch: null, failure: null }
}
const failed = (code: string, message: string): Observations['installed'] => ({
  ...notInstalled,
  failure: { code, message, at: '2026-01-01T00:00:00Z' }
})

describe('a machine where all is well', () => {
  test('with a GPU is ready, and nothing needs doing', () => {
    const { findings, trainsOn, ok, gpu, ...told } = diagnose(gpuMachine())
    expect([findings, trainsOn, ok, gpu.used, gpu.reason]).toEqual([[], 'gpu', true, true, null])
    expect(told.verdict).toBe('Ready on NVIDIA H200, 38 TFLOP/s.')
    expect(told.next).toContain('grokscope train')
  })

  test('without one says why it trains on the processor', () => {
    const { verdict, trainsOn, ok, findings } = diagnose(machine())
    expect(verdict).toBe('CPU only, because there is no NVIDIA card here: 8 cores, 310 GFLOP/s.')
    expect([trainsOn, ok]).toEqual(['cpu', true])
    expect(findings.map(({ id, level }) => [id, level])).toEqual([['gpu.none', 'note']])
  })
})

/** What is wrong, the machine, the finding, the command that it offers, words of the verdict. */
const troubles: [string, Observations, string, string | undefined, RegExp][] = [
  [
    'an AMD card',
    machine({ displayVendors: ['0x1002'] }),
    'gpu.none',
    undefined,
    /the card here is not from NVIDIA/
  ],
  [
    'an NVIDIA card without a driver',
    machine({ displayVendors: ['0x10de'] }),
    'gpu.noDriver',
    undefined,
    /the NVIDIA card here has no driver/
  ],
  [
    'a driver that hangs',
    machine({ nvidia: { state: 'hangs' } }),
    'gpu.driverHangs',
    undefined,
    /the NVIDIA driver hangs/
  ],
  [
    'a driver that was updated under a running kernel',
    machine({ nvidia: nvidia('mismatch', 18) }),
    'gpu.driverMismatch',
    undefined,
    /without a restart/
  ],
  [
    'a driver that does not run',
    machine({ nvidia: nvidia('not-running', 9) }),
    'gpu.driverStopped',
    'sudo modprobe nvidia',
    /does not run/
  ],
  [
    'a driver that finds no card',
    machine({ nvidia: nvidia('no-devices', 6) }),
    'gpu.notFound',
    undefined,
    /finds no card/
  ],
  [
    'a container that lost its GPU',
    machine({ nvidia: nvidia('unknown-error', 255) }),
    'gpu.driverFails',
    'nvidia-smi',
    /does not answer/
  ],
  [
    'a driver too old for CUDA 12',
    gpuMachine({ nvidia: nvidia('470'), engines: onCpu() }),
    'gpu.driverOld',
    undefined,
    /driver 470\.256\.02 is too old for CUDA 12/
  ],
  [
    'a card too old for the engine',
    gpuMachine({ nvidia: nvidia('k80'), engines: onCpu() }),
    'gpu.cardOld',
    undefined,
    /Tesla K80 is too old/
  ],
  [
    'a card newer than the engine, which does not run on it',
    gpuMachine({ nvidia: nvidia('5090'), engines: onCpu() }),
    'gpu.cardNew',
    undefined,
    /RTX 5090 is newer than the engine \(compute capability 12\.0\)/
  ],
  [
    'an engine for the processor beside an NVIDIA driver',
    machine({ nvidia: nvidia('h200'), engines: onCpu() }),
    'gpu.cpuBuild',
    'npm run engine -- --cuda',
    /NVIDIA H200 is idle/
  ],
  [
    'a missing CUDA library',
    gpuMachine({
      engines: onCpu(),
      libraries: gpuMachine().libraries.map((library) =>
        library.name === 'libcudnn.so.9' ? { ...library, path: null } : library
      )
    }),
    'gpu.librariesMissing',
    'npm run engine -- --cuda',
    /CUDA libraries are missing \(libcudnn\.so\.9\)/
  ],
  [
    'a CUDA library that is there and cannot be loaded',
    gpuMachine({ engines: onCpu(recorded('tensorflow-cusolver')) }),
    'gpu.librariesMissing',
    'npm run engine -- --cuda',
    /CUDA libraries are missing \(libcusolver\.so\.11\)/
  ],
  [
    "a container without the driver's part for computing",
    gpuMachine({ engines: onCpu(recorded('tensorflow-no-driver')) }),
    'gpu.driverPart',
    undefined,
    /libcuda\.so\.1/
  ],
  [
    'GPU memory that others hold',
    gpuMachine({ engines: onCpu(recorded('tensorflow-memory')) }),
    'gpu.memoryFull',
    'nvidia-smi',
    /other programs hold the memory/
  ],
  [
    'a GPU that TensorFlow leaves alone',
    gpuMachine({ engines: onCpu(recorded('tensorflow-no-device')) }),
    'gpu.unused',
    'npm run engine -- --cuda',
    /does not use the NVIDIA H200 \(CUDA_ERROR_UNKNOWN\)/
  ],
  [
    'a GPU hidden by a variable',
    gpuMachine({ visibleDevices: '-1', engines: onCpu() }),
    'gpu.hidden',
    'unset CUDA_VISIBLE_DEVICES',
    /CUDA_VISIBLE_DEVICES hides every GPU/
  ],
  [
    'WSL 2 to which Windows hands no GPU',
    machine({ wsl: { version: 2, gpuDevice: false } }),
    'gpu.wsl',
    'wsl --update',
    /WSL runs without GPU pass-through/
  ],
  [
    'WSL 1',
    machine({ wsl: { version: 1, gpuDevice: false } }),
    'gpu.wsl',
    'wsl --set-version Ubuntu 2',
    /WSL 1 has no access to GPUs/
  ],
  [
    'no native engine',
    machine({
      installed: notInstalled,
      engines: without(refuses('native', 'It could not start: it is not installed.'))
    }),
    'engine.missing',
    'npm run engine',
    /^WebAssembly only, because the native engine is not installed: 20 GFLOP\/s\.$/
  ],
  [
    'an engine that could not be compiled',
    machine({
      installed: failed('compile', 'g++ 5.4.0 could not compile the native engine: update it.'),
      engines: without(refuses('native', 'not installed'))
    }),
    'engine.buildFailed',
    'npm run engine',
    /could not be compiled/
  ],
  [
    'no compiler',
    machine({
      installed: failed('compiler', 'No C++ compiler (g++) is on the PATH: install one.'),
      engines: without(refuses('native', 'not installed'))
    }),
    'engine.buildFailed',
    'npm run engine',
    /no C\+\+ compiler/
  ],
  [
    'an engine that could not be fetched',
    machine({
      installed: failed('network', "pip's index cannot be reached: check the connection."),
      engines: without(refuses('native', 'not installed'))
    }),
    'engine.installFailed',
    'npm run engine',
    /could not be installed/
  ],
  [
    'an engine copied from an Arm machine',
    machine({
      installed: { ...machine().installed, addonArch: 'arm64' },
      engines: without(refuses('native', '/app/tfjs_binding.node: cannot open shared object file'))
    }),
    'engine.architecture',
    'npm run engine',
    /for another processor/
  ],
  [
    'an engine that is no library of this system',
    machine({ engines: without(refuses('native', '/app/tfjs_binding.node: invalid ELF header')) }),
    'engine.architecture',
    'npm run engine',
    /for another processor/
  ],
  [
    'another processor than x64',
    machine({
      arch: 'arm64',
      installed: notInstalled,
      engines: without(refuses('native', 'not installed'))
    }),
    'engine.platform',
    undefined,
    /does not exist for linux arm64/
  ],
  [
    'Windows',
    machine({
      platform: 'win32',
      installed: notInstalled,
      engines: without(refuses('native', 'not installed'))
    }),
    'engine.platform',
    'wsl --install',
    /does not exist for win32 x64/
  ],
  [
    'a processor without AVX',
    machine({
      cpu: { model: 'Intel Pentium G4400', cores: 2, features: [] },
      engines: without(breaks('native', 'silent', 'SIGILL'))
    }),
    'engine.noAvx',
    undefined,
    /the processor has no AVX/
  ],
  [
    'an older system than the engine was built on',
    machine({
      engines: without(
        refuses('native', "/lib/libm.so.6: version `GLIBC_2.35' not found (required by libtf)")
      )
    }),
    'engine.systemOld',
    'npm run engine',
    /GLIBC_2\.35/
  ],
  [
    'an engine whose library is gone',
    machine({
      engines: without(
        refuses('native', 'libtensorflow_cc.so.2: cannot open shared object file: No such file')
      )
    }),
    'engine.libraryMissing',
    'npm run engine',
    /libtensorflow_cc\.so\.2 is missing/
  ],
  [
    'an engine that crashes',
    machine({ engines: without(breaks('native', 'silent', 'SIGSEGV')) }),
    'engine.crashes',
    'npm run engine',
    /crashes \(SIGSEGV\)/
  ],
  [
    'an engine that hangs',
    gpuMachine({ engines: without(breaks('native', 'hung')) }),
    'engine.hangs',
    undefined,
    /the native engine does not answer/
  ],
  [
    'an engine that fails otherwise',
    machine({ engines: without(refuses('native', 'A matrix product came out as 7, not 1.')) }),
    'engine.fails',
    'npm run engine',
    /does not start/
  ]
]

describe('each trouble has its own sentence', () => {
  test.each(troubles)('%s', (_what, seen, id, command, verdict) => {
    const told = judge(seen)
    expect(told).toMatchObject({ id, verdict: expect.stringMatching(verdict) })
    expect(told.command).toBe(command)
    expect(told.verdict.match(/because/g)).toHaveLength(1)
  })

  test('no two of them alike', () => {
    const sentences = troubles.map(([, seen]) => diagnose(seen).findings[0]!.sentence)
    expect(new Set(sentences).size).toBe(sentences.length)
  })

  test('ends with a full stop, and offers a command only with words', () => {
    for (const [what, seen] of troubles) {
      for (const { sentence, next } of diagnose(seen).findings) {
        expect([what, sentence]).toEqual([what, expect.stringMatching(/^\S.*\.$/s)])
        if (next) expect([what, next.text]).toEqual([what, expect.stringMatching(/\.$/)])
      }
    }
  })
})

describe('a card newer than the engine that runs all the same', () => {
  test('is ready, with a note on the first start', () => {
    const { verdict, findings } = diagnose(gpuMachine({ nvidia: nvidia('5090') }))
    expect(verdict).toBe('Ready on NVIDIA GeForce RTX 5090, 38 TFLOP/s.')
    expect(findings).toMatchObject([{ id: 'gpu.cardNew', level: 'note' }])
  })

  test('is first of all idle beside an engine for the processor', () => {
    const seen = machine({ nvidia: nvidia('5090'), engines: onCpu() })
    expect(judge(seen)).toMatchObject({ id: 'gpu.cpuBuild', command: 'npm run engine -- --cuda' })
  })
})

test('a card whose capability the driver does not tell is given the benefit of the doubt', () => {
  expect(diagnose(gpuMachine({ nvidia: nvidia('not-available') })).findings).toEqual([])
})

test('the fall back to WebAssembly is said, with both rates', () => {
  const { findings, trainsOn } = diagnose(
    machine({ installed: notInstalled, engines: without(refuses('native', 'not installed')) })
  )
  expect(trainsOn).toBe('wasm')
  const fallback = findings.find(({ id }) => id === 'engine.fallback')
  expect(fallback?.sentence).toContain('20 GFLOP/s (plain JavaScript: 0.8)')
})

describe('what stops everything', () => {
  test('no engine at all', () => {
    const engines = [refuses('native', 'gone'), refuses('wasm', 'its files are gone.')]
    const told = diagnose(machine({ installed: notInstalled, engines }))
    expect(told).toMatchObject({ ok: false, trainsOn: 'nothing' })
    expect(told.verdict).toBe(
      'Nothing can be trained, because the native engine is not installed, and the WebAssembly engine does not start.'
    )
    expect(told.next).toContain('npm ci')
  })

  test('a library folder that cannot be written', () => {
    const library = { ...machine().library, writable: false, reason: 'cannot be written' }
    const told = diagnose(machine({ library }))
    expect(told).toMatchObject({ ok: false, findings: [{ id: 'library.unwritable' }, {}] })
    expect(told.verdict).toMatch(/^Nothing can be recorded/)
    expect(told.next).toContain('--runs')
  })

  test('no SQLite', () => {
    const library = { ...machine().library, sqlite: null, reason: 'SQLite cannot be used: x' }
    expect(diagnose(machine({ library }))).toMatchObject({
      ok: false,
      next: expect.stringContaining('npm ci')
    })
  })
})

describe('what may get in the way of long runs', () => {
  const whole = machine()
  const cases: [string, Partial<Observations>, string][] = [
    ['a full disk', { library: { ...whole.library, freeBytes: 2 ** 30 } }, 'library.diskFull'],
    ['a slow disk', { library: { ...whole.library, writeBytesPerSecond: 5e6 } }, 'library.slow'],
    ['little memory', { memory: { totalBytes: 2 * 2 ** 30, freeBytes: 2 ** 30 } }, 'memory.small'],
    ['a run at work', { busy: 'seed 3' }, 'machine.busy']
  ]
  test.each(cases)('%s is a finding that stops nothing', (_what, change, id) => {
    const told = diagnose(machine(change))
    expect(told.findings.map((finding) => finding.id)).toContain(id)
    expect(told.ok).toBe(true)
  })
})

test('engines report why they cannot be used', () => {
  const { engines } = diagnose(
    machine({
      engines: [
        breaks('native', 'silent', null, 'a first line\nterminate called\n'),
        breaks('wasm', 'hung'),
        breaks('cpu', 'silent', 'SIGABRT')
      ]
    })
  )
  expect(engines.map(({ reason }) => reason)).toEqual([
    'terminate called',
    'it did not answer in time',
    'it crashed (SIGABRT)'
  ])
  expect(engines[0]).toMatchObject({ ok: false, build: 'cpu', gflops: null, device: null })
})

test('rates are written in the unit that suits them', () => {
  expect([0.82, 59.4, 310, 999, 38_000, 412_345].map(speed)).toEqual([
    '0.82 GFLOP/s',
    '59.4 GFLOP/s',
    '310 GFLOP/s',
    '999 GFLOP/s',
    '38 TFLOP/s',
    '410 TFLOP/s'
  ])
})
