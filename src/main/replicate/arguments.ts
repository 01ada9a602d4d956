/** What `npm run replicate` is told. */
import { parseArgs } from 'node:util'
import { UserError } from '@shared/errors'
import { EngineChoice } from '@shared/events'

export interface ReplicateOptions {
  quick: boolean
  json: boolean
  help: boolean
  seeds: readonly number[]
  /** Names of presets; undefined for all. */
  only: readonly string[] | undefined
  /** The library to train in; undefined for a new folder. */
  runs: string | undefined
  engine: EngineChoice
}

export const usage = `Usage: npm run replicate -- [options]

Trains every preset that is said to grok, with three seeds, and the control that is said not to, and prints when each
memorised and generalised. About an hour on two cores with --quick, several without.

  --quick         the presets of modular arithmetic alone
  --only A,B      these presets alone
  --seeds A,B,C   default: 0,1,2
  --runs DIR      the library to train in, which the app can open; default: a new folder
  --engine NAME   native, wasm or cpu; default: native where it is installed
  --json          {date, machine, engine, library, results} on standard output and nothing else there

Exit code 0: all went as it is said to. 1: something did not. 2: a mistake in the command.`

/** @throws {UserError} `usage` */
export function readReplicateArguments(words: readonly string[]): ReplicateOptions {
  const { values } = parse(words)
  const seeds = values.seeds.split(',').map((text) => text.trim())
  const strange = seeds.find((text) => !/^\d{1,10}$/.test(text) || Number(text) > 4294967295)
  if (strange !== undefined) {
    throw refusal(`--seeds names "${strange}", which is no whole number from 0 to 4294967295.`)
  }
  const engine = EngineChoice.safeParse(values.engine)
  if (!engine.success) throw refusal(`There is no engine "${values.engine}".`)
  return {
    ...{ quick: values.quick, json: values.json, help: values.help },
    only: values.only?.split(',').map((name) => name.trim()),
    ...{ seeds: [...new Set(seeds.map(Number))], runs: values.runs, engine: engine.data }
  }
}

function parse(words: readonly string[]) {
  const options = {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
    seeds: { type: 'string', default: '0,1,2' },
    only: { type: 'string' },
    runs: { type: 'string' },
    engine: { type: 'string', default: 'auto' }
  } as const
  try {
    return parseArgs({ args: [...words], options, allowPositionals: false })
  } catch (error) {
    throw refusal((error as Error).message.split('\n')[0]!)
  }
}

const refusal = (message: string): UserError =>
  new UserError('usage', message, 'See npm run replicate -- --help.')
