/** What this machine offers, told without loading any engine. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import type { EngineInfo } from '@shared/events'

export interface Machine {
  cores: number
  memoryBytes: number
  platform: string
}

export function describeMachine(): Machine {
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
