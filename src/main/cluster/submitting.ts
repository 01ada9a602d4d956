/** From runs that wait to batches in Slurm's queue, as many as the cluster's limits let in. */
import { randomBytes } from 'node:crypto'
import type { ClusterProfile } from '@shared/cluster'
import { UserError } from '@shared/errors'
import type { RunRecord } from '../store/store'
import { planArrays, type Batch, type Batches } from './batches'
import type { Connection } from './connection'
import type { Desk } from './desk'
import { forgetCommands } from './orders'
import { quotePath } from './quote'
import { sendBundle } from './send-bundle'
import { limitsScript, parseLimits, type Limits } from './slurm'
import { submitBatch } from './submit'

export interface Submitting {
  submitWaiting(waiting: readonly RunRecord[]): Promise<void>
  /** Submits a batch whose record is written; one that was submitted before is found again. */
  submit(batch: Batch): Promise<void>
}

export function createSubmitting(
  profile: ClusterProfile,
  connection: Connection,
  batches: Batches,
  desk: Desk
): Submitting {
  const { name } = profile
  const { now, log, runFolder } = desk
  let folder: string | null = null
  let limits: Limits | null = null

  async function submitWaiting(waiting: readonly RunRecord[]): Promise<void> {
    folder ??= await workFolder(connection, profile)
    limits ??= parseLimits((await connection.must(limitsScript)).toString())
    const bundle = await desk.bundle()
    await sendBundle(connection, folder, bundle, (bytes) =>
      log(`cluster ${name}: sending the trainer, ${Math.ceil(bytes / 1e6)} MB`)
    )
    const list = waiting.map(({ id, step, study }) => ({ id, step, study: study?.id ?? null }))
    const submitted = await connection.must('squeue -h -r -u "$(id -un)" -o %i | wc -l')
    const room = limits.submitted - Number(submitted.toString())
    for (const tasks of planArrays(list, profile.runsPerJob, limits.arraySize, room)) {
      const id = `${now().toString(36)}${randomBytes(2).toString('hex')}`
      for (const { run } of tasks.flat()) forgetCommands(runFolder(run))
      const threads =
        profile.gpus > 0 ? null : Math.max(1, Math.floor(profile.cpus / profile.runsPerJob))
      const where = { version: 1 as const, id, createdAt: now(), folder, bundle: bundle.hash }
      const batch: Batch = { ...where, tasks, threads, job: null, done: [] }
      batches.write(batch)
      await submit(batch)
    }
  }

  async function submit(batch: Batch): Promise<void> {
    try {
      const job = await submitBatch(connection, profile, batch, runFolder)
      batches.write({ ...batch, job })
      log(`cluster ${name}: job ${job} with ${batch.tasks.length} tasks`)
    } catch (error) {
      // What Slurm refuses it refuses again: the runs wait for a better profile.
      if (error instanceof UserError && error.code === 'cluster.refused') giveUp(batch, error)
      throw error
    }
  }

  function giveUp(batch: Batch, { message, hint }: UserError): void {
    const runs = batch.tasks.flat().map(({ run }) => run)
    batches.write({ ...batch, done: runs })
    const error = `${message} ${hint}`
    for (const id of runs) {
      desk.change(id, ({ state }) =>
        state === 'queued' ? { state: 'interrupted', error, endedAt: now() } : undefined
      )
    }
  }

  return { submitWaiting, submit }
}

/** The work folder by its whole path, made where it is missing. */
export async function workFolder(connection: Connection, profile: ClusterProfile): Promise<string> {
  const work = quotePath(profile.folder)
  return (await connection.must(`mkdir -p ${work} && cd ${work} && pwd -P`)).toString().trim()
}
