import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Machine, RunOptions, RunResult } from '../../src/setup/machine.mjs'

/** What a program answers in a test; the rest is success without output. */
export type Answer = Partial<RunResult> | undefined

export interface FakeMachine extends Machine {
  /** Every program that was run, as one line. */
  ran: string[]
  /** Every line of progress that stayed. */
  said: string[]
  /** Programs on the PATH. */
  programs: Set<string>
  free: number
  time: Date
  answer: (line: string, args: string[], options: RunOptions) => Answer
}

const folders: string[] = []

/** A new empty folder, removed by removeFolders(). */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'grokscope-setup-'))
  folders.push(folder)
  return folder
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

/** Writes files below a folder: path -> text. */
export function writeFiles(folder: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

/** A Linux x64 machine with everything, whose checkout is an empty folder. */
export function fakeMachine(change: Partial<FakeMachine> = {}): FakeMachine {
  const root = newFolder()
  const machine: FakeMachine = {
    root,
    platform: 'linux',
    arch: 'x64',
    glibc: () => '2.36',
    isRoot: false,
    env: { GROKSCOPE_CACHE: join(root, 'cache'), PATH: '/usr/bin' },
    node: process.execPath,
    nodeVersion: '22.23.3',
    ran: [],
    said: [],
    programs: new Set(['python3', 'g++', 'npm', 'ldd']),
    free: 1e12,
    time: new Date('2026-01-01T00:00:00Z'),
    answer: () => undefined,
    find: (names) => names.find((name) => machine.programs.has(name)),
    run: (command, args, options = {}) => {
      const line = [command, ...args].join(' ')
      machine.ran.push(line)
      options.tick?.()
      const answer = machine.answer(line, args, options) ?? {}
      const output = answer.output ?? answer.stdout ?? ''
      return Promise.resolve({
        code: 0,
        signal: null,
        timedOut: false,
        ...answer,
        stdout: answer.stdout ?? '',
        output
      })
    },
    freeBytes: () => machine.free,
    now: () => machine.time,
    progress: {
      say: (subject, text) => machine.said.push(`${subject}: ${text}`),
      update: () => undefined
    },
    ...change
  }
  return machine
}

/** Runs a program for real, for answers that a fake would only imitate. */
export function reallyRun(command: string, args: string[]): Answer {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  return { code: status, stdout, output: stdout + stderr }
}
