/** Entry of the command line: hands the process's streams, signals and paths to cli/verbs.ts. */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { askTerminal } from './cli/ask-terminal'
import { runCommandLine } from './cli/verbs'
import type { Host } from './cli/command'

// Built as out/main/cli.js.
const packageRoot = join(__dirname, '..', '..')
const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
  version: string
}

const interrupted = new Set<() => void>()
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Signals end the process as usual while nobody listens. */
function interrupt(): void {
  if (interrupted.size === 0) process.exit(130)
  for (const listener of interrupted) listener()
}

const host: Host = {
  version,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isTerminal: process.stderr.isTTY === true,
  columns: () => process.stderr.columns ?? 80,
  env: process.env,
  platform: process.platform,
  home: homedir(),
  paths: {
    cli: __filename,
    trainer: join(__dirname, 'trainer.js'),
    page: join(packageRoot, 'out', 'renderer'),
    presets: join(packageRoot, 'resources', 'presets'),
    studies: join(packageRoot, 'resources', 'studies')
  },
  ...(process.stdin.isTTY && process.stderr.isTTY && { ask: askTerminal }),
  now: Date.now,
  onInterrupt(listener) {
    interrupted.add(listener)
    return () => void interrupted.delete(listener)
  }
}

for (const signal of signals) process.on(signal, interrupt)
// A reader that has gone (`grokscope runs | head`) is no error; a run in the making is left as by Ctrl-C.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') interrupt()
    else throw error
  })
}

void runCommandLine(process.argv.slice(2), host).then((code) => {
  // Not process.exit at once: what was written last must reach a pipe.
  process.exitCode = code
  process.stdout.write('', () => process.stderr.write('', () => process.exit()))
})
