import { open, rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { UserError } from '@shared/errors'
import { PackCheckpoints, packEnding } from '@shared/pack'
import { exitCodes, usageError, type Arguments, type Host } from './command'
import { bytes } from './format'
import { findRun, lookInto, type Library } from './library'
import { pack } from './pack'
import { findStudy } from './study-source'

/** Writes a pack of a study or of runs. */
export async function createPack(host: Host, args: Arguments): Promise<number> {
  const out = args.text('out')
  const names = args.operands.slice(1)
  if (!out) throw usageError(pack, 'pack create needs --out FILE.')
  if (!out.endsWith(packEnding)) throw usageError(pack, `"${out}" should end in ${packEnding}.`)
  if (names.length === 0) throw usageError(pack, 'pack create needs a STUDY, or RUNs.')
  const choice = args.text('checkpoints') ?? 'last'
  const checkpoints = PackCheckpoints.safeParse(choice).data
  if (!checkpoints) {
    throw usageError(
      pack,
      `--checkpoints is one of ${PackCheckpoints.options.join(', ')}, not "${choice}".`
    )
  }
  const written = await lookInto(host, args, null, async (library) => {
    const what = await chosen(library, names)
    const answer = await library.request['packs.create']({ ...what, checkpoints })
    await fetchTo(library, answer.ticket, resolve(out))
    return answer
  })
  if (!written) throw new UserError('pack.empty', 'There is no library yet.', 'Train a run first.')
  const { runs, notes, fingerprint } = written
  if (args.flag('json')) {
    const facts = {
      bytes: written.bytes,
      runs,
      checkpoints: written.checkpoints,
      fingerprint,
      notes
    }
    host.out(`${JSON.stringify({ file: resolve(out), ...facts }, null, 2)}\n`)
  } else {
    for (const note of notes) host.err(`${note}\n`)
    const count = (n: number, what: string): string => `${n} ${n === 1 ? what : `${what}s`}`
    host.out(
      `${out}: ${count(runs, 'run')}, ${count(written.checkpoints, 'checkpoint')}, ${bytes(written.bytes)}\n  fingerprint ${fingerprint}\n`
    )
  }
  return exitCodes.ok
}

/** One name may be a study's; several are runs. */
async function chosen(
  { request }: Library,
  names: readonly string[]
): Promise<{ study: string } | { runs: string[] }> {
  const [studies, runs] = await Promise.all([request['studies.list']({}), request['runs.list']({})])
  const [name] = names as [string]
  const isRun = runs.some((run) => run.id === name || run.name === name)
  if (names.length === 1 && !isRun) {
    try {
      return { study: findStudy(studies, name).id }
    } catch (error) {
      if (!(error instanceof UserError) || error.code !== 'study.unknown') throw error
      if (!runs.some((run) => run.id.startsWith(name))) {
        throw new UserError(
          'pack.unknown',
          `There is neither a study nor a run "${name}".`,
          'See grokscope study status and grokscope runs.'
        )
      }
    }
  }
  return { runs: names.map((each) => findRun(runs, each).id) }
}

/** Under its name when it is whole. */
async function fetchTo({ request }: Library, ticket: string, path: string): Promise<void> {
  const aside = `${path}.${process.pid}.partial`
  try {
    const file = await open(aside, 'w')
    try {
      for (let offset: number | null = 0; offset !== null;) {
        const part = await request['packs.read']({ ticket, offset })
        await file.write(Buffer.from(part.base64, 'base64'))
        offset = part.next
      }
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(aside, path)
  } catch (error) {
    await rm(aside, { force: true })
    const { code } = error as NodeJS.ErrnoException
    if (error instanceof UserError || !code?.startsWith('E')) throw error
    throw new UserError('pack.write', `${path} cannot be written (${code}).`, 'Name another place.')
  }
}
