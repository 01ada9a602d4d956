/** From runs that wait on the desk to an array of jobs. Every step may be repeated: what was done is found done. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pack, type Pack } from 'tar-stream'
import type { ClusterProfile } from '@shared/cluster'
import { UserError } from '@shared/errors'
import { RunFile, readJson } from '../server/folders'
import { batchScript } from './batch-script'
import type { Batch } from './batches'
import type { Connection } from './connection'
import type { Tasks } from './protocol'
import { quote } from './quote'
import { jobPrefix, parseSubmission } from './slurm'

/**
 * Brings the run folders of a batch to the cluster and submits it.
 * @param runFolder a run's folder on the desk
 * @returns the array's number
 */
export async function submitBatch(
  connection: Connection,
  profile: ClusterProfile,
  batch: Batch,
  runFolder: (id: string) => string
): Promise<string> {
  const { folder, id } = batch
  const runs = batch.tasks.flat().map(({ run }) => run)
  await sendRuns(connection, folder, runs, runFolder)
  const place = quote(`${folder}/batches/${id}`)
  const tasks: Tasks = {
    version: 1,
    tasks: batch.tasks.map((task) => task.map(({ run }) => run)),
    threads: batch.threads
  }
  const { bundle } = batch
  const script = batchScript(profile, { id, tasks: batch.tasks.length, folder, bundle })
  await connection.must(
    `mkdir -p ${place} && cat >${place}/tasks.json && printf %s ${quote(script)} >${place}/batch.sh`,
    JSON.stringify(tasks)
  )
  const name = quote(jobPrefix + id)
  const { code, stdout, stderr } = await connection.run(
    [
      `cd ${place} || exit 1`,
      `if ! [ -s job ]; then`,
      // It may have been submitted by a desk that did not live to hear of it.
      `  j=$(squeue -h -n ${name} -u "$(id -un)" -o %F 2>/dev/null | head -n 1)`,
      `  if [ -n "$j" ]; then echo "$j" >job.part; else sbatch --parsable batch.sh >job.part || exit 1; fi`,
      `  mv job.part job`,
      `fi`,
      `cat job`
    ].join('\n')
  )
  if (code !== 0) throw refusedBatch(profile, stderr)
  return parseSubmission(stdout.toString())
}

/** What sbatch does not like, with what to change. */
export function refusedBatch({ name }: ClusterProfile, stderr: string): UserError {
  const words = stderr.trim().replace(/^sbatch: (error: )?/gm, '')
  const said = words.split('\n').at(-1) || 'it said nothing'
  const cures: [RegExp, string][] = [
    [/partition/i, 'Set the partition of the profile to one that "sinfo" lists.'],
    [/account/i, 'Set the account of the profile: "sacctmgr show assoc user=$USER" lists yours.'],
    [/time limit/i, 'Set a shorter time limit in the profile: "sinfo -o %P,%l" lists the limits.'],
    [
      /node configuration|memory|cpus|gres|feature/i,
      'Ask for less in the profile: no node has that much, or not of that kind.'
    ],
    [
      /QOS|limit|submit/i,
      'You have as many jobs as you may have: wait for some to end, or set more runs per job.'
    ]
  ]
  const cure = cures.find(([pattern]) => pattern.test(words))?.[1]
  return new UserError(
    'cluster.refused',
    `Slurm on ${name} refused the jobs: ${said}.`,
    cure ?? `Correct the profile, then try again: grokscope cluster check ${name}.`
  )
}

/** Run folders that are not there are sent whole; what an earlier job left beside them is cleared away. */
async function sendRuns(
  connection: Connection,
  folder: string,
  runs: readonly string[],
  runFolder: (id: string) => string
): Promise<void> {
  const there = await connection.must(
    `mkdir -p ${quote(`${folder}/runs`)} ${quote(`${folder}/files`)} && cd ${quote(`${folder}/runs`)} && while read -r id; do` +
      ` if [ -f "$id/config.json" ]; then echo "$id"; rm -f "$id/exit.json" "$id/control.jsonl" "$id/control.done" "$id/heartbeat.json"; fi; done`,
    runs.map((id) => `${id}\n`).join('')
  )
  const known = new Set(there.toString().split('\n'))
  const missing = runs.filter((id) => !known.has(id))
  if (missing.length === 0) return
  await connection.must(`tar -xf - -C ${quote(folder)}`, packRuns(missing, runFolder, folder))
}

/** config.json comes last: a folder that has one is whole. */
function packRuns(
  runs: readonly string[],
  runFolder: (id: string) => string,
  folder: string
): NodeJS.ReadableStream {
  const archive = pack()
  const sent = new Set<string>()
  for (const id of runs) {
    const source = runFolder(id)
    const file = readJson(join(source, 'config.json'), RunFile)
    if (!file) {
      throw new UserError(
        'run.folderMissing',
        `Run ${id} has lost its folder ${source}, or the config.json in it.`,
        'Put the folder back, or delete the run.'
      )
    }
    const { config } = file
    const dataset = config['dataset'] as { path?: string; sha256?: string }
    if (typeof dataset.path === 'string') {
      const place = `files/${dataset.sha256 ?? id}/${basename(dataset.path)}`
      if (!sent.has(place)) archive.entry({ name: place }, readFileSync(dataset.path))
      sent.add(place)
      file.config = { ...config, dataset: { ...dataset, path: `${folder}/${place}` } }
    }
    for (const name of ['events.jsonl', 'checkpoints']) {
      addTree(archive, join(source, name), `runs/${id}/${name}`)
    }
    archive.entry({ name: `runs/${id}/config.json` }, JSON.stringify(file, null, 2))
  }
  archive.finalize()
  return archive as unknown as NodeJS.ReadableStream
}

function addTree(archive: Pack, source: string, name: string): void {
  if (!existsSync(source)) return
  if (!statSync(source).isDirectory()) {
    archive.entry({ name }, readFileSync(source))
    return
  }
  for (const entry of readdirSync(source)) {
    if (!entry.startsWith('.')) addTree(archive, join(source, entry), `${name}/${entry}`)
  }
}
