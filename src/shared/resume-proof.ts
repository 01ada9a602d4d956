/**
 * The proof that a configuration resumes exactly on a machine: trained once undisturbed and once killed and resumed,
 * with every recorded number and every byte of every checkpoint compared. It lies in the run's folder.
 */
import { z } from 'zod'
import type { RunConfig } from './config'
import { EngineInfo } from './events'

export const ResumeProof = z.object({
  version: z.literal(1),
  /** Unix time, milliseconds. */
  at: z.number(),
  verdict: z.enum(['exact', 'differs']),
  /** Budget of either training. */
  steps: z.int(),
  /** Of the random moments at which it was killed. */
  seed: z.int(),
  /** One per kill: the last step that was recorded before it, and the step it went on from. */
  kills: z.array(z.object({ at: z.int(), resumedFrom: z.int() })),
  engine: EngineInfo,
  /** Processor and system, in words. */
  machine: z.string(),
  compared: z.object({ values: z.int(), checkpoints: z.int(), bytes: z.number() }),
  /** The first of what differs, in words; none where the verdict is `exact`. */
  differences: z.array(z.string())
})
export type ResumeProof = z.infer<typeof ResumeProof>

/**
 * A short training of the same model, data and optimizer: every batch loss is recorded, and no checkpoint is pruned.
 * Warm-up and falling schedules fit into its budget.
 * @param steps its budget
 * @param checkpoints how many checkpoints it writes
 */
export function proofConfig(config: RunConfig, steps: number, checkpoints: number): RunConfig {
  const { optimizer, evaluation } = config
  const every = Math.max(1, Math.ceil(steps / checkpoints))
  return {
    ...config,
    optimizer: { ...optimizer, warmup: Math.min(optimizer.warmup, Math.floor(steps / 4)) },
    budget: { ...config.budget, steps, stop: 'never' },
    evaluation: { ...evaluation, every: Math.max(1, Math.ceil(steps / 3)), lossEvery: 1 },
    checkpoints: {
      ...config.checkpoints,
      ...{ every, keep: null, thin: 0, perDecade: 0, denseUntil: 0 }
    }
  }
}

/** One sentence for people. */
export function describeProof(proof: ResumeProof): string {
  const { verdict, kills, steps, compared } = proof
  const times = kills.length === 1 ? 'once' : `${kills.length} times`
  const what = `${compared.values} values and ${compared.checkpoints} checkpoints`
  return verdict === 'exact'
    ? `Killed ${times} in ${steps} steps and resumed: ${what} are equal to the last bit.`
    : `Killed ${times} in ${steps} steps and resumed: of ${what}, some differ.`
}
