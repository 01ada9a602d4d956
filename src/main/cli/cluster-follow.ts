/** Following runs on a cluster from the command line until all of them have ended and arrived. */
import { setTimeout as delay } from 'node:timers/promises'
import type { RunRow } from '@shared/contract'
import { readPoll } from './cluster-options'
import type { Arguments, Host } from './command'
import { clusterSettings, type Library, type OpenSettings } from './library'

/** How a library is opened by a command that trains nothing here. */
export const onCluster = (
  host: Host,
  args: Arguments
): Pick<OpenSettings, 'startTrainer' | 'takes' | 'clusters'> => ({
  startTrainer: null,
  takes: 'own',
  clusters: clusterSettings(host, readPoll(args))
})

export const awayText = (cluster: string): string =>
  `The jobs on ${cluster} go on. The app, or grokscope cluster jobs ${cluster}, catches up.`

const lookMs = 500

/**
 * Waits until runs on a cluster have ended and everything of them is here.
 * @param wanted which runs
 * @returns false where it did not wait to the end: with --detach, after the jobs were submitted
 * @throws {UserError} where the first look at the cluster fails: somebody is there to mend it
 */
export async function followCluster(
  { request }: Library,
  cluster: string,
  wanted: (run: RunRow) => boolean,
  closing: () => boolean,
  args: Arguments
): Promise<boolean> {
  await request['clusters.look']({ name: cluster })
  if (args.flag('detach')) return false
  for (;;) {
    if (closing()) return false
    const status = (await request['clusters.list']({})).find(
      ({ profile }) => profile.name === cluster
    )
    const active = new Set(status?.active)
    if (active.size === 0) return true
    const runs = await request['runs.list']({})
    if (!runs.some((run) => active.has(run.id) && wanted(run))) return true
    await delay(lookMs)
  }
}
