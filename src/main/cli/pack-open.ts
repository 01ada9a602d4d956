import { resolve } from 'node:path'
import { importPack } from '../server/pack-import'
import { newRunId } from '../server/server'
import { exitCodes, usageError, type Arguments, type Host } from './command'
import { lookInto } from './library'
import { libraryFolder } from './library-folder'
import { pack, packFile } from './pack'

/** Takes a pack into the library. */
export async function openPack(host: Host, args: Arguments): Promise<number> {
  const file = resolve(packFile(args))
  const other = args.text('library')
  if (other !== undefined && args.text('runs') !== undefined) {
    throw usageError(pack, '--library and --runs say the same: give one of them.')
  }
  const named: Arguments =
    other === undefined
      ? args
      : { ...args, text: (name) => (name === 'runs' ? other : args.text(name)) }
  const library = libraryFolder(host, named)
  const opened = await importPack({ library, file, newId: newRunId, now: host.now() })
  // The history takes in what lies there now.
  await lookInto(host, named, undefined, ({ request }) => request['app.info']({}))
  if (args.flag('json')) host.out(`${JSON.stringify(opened, null, 2)}\n`)
  else {
    const { title, added, known, study, notes } = opened
    for (const note of notes) host.err(`${note}\n`)
    const lines = [
      `${title}: ${added.length} ${added.length === 1 ? 'run' : 'runs'} added${known.length > 0 ? `, ${known.length} here already` : ''}.`,
      ...added.map((id) => `  ${id}`),
      ...(study === null ? [] : [`  study ${study}`])
    ]
    host.out(`${lines.join('\n')}\n`)
  }
  return exitCodes.ok
}
