import { mkdir, writeFile } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import { UserError } from '@shared/errors'
import { reportFormats } from '@shared/report/document'
import { exitCodes, type Arguments, type Host } from './command'
import { withStudy } from './library-study'

/** Writes the report of a study: one file, or a folder with one in every format. */
export async function reportStudy(host: Host, args: Arguments): Promise<number> {
  const out = args.text('out')
  if (!out) {
    throw new UserError(
      'cli.usage',
      'study report needs --out DIR|FILE.',
      'Write for example --out report.html, or a folder for all formats.'
    )
  }
  const format = reportFormats.find((known) => extname(out).toLowerCase() === `.${known}`)
  const written = await withStudy(host, args, ({ request }, { id }) =>
    Promise.all(
      (format ? [format] : reportFormats).map(async (one) => {
        const { base64 } = await request['studies.report']({ id, format: one })
        const path = format ? out : join(out, `${id}.${one}`)
        return { path, bytes: Buffer.from(base64, 'base64') }
      })
    )
  )
  try {
    if (!format) await mkdir(resolve(out), { recursive: true })
    for (const { path, bytes } of written) await writeFile(resolve(path), bytes)
  } catch (error) {
    throw new UserError(
      'report.unwritable',
      `The report cannot be written to ${out}: ${(error as Error).message}.`,
      'Name another file or folder.'
    )
  }
  const files = written.map(({ path }) => path)
  host.out(args.flag('json') ? `${JSON.stringify({ files })}\n` : `${files.join('\n')}\n`)
  return exitCodes.ok
}

/** Records the verdicts on a study's claims as they are now. */
export async function recordVerdicts(host: Host, args: Arguments): Promise<number> {
  const answer = await withStudy(host, args, ({ request }, { id }) =>
    request['studies.record']({ id })
  )
  const { recorded, left } = answer
  host.out(
    args.flag('json')
      ? `${JSON.stringify(answer)}\n`
      : `${recorded} ${recorded === 1 ? 'verdict' : 'verdicts'} recorded${left > 0 ? `; ${left} left, whose cells are unfinished` : ''}.\n`
  )
  return exitCodes.ok
}
