/** The trainer, killed while it trains and writes checkpoints, for every family and optimizer setting. */
import { join } from 'node:path'
import { proveResume } from '../proof/prove-resume'
import { forkTrainer } from '../server/runners'
import { tinyRuns } from './tiny-runs'
import { openRound, type Scenario } from './scenario'

const steps = 60

/** @param engines those to take in turn */
export function trainerScenario(engines: readonly ('native' | 'wasm')[]): Scenario {
  return {
    name: 'trainer',
    what: `training and checkpointing, every family and optimizer setting, on ${engines.join(' and ')}; resumed to the last bit`,
    open({ scratch, built, rng }) {
      const startTrainer = forkTrainer(join(built, 'trainer.js'))
      const runs = tinyRuns(steps)
      return Promise.resolve(async (number) => {
        const [title, config] = runs[number % runs.length]!
        const engine = engines[Math.floor(number / runs.length) % engines.length]!
        const round = openRound()
        const proof = await proveResume({
          ...{ config, engine, steps, scratch, startTrainer, threads: 1, kills: 2 },
          ...{ seed: rng.int(2 ** 31), now: () => performance.now(), say: () => undefined }
        })
        round.kills = proof.kills.length
        round.checks = proof.compared.values + 3 * proof.compared.checkpoints
        round.faults.push(...proof.differences.map((fault) => `${title} on ${engine}: ${fault}`))
        return round
      })
    }
  }
}
