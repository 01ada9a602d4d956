/** Rounds of scenarios, counted. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createRng } from '@shared/rng'
import type { Bench, Scenario } from './scenario'

export interface Tally {
  name: string
  what: string
  rounds: number
  kills: number
  checks: number
  faults: string[]
  seconds: number
}

export interface TortureOrder extends Omit<Bench, 'rng'> {
  scenarios: readonly Scenario[]
  /** Of each scenario. */
  rounds: number
  seed: number
  say: (line: string) => void
  /** After every round, so that an end before the last one leaves what was found. */
  onRound?: (tallies: readonly Tally[]) => void
}

export async function runScenarios(order: TortureOrder): Promise<Tally[]> {
  const { scenarios, rounds, seed, built, clock, say, onRound } = order
  mkdirSync(order.scratch, { recursive: true })
  const tallies: Tally[] = []
  for (const { name, what, open } of scenarios) {
    const scratch = mkdtempSync(join(order.scratch, `torture-${name}-`))
    const tally: Tally = { name, what, rounds: 0, kills: 0, checks: 0, faults: [], seconds: 0 }
    tallies.push(tally)
    const from = clock()
    try {
      // A stream for each, so that one scenario alone does what it does among all.
      const rng = createRng(seed, `torture/${name}`)
      const runRound = await open({ scratch, built, rng, clock })
      for (let number = 0; number < rounds; number++) {
        const { kills, checks, faults } = await runRound(number)
        tally.rounds++
        tally.kills += kills
        tally.checks += checks
        tally.faults.push(...faults.map((fault) => `round ${number}: ${fault}`))
        tally.seconds = Math.round((clock() - from) / 1000)
        onRound?.(tallies)
      }
      say(`${name}: ${tally.rounds} rounds, ${tally.kills} kills, ${tally.faults.length} faults`)
    } catch (error) {
      tally.faults.push(`round ${tally.rounds} broke off: ${(error as Error).stack}`)
      say(`${name} broke off: ${(error as Error).message}`)
    } finally {
      rmSync(scratch, { recursive: true, force: true, maxRetries: 5 })
    }
  }
  return tallies
}
