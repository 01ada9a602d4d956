/**
 * What is agreed between the desk and the programs on the cluster (job/ and far/), which come from the same version in
 * one bundle.
 *
 *     WORK/bundles/HASH/        bin/node, out/main, node_modules, manifest (SHA-256 of each file)
 *     WORK/batches/ID/          batch.sh, tasks.json, job (its number, once submitted), TASK.log
 *     WORK/runs/RUN/            the run folder, as it is on the desk, and beside it
 *       control.jsonl           TrainerCommands, one a line, appended by the desk
 *       control.done            how many of them were passed on
 *       heartbeat.json          who trains it now, and how far it is
 *       exit.json               how the last job left it
 */
import { z } from 'zod'
import { Outcome, Progress } from '@shared/events'

/** Which runs a task of an array trains, side by side. */
export const Tasks = z.object({
  version: z.literal(1),
  tasks: z.array(z.array(z.string())),
  /** CPU threads for each run; null: the engine decides. */
  threads: z.int().positive().nullable()
})
export type Tasks = z.infer<typeof Tasks>

export const Heartbeat = z.object({
  job: z.string(),
  task: z.int(),
  /** How often Slurm has queued the task again. */
  restart: z.int(),
  node: z.string(),
  /** Unix milliseconds, by the node's clock. */
  at: z.number(),
  progress: Progress.nullable()
})
export type Heartbeat = z.infer<typeof Heartbeat>

/**
 * `ended`: the run said how it ended. `limit`: it was asked to make way for the time limit. `terminated`: Slurm ended
 * the job (cancelled, preempted). `silent`: its trainer ended without a word.
 */
export const ExitRecord = z.object({
  job: z.string(),
  task: z.int(),
  at: z.number(),
  how: z.enum(['ended', 'limit', 'terminated', 'silent']),
  outcome: Outcome.nullable(),
  error: z.string()
})
export type ExitRecord = z.infer<typeof ExitRecord>

/** What the desk has of a run, and wants to know more of. */
export const LookOrder = z.object({
  runs: z.array(
    z.object({
      id: z.string(),
      /** Bytes of events.jsonl that the desk has. */
      from: z.int().nonnegative(),
      /** Whether the hash of these bytes is wanted. */
      check: z.boolean()
    })
  ),
  /** Bytes of event lines in the answer, at most. */
  most: z.int().positive()
})
export type LookOrder = z.infer<typeof LookOrder>

export const LookAnswer = z.object({
  runs: z.array(
    z.object({
      id: z.string(),
      /** Bytes of whole lines in events.jsonl; null where there is no such folder. */
      size: z.int().nullable(),
      /** SHA-256 of the first `from` bytes, hex, where it was asked for and there are so many. */
      sha256: z.string().nullable(),
      /** How many of the bytes behind this answer are this run's, from `from` on. */
      sent: z.int(),
      sentSha256: z.string(),
      /** Folders below checkpoints/. */
      checkpoints: z.array(z.string()),
      heartbeat: Heartbeat.nullable(),
      exit: ExitRecord.nullable(),
      /** Commands that were passed on, and that there are. */
      commands: z.object({ done: z.int(), all: z.int() }),
      stderr: z.string()
    })
  )
})
export type LookAnswer = z.infer<typeof LookAnswer>
export type RunLook = LookAnswer['runs'][number]
