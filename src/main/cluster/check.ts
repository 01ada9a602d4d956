/** Tries the chain from here to a running job, link by link; the first that breaks names its cure. */
import { setTimeout as delay } from 'node:timers/promises'
import type { ClusterLink, ClusterProfile } from '@shared/cluster'
import { ProbeAnswer } from '@shared/diagnosis'
import { UserError } from '@shared/errors'
import { batchScript } from './batch-script'
import type { Bundle } from './bundle'
import type { Connection } from './connection'
import { quote } from './quote'
import { sendBundle } from './send-bundle'
import { limitsScript, parseLimits } from './slurm'
import { refusedBatch } from './submit'
import { workFolder } from './submitting'

export interface CheckOptions {
  bundle: () => Promise<Bundle>
  /** Is told of each link as it is known. */
  told?: (link: ClusterLink) => void
  /** How long the test job may wait for its turn, and how often is looked, milliseconds. */
  waitMs?: number
  lookMs?: number
}

/** Without it Node 22 does not load (nodejs.org, BUILDING.md: supported platforms). */
const oldestLibc = [2, 28] as const
/** The trainer and the engine take up to 1 GB; checkpoints need room, too. */
const leastFreeBytes = 3e9

type Found = Omit<ClusterLink, 'name'>
const good = (found: string): Found => ({ state: 'good', found, cure: '' })
const warning = (found: string, cure: string): Found => ({ state: 'warning', found, cure })
const bad = (found: string, cure: string): Found => ({ state: 'bad', found, cure })

/** @returns every link; those behind a broken one are unknown */
export async function checkCluster(
  profile: ClusterProfile,
  connection: Connection,
  options: CheckOptions
): Promise<ClusterLink[]> {
  const chain = createChain(profile, connection, options)
  const links: ClusterLink[] = []
  let broken = false
  for (const [name, look] of chain) {
    const found: Found = broken
      ? { state: 'unknown', found: 'Not tried: an earlier link is broken.', cure: '' }
      : await look().catch(asFound)
    broken ||= found.state === 'bad'
    links.push({ name, ...found })
    options.told?.({ name, ...found })
  }
  return links
}

function asFound(error: unknown): Found {
  if (error instanceof UserError) return bad(error.message, error.hint)
  throw error
}

function createChain(
  profile: ClusterProfile,
  connection: Connection,
  { bundle, waitMs = 180_000, lookMs = 3000 }: CheckOptions
): [string, () => Promise<Found>][] {
  const say = async (script: string): Promise<string> =>
    (await connection.must(script)).toString().trim()
  let folder = ''
  let brought = ''

  return [
    [
      'Connection',
      async () => good(`${await say('echo "$(id -un) on $(uname -n), $(uname -sm)"')}`)
    ],
    [
      'Work folder',
      async () => {
        try {
          folder = await workFolder(connection, profile)
          await connection.must(`f=${quote(folder)}/.check.$$; echo >"$f" && rm "$f"`)
        } catch (error) {
          if (!(error instanceof UserError)) throw error
          return bad(
            `${profile.folder} cannot be written: ${error.message}`,
            'Set the work folder of the profile to one of yours.'
          )
        }
        const free =
          1024 * Number(await say(`df -Pk ${quote(folder)} | awk 'NR == 2 { print $4 }'`))
        const found = `${folder}, ${(free / 1e9).toFixed(1)} GB free`
        return free > leastFreeBytes
          ? good(found)
          : warning(
              found,
              'Free some space, or name a folder on a larger file system: the trainer and checkpoints need some gigabytes.'
            )
      }
    ],
    [
      'System',
      async () => {
        const [machine, libc = ''] = (
          await say('uname -m; getconf GNU_LIBC_VERSION 2>/dev/null')
        ).split('\n')
        const arch = process.arch === 'x64' ? 'x86_64' : 'aarch64'
        if (machine !== arch) {
          return bad(
            `${machine}, and this computer's trainer is for ${arch}`,
            `Use a login node with ${arch} processors, or submit from a computer like the cluster.`
          )
        }
        const [, major, minor] = /(\d+)\.(\d+)/.exec(libc) ?? []
        const old =
          Number(major) < oldestLibc[0] ||
          (Number(major) === oldestLibc[0] && Number(minor) < oldestLibc[1])
        return old || !major
          ? bad(
              `${libc || 'no GNU C library'}`,
              `Node and the engine need glibc ${oldestLibc.join('.')} or newer: ask for nodes with a newer system.`
            )
          : good(`${machine}, ${libc}`)
      }
    ],
    [
      'Trainer and Node',
      async () => {
        const made = await bundle()
        const sent = await sendBundle(connection, folder, made)
        brought = made.hash
        const node = await say(`${quote(`${folder}/bundles/${brought}/bin/node`)} --version`)
        const size = `${Math.round(made.bytes / 1e6)} MB`
        return good(`Node ${node}, ${sent > 0 ? `${size} brought now` : `${size} there already`}`)
      }
    ],
    [
      'Slurm',
      async () => {
        const { code, stdout } = await connection.run(
          'sbatch --version && squeue -h -u "$(id -un)" >/dev/null && command -v scontrol >/dev/null'
        )
        return code === 0
          ? good(stdout.toString().trim())
          : bad(
              'sbatch, squeue or scontrol does not answer',
              "Name a login node of a Slurm cluster as host; if Slurm needs a module, load it in your shell's start file."
            )
      }
    ],
    [
      'Limits',
      async () => {
        const limits = parseLimits(await say(limitsScript))
        const most = Number.isFinite(limits.submitted)
          ? `${limits.submitted} jobs submitted at a time`
          : 'no limit on submitted jobs is named'
        const found = `arrays of up to ${limits.arraySize} tasks; ${most}`
        return limits.arraySize > 0
          ? good(`${found}. Larger studies are split.`)
          : bad(found, 'This cluster allows no job arrays: ask its support for MaxArraySize.')
      }
    ],
    [
      'Job options',
      async () => {
        const script = batchScript(profile, { id: 'check', tasks: 1, folder, bundle: brought })
        const { code, stderr } = await connection.run('sbatch --test-only', script)
        if (code !== 0) return asFound(refusedBatch(profile, stderr))
        const when = /start at (\S+)/.exec(stderr)?.[1]
        return good(when ? `Slurm would start such a job at ${when}` : 'Slurm accepts them')
      }
    ],
    ['Test job', () => testJob(profile, connection, { folder, bundle: brought, waitMs, lookMs })]
  ]
}

