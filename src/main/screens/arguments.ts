/** What `npm run screens` is told. */
import { parseArgs } from 'node:util'
import { UserError } from '@shared/errors'
import { modes, type ModeName } from './modes'

export interface ScreensOptions {
  out: string
  runs: number
  /** Names of scenes, or beginnings of them; empty for all. */
  only: readonly string[]
  modes: readonly ModeName[]
  help: boolean
}

export const usage = `Usage: npm run screens -- [options]

Takes a picture of every place of the page, in Chromium, over a made-up library with one run that is really trained, and
says what is cut off, overflows, or has no visible focus.

  --out DIR       where the pictures go; default: test-results/screens
  --runs N        runs of the library; default: 300
  --only A,B      scenes whose names begin like this
  --modes A,B     of: ${Object.keys(modes).join(', ')}; default: all`

/** @throws {UserError} `usage` */
export function readArguments(words: readonly string[]): ScreensOptions {
  const values = parse(words)
  const list = (text: string): string[] => text.split(',').filter((word) => word !== '')
  const runs = Number(values.runs)
  if (!/^\d+$/.test(values.runs) || runs > 100_000) {
    return refuse(`--runs ${values.runs} is no whole number from 0 to 100000.`)
  }
  const wanted = values.modes === undefined ? Object.keys(modes) : list(values.modes)
  const unknown = wanted.find((name) => !(name in modes))
  if (unknown !== undefined) return refuse(`There is no mode "${unknown}".`)
  const { out, help } = values
  return { out, help, runs, only: list(values.only), modes: wanted as ModeName[] }
}

function parse(words: readonly string[]) {
  const options = {
    out: { type: 'string', default: 'test-results/screens' },
    runs: { type: 'string', default: '300' },
    only: { type: 'string', default: '' },
    modes: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false }
  } as const
  try {
    return parseArgs({ args: [...words], options, allowPositionals: false }).values
  } catch (error) {
    return refuse((error as Error).message.split('\n')[0]!)
  }
}

function refuse(message: string): never {
  throw new UserError('usage', message, 'See `npm run screens -- --help`.')
}
