/** What the doctor asks this machine, each answer without loading anything of ours. */
import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs'
import { cpus } from 'node:os'
import { dirname } from 'node:path'

export interface Cpu {
  model: string
  cores: number
  /** Vector instructions of interest that this processor has; null where they cannot be asked for. */
  features: string[] | null
}

export interface Gpu {
  name: string
  memory: string
  driver: string
}

/** The vector instructions that TensorFlow's kernels choose between. */
const wanted = ['avx', 'avx2', 'fma', 'avx512f', 'avx512_bf16', 'amx_bf16', 'asimd', 'sve']

export function describeCpu(): Cpu {
  const all = cpus()
  const info = '/proc/cpuinfo'
  return {
    model: all[0]?.model.trim() || 'unknown',
    cores: all.length,
    features: existsSync(info) ? cpuFeatures(readFileSync(info, 'utf8')) : null
  }
}

/** Reads the `flags` (x86) or `Features` (Arm) line of Linux's /proc/cpuinfo. */
export function cpuFeatures(info: string): string[] {
  const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(info)?.[1]?.split(/\s+/) ?? []
  return wanted.filter((name) => flags.includes(name))
}

/** NVIDIA GPUs as their driver's own tool lists them; none where there is no such tool. */
export async function listGpus(): Promise<Gpu[]> {
  const query = ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader']
  const { code, stdout } = await runProgram('nvidia-smi', query, 5_000)
  return code === 0 ? parseGpus(stdout) : []
}

/** `NVIDIA H200, 143771 MiB, 570.86.15`, one GPU a line. */
export function parseGpus(csv: string): Gpu[] {
  return csv
    .split('\n')
    .map((line) => line.split(',').map((cell) => cell.trim()))
    .filter((cells) => cells.length === 3)
    .map(([name, memory, driver]) => ({ name: name!, memory: memory!, driver: driver! }))
}

/** Whether a folder, or the nearest existing one above it, can be written, and the bytes free there. */
export function describeFolder(folder: string): {
  exists: boolean
  writable: boolean
  freeBytes: number | null
} {
  const exists = existsSync(folder)
  let nearest = folder
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest)
  let writable = true
  try {
    accessSync(nearest, constants.W_OK | constants.X_OK)
  } catch {
    writable = false
  }
  let freeBytes: number | null = null
  try {
    const { bavail, bsize } = statfsSync(nearest)
    freeBytes = bavail * bsize
  } catch {
    // Some file systems do not tell.
  }
  return { exists, writable, freeBytes }
}

export interface ProgramResult {
  /** The exit status; null where it could not be started, was ended, or took too long. */
  code: number | null
  signal: string | null
  timedOut: boolean
  stdout: string
  stderr: string
}

/** Runs a program to its end, at most `timeoutMs`. */
export function runProgram(
  program: string,
  args: string[],
  timeoutMs: number
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const options = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 2 ** 22 } as const
    execFile(program, args, options, (error, stdout, stderr) => {
      const { code, signal, killed } = (error ?? {}) as {
        code?: unknown
        signal?: string
        killed?: boolean
      }
      resolve({
        code: error ? (typeof code === 'number' ? code : null) : 0,
        signal: signal ?? null,
        timedOut: killed === true,
        stdout,
        stderr
      })
    })
  })
}
