/** Other programs, asked for at most so long: a broken driver hangs its own tools too. */
import { execFile } from 'node:child_process'

export interface ProgramResult {
  /** The exit status; null where it could not be started, was ended, or took too long. */
  code: number | null
  /** There is no such program. */
  missing: boolean
  signal: string | null
  timedOut: boolean
  stdout: string
  stderr: string
}

export type RunProgram = (
  program: string,
  args: string[],
  timeoutMs: number
) => Promise<ProgramResult>

/**
 * Runs a program to its end, at most `timeoutMs`. A program that sits in the kernel (a driver that hangs) does not
 * even die of SIGKILL: it is left behind, and the answer does not wait for it.
 */
export const runProgram: RunProgram = (program, args, timeoutMs) =>
  new Promise((resolve) => {
    const child = execFile(program, args, { maxBuffer: 2 ** 22 }, (error, stdout, stderr) => {
      clearTimeout(limit)
      const { code, signal } = (error ?? {}) as { code?: unknown; signal?: string }
      resolve({
        code: error ? (typeof code === 'number' ? code : null) : 0,
        missing: code === 'ENOENT',
        signal: signal ?? null,
        timedOut: false,
        stdout,
        stderr
      })
    })
    const limit = setTimeout(() => {
      child.kill('SIGKILL')
      for (const stream of [child.stdout, child.stderr]) stream?.destroy()
      child.unref()
      resolve({
        ...{ code: null, missing: false, signal: null, timedOut: true },
        ...{ stdout: '', stderr: '' }
      })
    }, timeoutMs)
  })
