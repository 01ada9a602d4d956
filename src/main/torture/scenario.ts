/** What the torture run knows of a scenario, and the processes that it kills. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Rng } from '@shared/rng'

/** What one round did and found. */
export interface Round {
  /** Processes that were killed. */
  kills: number
  /** Things that were looked at afterwards. */
  checks: number
  /** What was lost, damaged or different, in words; none in a good round. */
  faults: string[]
}

export interface Bench {
  /** A folder of this scenario's own, removed afterwards. */
  scratch: string
  /** Folder of the built files. */
  built: string
  rng: Rng
  /** Milliseconds that only rise. */
  clock: () => number
}

export interface Scenario {
  name: string
  /** What is killed while it does what. */
  what: string
  /** Prepares what all rounds share, and returns how one goes. */
  open(bench: Bench): Promise<(round: number) => Promise<Round>>
}

/** Collects the checks of a round. */
export function openRound(): Round & { check(good: boolean, fault: string): void } {
  return {
    ...{ kills: 0, checks: 0, faults: [] as string[] },
    check(good, fault) {
      this.checks++
      if (!good) this.faults.push(fault)
    }
  }
}

export interface Ended {
  killed: boolean
  code: number | null
  stdout: string
  stderr: string
  ms: number
}

/**
 * Runs the command line.
 * @param killAfterMs SIGKILL after this long; null: left alone
 */
export function command(
  { built, clock }: Bench,
  words: readonly string[],
  killAfterMs: number | null
): Promise<Ended> {
  const from = clock()
  const child = spawn(process.execPath, [join(built, 'cli.js'), ...words], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (said[name] += text))
  }
  const timer =
    killAfterMs === null ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ killed: signal === 'SIGKILL', code, ...said, ms: clock() - from })
    })
  })
}
