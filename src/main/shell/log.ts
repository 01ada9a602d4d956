/** What the child processes print: a file of limited size, and the last lines of each for error messages. */
import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

const limitBytes = 2 ** 20

export type Log = (source: string, line: string) => void

/**
 * Appends lines to a file; past one megabyte it becomes `<file>.1` (the one before is replaced).
 * @param now Unix milliseconds
 */
export function openLog(file: string, now: () => number): Log {
  mkdirSync(dirname(file), { recursive: true })
  return (source, line) => {
    try {
      if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > limitBytes) {
        renameSync(file, `${file}.1`)
      }
      appendFileSync(file, `${new Date(now()).toISOString()} ${source}: ${line}\n`)
    } catch {
      // A full or vanished disk must not take the app down with it: the log is the one thing we can lose.
    }
  }
}

/** Cuts a stream of chunks into lines, hands them on and remembers the last of them. */
export class Tail {
  #rest = ''
  #lines: string[] = []

  constructor(
    readonly keep: number,
    readonly onLine: (line: string) => void = () => undefined
  ) {}

  push(chunk: string): void {
    const parts = (this.#rest + chunk).split(/\r?\n/)
    this.#rest = parts.pop() ?? ''
    for (const line of parts) this.#add(line)
  }

  /** The last lines, an unfinished one included, joined; '' if nothing was said. */
  text(): string {
    const lines = this.#rest ? [...this.#lines, this.#rest] : this.#lines
    return lines.slice(-this.keep).join('\n')
  }

  #add(line: string): void {
    this.onLine(line)
    this.#lines.push(line)
    if (this.#lines.length > this.keep) this.#lines.shift()
  }
}
