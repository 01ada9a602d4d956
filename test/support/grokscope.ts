/** Runs the real command line, as a person would, and gives back what it said. */
import { spawn, type ChildProcess } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

export const root = path.resolve(import.meta.dirname, '../..')

export interface Said {
  code: number | null
  stdout: string
  stderr: string
}

export function newLibrary(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'grokscope-library-'))
}

export function start(args: string[]): { child: ChildProcess; said: Promise<Said> } {
  const child = spawn(process.execPath, [path.join(root, 'src/setup/grokscope.mjs'), ...args], {
    cwd: os.tmpdir(), // it must not matter where it is called
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const said = new Promise<Said>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
  return { child, said }
}

export function grokscope(...args: string[]): Promise<Said> {
  return start(args).said
}

/** Parses one JSON value per line. */
export function jsonLines<T>(text: string): T[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)
}
