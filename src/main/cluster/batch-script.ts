/** The batch script of an array, one task per group of runs. */
import type { ClusterProfile } from '@shared/cluster'
import { jobPrefix } from './slurm'
import { quote } from './quote'

export interface BatchPlan {
  id: string
  /** Number of tasks. */
  tasks: number
  /** Absolute work folder on the cluster. */
  folder: string
  bundle: string
}

/**
 * The script. The job's program takes the shell's place, so that Slurm's signal reaches it: shortly before the time
 * limit Slurm sends USR1, the runs write checkpoints, and the task is queued again.
 */
export function batchScript(profile: ClusterProfile, plan: BatchPlan): string {
  const { folder, bundle } = plan
  const limit = profile.jobsAtOnce > 0 ? `%${profile.jobsAtOnce}` : ''
  const options = [
    `--job-name=${jobPrefix}${plan.id}`,
    `--array=0-${plan.tasks - 1}${limit}`,
    `--time=${profile.timeLimit}`,
    `--signal=B:USR1@${profile.noticeSeconds}`,
    '--requeue',
    '--open-mode=append',
    // Slurm reads a quoted word here as a shell would.
    `--output=${quoteOption(`${folder}/batches/${plan.id}/%a.log`)}`,
    '--nodes=1',
    '--ntasks=1',
    `--cpus-per-task=${profile.cpus}`,
    ...(profile.memoryGb > 0 ? [`--mem=${Math.ceil(profile.memoryGb * 1024)}M`] : []),
    ...(profile.gpus > 0 ? [`--gres=gpu:${profile.gpus}`] : []),
    ...(profile.partition ? [`--partition=${profile.partition}`] : []),
    ...(profile.account ? [`--account=${profile.account}`] : []),
    ...lines(profile.sbatch).map((line) => line.replace(/^#SBATCH\s+/, ''))
  ]
  const place = `${folder}/bundles/${bundle}`
  const program = [
    `${place}/bin/node`,
    `${place}/out/main/cluster-job.js`,
    folder,
    `${folder}/batches/${plan.id}/tasks.json`
  ]
  return [
    '#!/bin/sh',
    ...options.map((option) => `#SBATCH ${option}`),
    '',
    ...lines(profile.environment),
    `exec ${program.map(quote).join(' ')}`,
    ''
  ].join('\n')
}

const lines = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== '')

const quoteOption = (path: string): string => (/[\s"'\\]/.test(path) ? `"${path}"` : path)
