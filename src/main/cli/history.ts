import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { nearestName } from '@shared/config-input'
import { UserError } from '@shared/errors'
import { exitCodes, jsonOption, usageError, type Arguments, type Host, type Verb } from './command'
import { bytes, table } from './format'
import { libraryFolder } from './library-folder'

/** What `history` can do, by the file of a history that is there. */
const actions = { check, backup, backups: list, restore } as const

export const history: Verb = {
  name: 'history',
  operands: 'ACTION [BACKUP]',
  summary: 'check, back up or restore the history of the library',
  details: `ACTION is one of
  check            look at the whole file and at every reference in it
  backup           make a checked copy now, in backups/ of the library; the app makes one a day
  backups          list the copies, the newest first
  restore BACKUP   put a copy in the history's place (its name or path; "newest" will do), while Grokscope is closed
Run folders are the record and are never touched: after restoring, what they hold beyond the copy is read in.`,
  options: { json: jsonOption },
  async run(host, args) {
    const name = args.operands[0]!
    if (!Object.hasOwn(actions, name)) {
      const near = nearestName(name, Object.keys(actions))
      throw usageError(
        history,
        `history cannot "${name}".${near ? ` Did you mean history ${near}?` : ` Known are ${Object.keys(actions).join(', ')}.`}`
      )
    }
    const { historyFile } = await import('../server/history')
    const file = historyFile(libraryFolder(host, args))
    if (!existsSync(file) && name !== 'restore' && name !== 'backups') {
      throw new UserError(
        'library.missing',
        `There is no history ${file}.`,
        'Name the library with --runs DIR; `grokscope train` makes one.'
      )
    }
    return actions[name as keyof typeof actions](host, args, file)
  }
}

async function check(host: Host, args: Arguments, file: string): Promise<number> {
  const { openStore } = await import('../store/store')
  const store = await openStore(file, { now: host.now })
  try {
    const fault = store.fault()
    const runs = store.runs().length
    if (args.flag('json')) host.out(`${JSON.stringify({ file, runs, fault })}\n`)
    else if (fault === null) host.out(`${file} is whole: ${runs} runs.\n`)
    else host.out(`${file} is damaged: ${fault}\nStart Grokscope to repair it.\n`)
    return fault === null ? exitCodes.ok : exitCodes.failed
  } finally {
    store.close()
  }
}

async function backup(host: Host, args: Arguments, file: string): Promise<number> {
  const { openStore } = await import('../store/store')
  const store = await openStore(file, { now: host.now })
  try {
    const path = await store.backUp()
    host.out(args.flag('json') ? `${JSON.stringify({ path })}\n` : `${path}\n`)
    return exitCodes.ok
  } finally {
    store.close()
  }
}

async function list(host: Host, args: Arguments, file: string): Promise<number> {
  const { listBackups } = await import('../store/backups')
  const backups = listBackups(file)
  if (args.flag('json')) host.out(`${JSON.stringify(backups, null, 2)}\n`)
  else if (backups.length === 0) host.out('There is no backup yet.\n')
  else {
    const rows = backups.map(({ path, version, at, bytes: size }) => [
      basename(path),
      new Date(at).toISOString().slice(0, 16).replace('T', ' '),
      bytes(size),
      String(version)
    ])
    host.out(table(['BACKUP', 'MADE (UTC)', 'SIZE', 'SCHEMA'], rows))
  }
  return exitCodes.ok
}

async function restore(host: Host, args: Arguments, file: string): Promise<number> {
  const name = args.operands[1]
  if (name === undefined) {
    throw usageError(history, 'history restore needs a BACKUP: see history backups.')
  }
  const { listBackups } = await import('../store/backups')
  const { restoreHistory } = await import('../server/history')
  const backups = listBackups(file)
  const found =
    name === 'newest'
      ? backups[0]
      : backups.find(({ path }) => basename(path) === name || path === resolve(name))
  if (!found) {
    throw new UserError(
      'backup.unknown',
      `There is no backup "${name}".`,
      backups[0] ? `The newest is ${basename(backups[0].path)}.` : 'There is none at all.'
    )
  }
  const { kept } = await restoreHistory(file, found, { now: host.now })
  if (args.flag('json')) host.out(`${JSON.stringify({ restored: found.path, kept })}\n`)
  else {
    host.out(
      `The history is that of ${basename(found.path)}.${kept ? ` The one before is kept as ${kept}.` : ''}\n` +
        'The queue is paused: look whether what waits in it should still be trained.\n'
    )
  }
  return exitCodes.ok
}
