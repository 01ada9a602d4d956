/** Profiles of clusters: list, add, show, remove. */
import { existsSync, readFileSync } from 'node:fs'
import { parseClusterProfile, type ClusterProfile, type ClusterStatus } from '@shared/cluster'
import { applyAssignment } from '@shared/config-input'
import { parseProfileText, readProfile, writeProfile } from '../cluster/profiles'
import { clusterOperand } from './cluster'
import { exitCodes, type Arguments, type Host } from './command'
import { duration, table } from './format'
import { lookInto } from './library'
import { libraryFolder } from './library-folder'

export async function listClusters(host: Host, args: Arguments): Promise<number> {
  const all = await lookInto<ClusterStatus[]>(host, args, [], ({ request }) =>
    request['clusters.list']({})
  )
  if (args.flag('json')) host.out(`${JSON.stringify(all, null, 2)}\n`)
  else if (all.length === 0) {
    host.out('No clusters yet. Add one: grokscope cluster add NAME --host HOST\n')
  } else {
    host.out(
      table(
        ['NAME', 'HOST', 'WORK FOLDER', 'PARTITION', 'RUNS THERE', 'LAST LOOK'],
        all.map(({ profile, active, lookedAt }) => [
          profile.name,
          profile.host,
          profile.folder,
          profile.partition || 'default',
          String(active.length),
          lookedAt === null ? 'never' : `${duration(host.now() - lookedAt)} ago`
        ])
      )
    )
  }
  return exitCodes.ok
}

/** Writes a profile after it has been checked as a whole. */
export async function addCluster(host: Host, args: Arguments): Promise<number> {
  const name = clusterOperand(args, 'NAME or FILE')
  const from: unknown =
    /\.json$/.test(name) && existsSync(name)
      ? parseProfileText(readFileSync(name, 'utf8'), name, '')
      : { name }
  const host_ = args.text('host')
  const asked = args.texts('set').reduce(applyText, {
    ...(from as object),
    ...(host_ !== undefined && { host: host_ })
  })
  const profile = parseClusterProfile(asked)
  writeProfile(libraryFolder(host, args), profile)
  if (args.flag('json')) host.out(`${JSON.stringify(profile, null, 2)}\n`)
  else {
    host.out(
      `${describeProfile(profile)}\nSaved. Try it: grokscope cluster check ${profile.name}\n`
    )
  }
  return exitCodes.ok
}

/** Most settings are texts, also those that look like numbers: a time limit of 30, a partition 2. */
function applyText(profile: object, assignment: string): object {
  const key = assignment.slice(0, assignment.indexOf('=')).trim()
  const set = applyAssignment(profile, assignment) as Record<string, unknown>
  const texts = ['timeLimit', 'partition', 'account', 'sbatch', 'environment', 'host', 'folder']
  return texts.includes(key)
    ? { ...set, [key]: assignment.slice(assignment.indexOf('=') + 1) }
    : set
}

export async function showCluster(host: Host, args: Arguments): Promise<number> {
  const profile = readProfile(libraryFolder(host, args), clusterOperand(args, 'NAME'))
  host.out(args.flag('json') ? `${JSON.stringify(profile, null, 2)}\n` : describeProfile(profile))
  return exitCodes.ok
}

export async function removeCluster(host: Host, args: Arguments): Promise<number> {
  const name = clusterOperand(args, 'NAME')
  readProfile(libraryFolder(host, args), name)
  await lookInto(host, args, undefined, ({ request }) => request['clusters.remove']({ name }))
  host.out(`${name} is forgotten. Its work folder on the cluster is left as it is.\n`)
  return exitCodes.ok
}

function describeProfile(profile: ClusterProfile): string {
  const shown = Object.entries(profile).filter(([key]) => key !== 'version')
  const width = Math.max(...shown.map(([key]) => key.length))
  return shown
    .map(([key, value]) => `${key.padEnd(width)}  ${value === '' ? '-' : String(value)}\n`)
    .join('')
}
