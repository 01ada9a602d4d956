/** A stand-in for the process that the command line runs in: what is written is kept, time stands still. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Host } from '../../src/main/cli/command'
import { runCommandLine } from '../../src/main/cli/verbs'

export interface RecordedHost extends Host {
  stdout(): string
  stderr(): string
  /** As Ctrl-C would. */
  interrupt(): void
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** @param home folder that holds the default library */
export function recordedHost(home: string, changes: Partial<Host> = {}): RecordedHost {
  const written = { out: '', err: '' }
  const listeners = new Set<() => void>()
  return {
    version: '1.2.3',
    out: (text) => void (written.out += text),
    err: (text) => void (written.err += text),
    isTerminal: false,
    columns: () => 80,
    env: {},
    platform: 'linux',
    home,
    paths: {
      cli: join(root, 'out/main/cli.js'),
      trainer: join(root, 'out/main/trainer.js'),
      page: join(root, 'out/renderer'),
      presets: join(root, 'resources/presets'),
      studies: join(root, 'resources/studies')
    },
    now: Date.now,
    onInterrupt(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    ...changes,
    stdout: () => written.out,
    stderr: () => written.err,
    interrupt: () => listeners.forEach((listener) => listener())
  }
}

export interface CommandResult {
  code: number
  stdout: string
  stderr: string
}

/** Runs one command in this process. */
export async function runWords(
  words: string[],
  home: string,
  changes: Partial<Host> = {}
): Promise<CommandResult> {
  const host = recordedHost(home, changes)
  const code = await runCommandLine(words, host)
  return { code, stdout: host.stdout(), stderr: host.stderr() }
}
