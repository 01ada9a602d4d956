/** What `npm run bench` is told. */
import { parseArgs } from 'node:util'
import { UserError } from '@shared/errors'
import { contenders } from './contenders'
import type { ContenderName } from './contenders'

export interface BenchOptions {
  json: boolean
  quick: boolean
  gpu: boolean
  profile: boolean
  help: boolean
  /** For every contender alike. */
  threads: number
  rounds: number
  only: readonly ContenderName[]
}

export const usage = `Usage: npm run bench -- [options]

Times a training step of Grokscope and of PyTorch on this machine, in turns, and prints medians, spreads and ratios.
PyTorch is installed into an environment of the benchmark's own, once (several gigabytes on Linux with CUDA wheels).

  --quick         the first workload alone, within five minutes once PyTorch is installed
  --json          {machine, versions, rows} on standard output and nothing else there
  --threads N     threads of every contender; default: all cores
  --rounds N      blocks that count per contender; default: 9, with --quick 5
  --only A,B      only these contenders: ${contenders.map(({ name }) => name).join(', ')}
  --profile       instead: where the time of Grokscope's step goes, operation by operation, on a processor
  --gpu           on the GPU, those contenders that can

Exit code 0: every contender ran. 1: some could not, which standard error explains. 2: a mistake in the command.`

/**
 * @param cores default number of threads
 * @throws {UserError} `usage`
 */
export function readArguments(words: readonly string[], cores: number): BenchOptions {
  const options = {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    gpu: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
    threads: { type: 'string', default: String(cores) },
    rounds: { type: 'string' },
    only: { type: 'string' }
  } as const
  const { values } = parse()
  return {
    json: values.json,
    quick: values.quick,
    gpu: values.gpu,
    profile: values.profile,
    help: values.help,
    threads: count('threads', values.threads, 1024),
    rounds: count('rounds', values.rounds ?? (values.quick ? '5' : '9'), 1000),
    only: values.only === undefined ? contenders.map(({ name }) => name) : named(values.only)
  }

  function parse() {
    try {
      return parseArgs({ args: [...words], options, allowPositionals: false })
    } catch (error) {
      return refuse((error as Error).message.split('\n')[0]!)
    }
  }
}

function count(option: string, text: string, most: number): number {
  const n = Number(text)
  if (!/^\d+$/.test(text) || n < 1 || n > most) {
    return refuse(`--${option} ${text} is no whole number from 1 to ${most}.`)
  }
  return n
}

function named(list: string): ContenderName[] {
  return list.split(',').map((word) => {
    const contender = contenders.find(({ name }) => name === word.trim())
    return contender?.name ?? refuse(`--only names "${word}", which is no contender.`)
  })
}

function refuse(message: string): never {
  throw new UserError('usage', message, 'See `npm run bench -- --help`.')
}
