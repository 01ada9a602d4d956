/** One run on a cluster, ordered from the command line and followed to its end. */
import type { ApiClient } from '@shared/contract'
import { awayText, followCluster, onCluster } from './cluster-follow'
import { exitCodes, type Arguments, type Host } from './command'
import { openLibrary } from './library'
import { libraryFolder } from './library-folder'
import { concludeRun } from './training'

/**
 * @param order queues a run and returns its id
 * @returns the exit code
 */
export async function trainThere(
  host: Host,
  args: Arguments,
  cluster: string,
  order: (request: ApiClient) => Promise<string>
): Promise<number> {
  const asJson = args.flag('json')
  const note = (text: string): void =>
    host.err(`${asJson ? JSON.stringify({ note: text }) : text}\n`)
  const folder = libraryFolder(host, args)
  const library = await openLibrary(host, folder, { log: note, ...onCluster(host, args) })
  let closing: Promise<void> | undefined
  const letGo = host.onInterrupt(() => {
    if (closing) return
    note(awayText(cluster))
    closing = library.server.close('The command was interrupted.')
  })
  try {
    const id = await order(library.request)
    const runFolder = library.folder({ id, trashed: false })
    if (asJson) host.err(`${JSON.stringify({ run: { id, folder: runFolder } })}\n`)
    else note(`Run ${id} on ${cluster}, arriving in ${runFolder}`)
    const all = await followCluster(
      library,
      cluster,
      (run) => run.id === id,
      () => closing !== undefined,
      args
    )
    if (!all) return closing ? exitCodes.interrupted : exitCodes.ok
    const run = await library.request['runs.get']({ id })
    return concludeRun(host, run, runFolder, asJson)
  } finally {
    letGo()
    await (closing ?? library.server.close('The command ended.'))
  }
}
