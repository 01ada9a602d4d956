/** What this machine offers: at once without loading any engine, or after an examination by the doctor. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import type { Diagnosis } from '@shared/diagnosis'
import { UserError } from '@shared/errors'
import type { EngineInfo } from '@shared/events'
import { examine, type Examination } from '../doctor/index'
import { openDatabase } from '../store/database'

/** What runs have to share. */
export interface Machine {
  /** Those that this process may use. */
  cores: number
  memoryBytes: number
  hasGpu: boolean
}

/** @param latest the engine of the newest run that says: it knows whether there is a GPU that works */
export function measureMachine(latest: EngineInfo | null): Machine {
  const hasGpu = latest?.name === 'native' && latest.detail.includes('GPU')
  return { cores: availableParallelism(), memoryBytes: totalmem(), hasGpu }
}

export function describeMachine() {
  return {
    cores: cpus().length,
    memoryBytes: totalmem(),
    platform: `${process.platform} ${process.arch}`
  }
}

/**
 * Whether the native engine is installed. Its addon is looked for, not loaded: only a trainer does that.
 * @param latest the engine of the newest run that says, for its version and device in words
 */
export function describeEngine(latest: EngineInfo | null): { native: boolean; detail: string } {
  const native = hasNativeAddon()
  if (latest && (latest.name === 'native') === native) return { native, detail: latest.detail }
  const detail = native
    ? `TensorFlow, ${cpus().length} CPU cores`
    : 'WebAssembly; the native engine is not installed (npm run engine)'
  return { native, detail }
}

function hasNativeAddon(): boolean {
  try {
    const manifest = createRequire(__filename).resolve('@tensorflow/tfjs-node-gpu/package.json')
    return existsSync(join(dirname(manifest), 'lib/napi-v8/tfjs_binding.node'))
  } catch {
    // Not installed at all.
    return false
  }
}

interface DoctorSettings extends Pick<Examination, 'version' | 'library' | 'now'> {
  startProbe?: Examination['startProbe']
  sqlite?: string | undefined
  busy: () => string | null
}

/**
 * The doctor of a server: one examination at a time, whose result is kept until one is asked for again.
 * @returns throws a UserError `machine.noProbe` where the server starts no engines
 */
export function createDoctor(settings: DoctorSettings): (again: boolean) => Promise<Diagnosis> {
  const { version, library, now, startProbe, busy } = settings
  let last: Promise<Diagnosis> | null = null
  let working = false
  return (again) => {
    if (!startProbe) {
      throw new UserError(
        'machine.noProbe',
        'This server starts no engines, so it cannot examine the machine.',
        'Ask the app, or run grokscope doctor.'
      )
    }
    if (!last || (again && !working)) {
      working = true
      const sqlite = (): Promise<string> => sqliteVersion(settings)
      last = examine({ version, library, sqlite, startProbe, busy: busy(), now }).finally(() => {
        working = false
      })
      // One that failed (a fault of ours) is not kept.
      last.catch(() => (last = null))
    }
    return last
  }
}

/** Version of the SQLite that the history is opened with; throws where it cannot be loaded. */
export async function sqliteVersion(options: {
  sqlite?: string | undefined
  now: () => number
}): Promise<string> {
  const db = await openDatabase(':memory:', options)
  try {
    return db.prepare('SELECT sqlite_version()').pluck().get() as string
  } finally {
    db.close()
  }
}
