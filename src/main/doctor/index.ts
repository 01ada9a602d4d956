/**
 * The doctor: asks this machine what it can train on, within ten seconds, and judges the answers. Whatever may hang or
 * crash is asked in a process of its own. Read examine() for the order of things.
 */
import { existsSync } from 'node:fs'
import { freemem, totalmem, version as kernelVersion, release } from 'node:os'
import { join } from 'node:path'
import type { Diagnosis, LibraryReport } from '@shared/diagnosis'
import { findCudaLibraries } from './cuda-libraries'
import { diagnose } from './diagnose'
import { askEngine, type StartProbe } from './engine-probe'
import { describeFolder, measureWriting } from './folder'
import { findEngine } from './installed-engine'
import { askNvidia, displayVendors } from './nvidia'
import { describePlace, placeFault } from './place'
import type { Observations } from './observations'
import { describeCpu, describeSystem, wslVersion } from './processor'
import { runProgram } from './run-program'

export interface Examination {
  version: string
  /** Absolute path of the library folder. */
  library: string
  /** Version of SQLite; throws where it cannot be used. */
  sqlite: () => Promise<string>
  startProbe: StartProbe
  /** Name of a run that is at work. */
  busy: string | null
  /** Unix time in milliseconds. */
  now: () => number
  /** Told what is being asked, for a line of progress. */
  onStage?: (stage: string) => void
}

/** The whole takes no longer than this. */
const limitMs = 9_500
/** Engines that need nothing of the machine start at once. */
const plainEngineMs = 3_000
const programMs = 4_000

export async function examine(asked: Examination): Promise<Diagnosis> {
  const { version, busy, now, startProbe, onStage = () => undefined } = asked
  const at = now()
  const installed = findEngine()
  const deps = installed.folder && join(installed.folder, 'deps')
  onStage('driver, disk and the WebAssembly engine')
  // One thread each: these do not slow each other down, unlike the native engine, which takes every core.
  const [nvidia, libraries, library, wasm, cpu] = await Promise.all([
    askNvidia(runProgram, programMs),
    findCudaLibraries(runProgram, programMs, deps, process.env['LD_LIBRARY_PATH']),
    examineLibrary(asked),
    askEngine(startProbe, 'wasm', plainEngineMs),
    askEngine(startProbe, 'cpu', plainEngineMs)
  ])
  onStage('the native engine')
  const native = await askEngine(startProbe, 'native', Math.max(1000, at + limitMs - now()))
  const wsl = wslVersion(`${release()} ${kernelVersion()}`)
  const seen: Observations = {
    platform: process.platform,
    arch: process.arch,
    cpu: describeCpu(),
    memory: { totalBytes: totalmem(), freeBytes: freemem() },
    wsl: wsl && { version: wsl, gpuDevice: existsSync('/dev/dxg') },
    displayVendors: displayVendors(),
    nvidia,
    visibleDevices: process.env['CUDA_VISIBLE_DEVICES'],
    libraries,
    installed,
    engines: [native, wasm, cpu],
    library,
    busy
  }
  return {
    version,
    platform: `${seen.platform} ${seen.arch}`,
    system: describeSystem(),
    node: process.versions.node,
    cpu: seen.cpu,
    memory: seen.memory,
    library,
    ...diagnose(seen),
    busy,
    at,
    tookMs: now() - at
  }
}

async function examineLibrary({ library, sqlite, now }: Examination): Promise<LibraryReport> {
  const folder = describeFolder(library)
  const writeBytesPerSecond =
    folder.exists && folder.writable ? await measureWriting(library, now, programMs) : null
  const place = placeFault(library, describePlace(library))
  const report = { ...folder, writeBytesPerSecond, place }
  try {
    const reason = folder.writable ? null : `${library} cannot be written`
    return { ...report, sqlite: await sqlite(), reason }
  } catch (error) {
    const [line] = (error as Error).message.split('\n')
    return { ...report, sqlite: null, reason: `SQLite cannot be used: ${line}` }
  }
}