interface TestPlan {
  folder: string
  bundle: string
  waitMs: number
  lookMs: number
}

/** One minute at most on a compute node: which engine starts there, and how fast it is. */
async function testJob(
  profile: ClusterProfile,
  connection: Connection,
  { folder, bundle, waitMs, lookMs }: TestPlan
): Promise<Found> {
  const place = `${folder}/bundles/${bundle}`
  const program = [`${place}/bin/node`, `${place}/out/main/cluster-job.js`, '--probe'].map(quote)
  const script = batchScript(
    { ...profile, timeLimit: '1', noticeSeconds: 10 },
    { id: 'check', tasks: 1, folder, bundle }
  )
    .replace(/^#SBATCH --array=.*\n/m, '')
    .replace(/^#SBATCH --output=.*$/m, '#SBATCH --output=/dev/null')
    .replace(/^exec .*$/m, `exec ${program.join(' ')} >"$GROKSCOPE_CHECK" 2>&1`)
  const out = (await connection.must(`mktemp ${quote(`${folder}/check.XXXXXX`)}`)).toString().trim()
  const job = (
    await connection.must(`GROKSCOPE_CHECK=${quote(out)} sbatch --parsable --export=ALL`, script)
  )
    .toString()
    .trim()
    .split(';')[0]!
  try {
    for (let waited = 0; waited <= waitMs; waited += lookMs) {
      await delay(lookMs)
      const state = (await connection.run(`squeue -h -j ${quote(job)} -o '%T|%r'`)).stdout
        .toString()
        .trim()
      const said = (await connection.must(`cat ${quote(out)}`)).toString().trim()
      if (said && (state === '' || said.endsWith('}'))) return readProbe(said)
      if (state === '' && waited > 2 * lookMs) {
        return bad(
          `Job ${job} ended without a word.`,
          'Check the environment lines of the profile, and that compute nodes see the work folder.'
        )
      }
      if (waited + lookMs > waitMs) {
        const [, reason] = state.split('|')
        return warning(
          `Job ${job} waited longer than ${waitMs / 1000} s for its turn (${reason}).`,
          'The cluster is busy, which is no fault; try again later to be sure.'
        )
      }
    }
    return warning(`Job ${job} has not answered.`, 'Try again later.')
  } finally {
    await connection.run(`scancel ${quote(job)} 2>/dev/null; rm -f ${quote(out)}`)
  }
}

function readProbe(said: string): Found {
  const line = said.split('\n').at(-1)!
  const answer = line.startsWith('{') ? ProbeAnswer.safeParse(JSON.parse(line)).data : undefined
  if (answer?.type === 'works') {
    return good(`${answer.detail}, ${answer.gflops.toFixed(0)} GFLOP/s, on a compute node`)
  }
  return answer
    ? bad(answer.message, answer.hint)
    : bad(
        `The trainer does not start there: ${said.split('\n').slice(-3).join(' ')}`,
        'Check the environment lines of the profile.'
      )
}
