import { writeFileSync } from 'node:fs'
import type { RunRow } from '@shared/contract'
import { UserError } from '@shared/errors'
import { FilmFormat, filmFormats, mostFrames, usualDelayMs } from '@shared/film'
import type { InspectQuery } from '@shared/inspect'
import type { Arguments, Host } from './command'
import type { Library } from './library'

interface Film {
  run: RunRow
  query: InspectQuery
  steps: readonly number[]
  path: string
}

/** Writes the frames of an inspection, which are looked into one after the other. */
export async function writeFilm(
  host: Host,
  args: Arguments,
  { request }: Library,
  { run, query, steps, path }: Film
): Promise<void> {
  const format = FilmFormat.safeParse(path.split('.').at(-1)!.toLowerCase()).data
  if (!format)
    throw refused(
      `"${path}" should end in ${filmFormats.map((known) => `.${known}`).join(' or ')}.`
    )
  const delayMs = Number(args.text('delay') ?? usualDelayMs)
  if (!Number.isInteger(delayMs) || delayMs < 20 || delayMs > 60_000) {
    throw refused(`--delay takes 20 to 60000 milliseconds, not "${args.text('delay')}".`)
  }
  if (steps.length > mostFrames)
    throw refused(`${steps.length} checkpoints are more than ${mostFrames} frames.`)
  const layer = args.text('layer')
  const { base64 } = await request['inspect.film']({
    ...{ id: run.id, steps: [...steps], query, format, delayMs },
    ...(layer !== undefined && { layer })
  })
  try {
    writeFileSync(path, Buffer.from(base64, 'base64'))
  } catch (error) {
    throw new UserError('disk.write', `${path} could not be written: ${(error as Error).message}.`)
  }
  host.err(`Wrote ${path}, ${steps.length} ${steps.length === 1 ? 'frame' : 'frames'}.\n`)
}

const refused = (message: string): UserError =>
  new UserError('cli.usage', message, 'See grokscope inspect --help.')
