/** Processor and system, from what the system itself tells. */
import { readFileSync } from 'node:fs'
import { cpus, release, type as systemType, version as systemVersion } from 'node:os'
import type { Diagnosis } from '@shared/diagnosis'

/** The vector instructions that TensorFlow's kernels choose between. */
const wanted = ['avx', 'avx2', 'fma', 'avx512f', 'avx512_bf16', 'amx_bf16', 'asimd', 'sve']

export function describeCpu(): Diagnosis['cpu'] {
  const all = cpus()
  const info = readText('/proc/cpuinfo')
  return {
    model: all[0]?.model.trim() || 'unknown',
    cores: all.length,
    features: info === null ? null : cpuFeatures(info)
  }
}

/** Reads the `flags` (x86) or `Features` (Arm) line of Linux's /proc/cpuinfo. */
export function cpuFeatures(info: string): string[] {
  const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(info)?.[1]?.split(/\s+/) ?? []
  return wanted.filter((name) => flags.includes(name))
}

/** `Debian GNU/Linux 12 (bookworm), Linux 6.1.0`; elsewhere what Node calls the system. */
export function describeSystem(): string {
  const kernel = `${systemType()} ${release()}`
  const name = /^PRETTY_NAME="?([^"\n]*)/m.exec(readText('/etc/os-release') ?? '')?.[1]
  return name ? `${name}, ${kernel}` : process.platform === 'linux' ? kernel : systemVersion()
}

/**
 * Windows' Subsystem for Linux, by the kernel's own name (`4.4.0-19041-Microsoft` is 1,
 * `5.15.90.1-microsoft-standard-WSL2` is 2); null elsewhere.
 */
export function wslVersion(kernelVersion: string): 1 | 2 | null {
  if (!/microsoft/i.test(kernelVersion)) return null
  return /WSL2|microsoft-standard/i.test(kernelVersion) ? 2 : 1
}

/** A file's text, null where it cannot be read. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Not this system, or not for us.
    return null
  }
}
