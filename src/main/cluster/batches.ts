/**
 * What was submitted: clusters/NAME/batches/ID.json in the library, one file per array of jobs. Written before it is
 * submitted, so that a desk which dies in between finds its jobs again by the batch's name.
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { readJson, writeWhole } from '../server/folders'
import { clustersFolder } from './profiles'

export const Batch = z.object({
  version: z.literal(1),
  id: z.string(),
  /** Unix milliseconds. */
  createdAt: z.number(),
  /** Absolute work folder on the cluster. */
  folder: z.string(),
  bundle: z.string(),
  /** Runs of each task, and the step that each was at when it was submitted. */
  tasks: z.array(z.array(z.object({ run: z.string(), step: z.int() }))),
  /** CPU threads of each run. */
  threads: z.int().positive().nullable(),
  /** The array's number; null until it is known. */
  job: z.string().nullable(),
  /** Runs about which nothing more is to be learnt from this batch. */
  done: z.array(z.string())
})
export type Batch = z.infer<typeof Batch>

export interface Batches {
  /** Those with runs that are not done, the oldest first. */
  open(): Batch[]
  write(batch: Batch): void
}

/** The batches of one cluster. */
export function openBatches(library: string, cluster: string): Batches {
  const folder = join(clustersFolder(library), cluster, 'batches')
  const isOpen = ({ tasks, done }: Batch): boolean =>
    tasks.some((runs) => runs.some(({ run }) => !done.includes(run)))
  const known = new Map<string, Batch>()
  if (existsSync(folder)) {
    for (const file of readdirSync(folder)) {
      const batch = file.endsWith('.json') ? readJson(join(folder, file), Batch) : null
      if (batch && isOpen(batch)) known.set(batch.id, batch)
    }
  }
  return {
    open: () => [...known.values()].sort((a, b) => a.createdAt - b.createdAt),
    write(batch) {
      mkdirSync(folder, { recursive: true })
      writeWhole(join(folder, `${batch.id}.json`), batch)
      if (isOpen(batch)) known.set(batch.id, batch)
      else known.delete(batch.id)
    }
  }
}

/** A run that waits to be submitted. */
export interface Waiting {
  id: string
  step: number
  /** Runs of one study go into one array. */
  study: string | null
}

/**
 * Which runs go into which task of which array.
 * @param runsPerTask so many side by side
 * @param arraySize tasks in one array at most
 * @param room tasks in all that may be submitted now; what does not fit waits for another time
 */
export function planArrays(
  waiting: readonly Waiting[],
  runsPerTask: number,
  arraySize: number,
  room: number
): Batch['tasks'][] {
  const byStudy = new Map<string | null, Batch['tasks'][number]>()
  for (const { id, step, study } of waiting) {
    byStudy.set(study, [...(byStudy.get(study) ?? []), { run: id, step }])
  }
  const arrays: Batch['tasks'][] = []
  let left = room
  for (const runs of byStudy.values()) {
    const tasks = chunks(runs, runsPerTask).slice(0, Math.max(0, left))
    left -= tasks.length
    arrays.push(...chunks(tasks, Math.max(1, arraySize)))
  }
  return arrays
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  const all: T[][] = []
  for (let at = 0; at < list.length; at += size) all.push(list.slice(at, at + size))
  return all
}
