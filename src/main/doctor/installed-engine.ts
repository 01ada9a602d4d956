/** What set-up left of the native engine: its record, its addon, or why it could not be installed. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { readText } from './processor'

export interface InstalledEngine {
  /** Folder of tfjs-node-gpu, null where that package is not installed. */
  folder: string | null
  /** The TensorFlow build that engine.json records, `cpu` or `cuda`. */
  build: string | null
  addon: boolean
  /** Processor that the addon was compiled for, in Node's words; null where there is none or it is unknown. */
  addonArch: string | null
  /** The last try to install it, where that failed (node_modules/.grokscope/engine-failure.json). */
  failure: { code: string; message: string; at: string } | null
}

/** @param from a file of the app, whose node_modules are meant */
export function findEngine(from = __filename): InstalledEngine {
  let folder: string
  try {
    folder = dirname(createRequire(from).resolve('@tensorflow/tfjs-node-gpu/package.json'))
  } catch {
    // Not installed at all.
    return { folder: null, build: null, addon: false, addonArch: null, failure: null }
  }
  const addon = join(folder, 'lib/napi-v8/tfjs_binding.node')
  const record = readJson(join(folder, 'lib/napi-v8/engine.json')) as { kind?: string } | null
  // .../node_modules/@tensorflow/tfjs-node-gpu
  const notes = join(dirname(dirname(folder)), '.grokscope')
  return {
    folder,
    build: record?.kind ?? null,
    addon: existsSync(addon),
    addonArch: libraryArch(addon),
    failure: readJson(join(notes, 'engine-failure.json')) as InstalledEngine['failure']
  }
}

/** e_machine of the ELF header (System V ABI, chapter 4): two bytes at 18, little-endian here. */
const elfArchs: Readonly<Record<number, string>> = { 0x03: 'ia32', 0x3e: 'x64', 0xb7: 'arm64' }

export function libraryArch(file: string): string | null {
  const head = Buffer.alloc(20)
  try {
    const opened = openSync(file, 'r')
    try {
      readSync(opened, head, 0, head.length, 0)
    } finally {
      closeSync(opened)
    }
  } catch {
    return null
  }
  if (head.toString('latin1', 0, 4) !== '\u007fELF') return null
  return elfArchs[head.readUInt16LE(18)] ?? `machine ${head.readUInt16LE(18)}`
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readText(file) ?? 'null')
  } catch {
    // Cut short: as good as missing.
    return null
  }
}
