/** Tries a profile link by link, telling each as it is known. */
import { dirname } from 'node:path'
import type { ClusterLink } from '@shared/cluster'
import { makeBundle } from '../cluster/bundle'
import { checkCluster } from '../cluster/check'
import { createConnection, usualWay } from '../cluster/connection'
import { readProfile } from '../cluster/profiles'
import { clusterOperand } from './cluster'
import { exitCodes, type Arguments, type Host } from './command'
import { libraryFolder } from './library-folder'

const marks: Record<ClusterLink['state'], string> = {
  good: 'good',
  warning: 'warn',
  bad: 'BAD',
  unknown: '-'
}

export async function checkProfile(host: Host, args: Arguments): Promise<number> {
  const profile = readProfile(libraryFolder(host, args), clusterOperand(args, 'NAME'))
  const asJson = args.flag('json')
  const connection = createConnection({
    profile,
    ask: host.ask ?? null,
    way: usualWay(host.platform),
    changed: () => undefined
  })
  const letGo = host.onInterrupt(() => connection.close())
  try {
    const links = await checkCluster(profile, connection, {
      bundle: () => makeBundle(dirname(dirname(dirname(host.paths.cli)))),
      told: (link) => {
        if (!asJson) host.out(describeLink(link))
      }
    })
    if (asJson) host.out(`${JSON.stringify(links, null, 2)}\n`)
    return links.some(({ state }) => state === 'bad') ? exitCodes.failed : exitCodes.ok
  } finally {
    letGo()
    connection.close()
  }
}

const describeLink = ({ name, state, found, cure }: ClusterLink): string =>
  `${marks[state].padEnd(5)} ${name.padEnd(17)} ${found}\n${cure ? `${' '.repeat(24)}${cure}\n` : ''}`
