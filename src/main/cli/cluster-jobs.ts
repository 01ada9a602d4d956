/** What goes on on clusters: jobs, a run's last words, and commands to runs. */
import type { ClusterStatus } from '@shared/cluster'
import type { RunRow } from '@shared/contract'
import { UserError } from '@shared/errors'
import { readProfile } from '../cluster/profiles'
import { clusterOperand } from './cluster'
import { exitCodes, type Arguments, type Host } from './command'
import { cut, table } from './format'
import { clusterSettings, findRun, lookInto, type Library } from './library'
import { libraryFolder } from './library-folder'

/** Asks each cluster that has something of ours, or the one that is named, and takes in what is new. */
export async function showJobs(host: Host, args: Arguments): Promise<number> {
  const name = args.operands[1]
  if (name !== undefined) readProfile(libraryFolder(host, args), name)
  let failed = false
  await look(host, args, async ({ request }) => {
    const all = await request['clusters.list']({})
    const wanted = all.filter(({ profile, active }) =>
      name === undefined ? active.length > 0 : profile.name === name
    )
    const seen: ClusterStatus[] = []
    for (const { profile } of wanted) {
      try {
        seen.push(await request['clusters.look']({ name: profile.name }))
      } catch (error) {
        if (!(error instanceof UserError) || wanted.length === 1) throw error
        failed = true
        host.err(`grokscope: ${error.message}\n${error.hint}\n`)
      }
    }
    const runs = new Map((await request['runs.list']({})).map((run) => [run.id, run]))
    if (args.flag('json')) host.out(`${JSON.stringify(seen, null, 2)}\n`)
    else if (seen.length === 0 && !failed) host.out('Nothing of this library is on a cluster.\n')
    else for (const status of seen) host.out(describeStatus(status, runs))
  })
  return failed ? exitCodes.failed : exitCodes.ok
}

function describeStatus(
  { profile, jobs, active, here, error }: ClusterStatus,
  runs: ReadonlyMap<string, RunRow>
): string {
  const lines = jobs.map(({ job, state, node, timeLeft, reason, expectedStart, runs: ids }) => [
    job,
    state,
    cut(ids.map((id) => runs.get(id)?.study?.cell ?? runs.get(id)?.name ?? id).join(', '), 40),
    stepsOf(ids, runs),
    node || '-',
    timeLeft || '-',
    [reason, expectedStart && state === 'PENDING' ? `from ${expectedStart}` : '']
      .filter(Boolean)
      .join(', ') || '-'
  ])
  const head = ['JOB', 'STATE', 'RUN', 'STEP', 'NODE', 'TIME LEFT', 'WAITS FOR']
  const count = `${active.length} ${active.length === 1 ? 'run' : 'runs'} of this library there`
  const elsewhere = here ? '' : ' (as another Grokscope, which looks after it, last saw it)'
  return [
    `${profile.name}: ${count}, ${jobs.length} ${jobs.length === 1 ? 'job' : 'jobs'} in Slurm${elsewhere}\n`,
    ...(error ? [`${error}\n`] : []),
    ...(lines.length > 0 ? [table(head, lines)] : [])
  ].join('')
}

const stepsOf = (ids: readonly string[], runs: ReadonlyMap<string, RunRow>): string =>
  ids
    .flatMap((id) => runs.get(id) ?? [])
    .map(({ step, steps }) => `${step}/${steps}`)
    .join(', ')

export async function showLog(host: Host, args: Arguments): Promise<number> {
  await look(host, args, async (library) => {
    const { id } = findRun(await library.request['runs.list']({}), clusterOperand(args, 'RUN'))
    const { text } = await library.request['clusters.log']({ id })
    host.out(text || 'The job has not said anything yet.\n')
  })
  return exitCodes.ok
}

/** pause, resume, checkpoint, stop, cancel: given, and brought to the cluster. */
export async function commandRun(host: Host, args: Arguments): Promise<number> {
  const action = args.operands[0] as 'pause' | 'resume' | 'checkpoint' | 'stop' | 'cancel'
  await look(host, args, async (library) => {
    const { request } = library
    const run = findRun(await request['runs.list']({}), clusterOperand(args, 'RUN'))
    if (run.cluster === null) {
      throw new UserError(
        'cluster.notThere',
        `Run "${run.name}" is not on a cluster.`,
        'See grokscope cluster jobs.'
      )
    }
    // First, so that what is asked fits what the run is now.
    if (action === 'cancel') {
      await request['clusters.look']({ name: run.cluster })
      const { job } = await request['clusters.cancel']({ id: run.id })
      host.out(`Job ${job} on ${run.cluster} is cancelled.\n`)
      return
    }
    if (!args.flag('detach')) await request['clusters.look']({ name: run.cluster })
    await request['runs.control']({ id: run.id, command: action })
    if (!args.flag('detach')) await request['clusters.look']({ name: run.cluster })
    host.out(
      args.flag('detach')
        ? `${action}: noted; the next look at ${run.cluster} brings it there.\n`
        : `${action}: ${run.cluster} has it.\n`
    )
  })
  return exitCodes.ok
}

const look = (
  host: Host,
  args: Arguments,
  act: (library: Library) => Promise<void>
): Promise<void> => lookInto(host, args, undefined, act, { clusters: clusterSettings(host) })
