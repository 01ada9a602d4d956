/** What the desktop app takes from its command line. */
import { createHash } from 'node:crypto'
import { resolve } from 'node:path'

/**
 * The folder after `--runs` (or `--runs=`), or null without one.
 * @param args the command line, Chromium's own switches included
 * @param cwd what a relative folder is relative to
 */
export function runsArgument(args: readonly string[], cwd: string): string | null {
  const at = args.findIndex((arg) => arg === '--runs' || arg.startsWith('--runs='))
  const named = args[at]?.startsWith('--runs=') ? args[at].slice('--runs='.length) : args[at + 1]
  return at >= 0 && named ? resolve(cwd, named) : null
}

/** A short folder name that stands for a library: each has its own window, settings and instance lock. */
export function libraryKey(library: string): string {
  return createHash('sha256').update(library).digest('hex').slice(0, 12)
}
