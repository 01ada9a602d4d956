/** Proves that a configuration resumes exactly on this machine, in a folder of its own that is removed afterwards. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { arch, cpus, platform } from 'node:os'
import { join } from 'node:path'
import type { RunConfig } from '@shared/config'
import { parseRunConfig } from '@shared/config-input'
import type { EngineChoice, Job } from '@shared/events'
import { proofConfig, type ResumeProof } from '@shared/resume-proof'
import { createRng } from '@shared/rng'
import { UserError } from '@shared/errors'
import type { StartTrainer } from '../server/runners'
import { compareRuns } from './compare-runs'
import { recordedIn, trainKilled, trainWhole } from './killed-training'

export interface ProofOrder {
  config: RunConfig
  engine: EngineChoice
  /** CPU threads of the run that is proved; null: all. */
  threads: number | null
  steps: number
  kills: number
  seed: number
  /** Folder below which the trainings are put. */
  scratch: string
  startTrainer: StartTrainer
  /** Unix time, milliseconds. */
  now: () => number
  /** Takes a line on what is being done. */
  say: (line: string) => void
}

/** A checkpoint every sixth of the way, so that a kill loses some steps and not all. */
const checkpoints = 6
const toldDifferences = 10

/**
 * @throws {UserError} `proof.failed` where a training does not come to its end; `proof.short` where it is over before
 * it can be killed
 */
export async function proveResume(order: ProofOrder): Promise<ResumeProof> {
  const { startTrainer, steps, kills, seed, now, say } = order
  const config = parseRunConfig(proofConfig(order.config, steps, checkpoints))
  mkdirSync(order.scratch, { recursive: true })
  const scratch = mkdtempSync(join(order.scratch, '.resume-proof-'))
  const job = (name: string): Job => {
    const folder = join(scratch, name)
    mkdirSync(folder, { recursive: true })
    const { engine, threads } = order
    return { type: 'train', runId: name, folder, config, engine, resume: false, threads }
  }
  try {
    say(`Training ${steps} steps undisturbed.`)
    const calm = job('calm')
    const wholeMs = await trainWhole(calm, startTrainer, now)
    say(`Training them again, killed ${kills === 1 ? 'once' : `${kills} times`}.`)
    const rng = createRng(seed, 'kills')
    let disturbed = job('disturbed')
    let done = await trainKilled(disturbed, startTrainer, { wholeMs, kills, rng, clock: now })
    for (let attempt = 2; done.length === 0; attempt++) {
      if (attempt > 5) throw tooShort(steps)
      disturbed = job(`disturbed-${attempt}`)
      const sooner = { wholeMs: wholeMs / 2 ** attempt, kills, rng, clock: now }
      done = await trainKilled(disturbed, startTrainer, sooner)
    }
    const { compared, differences } = compareRuns(calm.folder, disturbed.folder)
    const started = recordedIn(calm.folder).find((event) => event.type === 'started')!
    return {
      ...{ version: 1, at: now(), steps, seed, kills: done, engine: started.engine, compared },
      verdict: differences.length === 0 ? 'exact' : 'differs',
      machine: `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${platform()} ${arch()}`,
      differences: differences.slice(0, toldDifferences)
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5 })
  }
}

function tooShort(steps: number): UserError {
  return new UserError(
    'proof.short',
    `${steps} steps are over before the training can be killed.`,
    'Ask for more: --steps 2000.'
  )
}
