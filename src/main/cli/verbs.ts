/** The command line's table of verbs, its help, and the way from words to an exit code. */
import { nearestName } from '@shared/config-input'
import { UserError } from '@shared/errors'
import {
  commonOptions,
  exitCodes,
  readArguments,
  reportError,
  usage,
  type Host,
  type Option,
  type Verb
} from './command'
import { checkpoints } from './checkpoints'
import { circuit } from './circuit'
import { cluster } from './cluster'
import { data } from './data'
import { doctor } from './doctor'
import { history } from './history'
import { importVerb } from './import'
import { inspect } from './inspect'
import { pack } from './pack'
import { plot } from './plot'
import { proveResume } from './prove-resume'
import { resume } from './resume'
import { runs } from './runs'
import { serve } from './serve'
import { show } from './show'
import { stats } from './stats'
import { study } from './study'
import { train } from './train'

const verbs: readonly Verb[] = [
  ...[doctor, data, train, resume, runs, show, plot],
  ...[study, cluster, stats, inspect, circuit, checkpoints, importVerb, pack],
  ...[proveResume, history, serve]
]

/**
 * Runs one command.
 * @param words what follows the program's name
 * @returns the exit code
 */
export async function runCommandLine(words: readonly string[], host: Host): Promise<number> {
  const asJson = words.includes('--json')
  try {
    const [first, ...rest] = words
    switch (first) {
      case undefined:
        host.err(generalHelp())
        return exitCodes.usage
      case '--version':
        host.out(`${host.version}\n`)
        return exitCodes.ok
      case '--help':
      case '-h':
        host.out(generalHelp())
        return exitCodes.ok
      case 'help':
        host.out(rest[0] ? verbHelp(findVerb(rest[0])) : generalHelp())
        return exitCodes.ok
      default:
        return await runVerb(findVerb(first), rest, host)
    }
  } catch (error) {
    return reportError(host, error, asJson)
  }
}

async function runVerb(verb: Verb, words: readonly string[], host: Host): Promise<number> {
  const args = readArguments(verb, words)
  if (args.flag('help')) host.out(verbHelp(verb))
  else if (args.flag('version')) host.out(`${host.version}\n`)
  else return verb.run(host, args)
  return exitCodes.ok
}

function findVerb(name: string): Verb {
  const verb = verbs.find((known) => known.name === name)
  if (verb) return verb
  const names = verbs.map((known) => known.name)
  const near = nearestName(name, names)
  throw new UserError(
    'cli.verb',
    name.startsWith('-')
      ? `There is no option ${name} before a verb.`
      : `There is no verb "${name}".`,
    near
      ? `Did you mean grokscope ${near}?`
      : `Verbs are ${names.join(', ')}. More: grokscope --help`
  )
}

function generalHelp(): string {
  const title = ({ name, operands }: Verb): string => [name, operands].filter(Boolean).join(' ')
  const width = Math.max(...verbs.map((verb) => title(verb).length))
  return `Grokscope: a laboratory for grokking. Usage: grokscope VERB ...

${verbs.map((verb) => `  ${title(verb).padEnd(width)}   ${verb.summary}`).join('\n')}

Every verb takes --runs DIR (the library folder), --help and --version.

Exit codes: ${exitCodes.ok} done; ${exitCodes.failed} a run, or the program, failed; ${exitCodes.usage} a mistake in the command, the config or its surroundings,
which standard error names; ${exitCodes.interrupted} interrupted with Ctrl-C, the run being checkpointed and left to be resumed.
With --json, results are JSON on standard output, and an error is one line of JSON on standard error:
{"error": {"code", "message", "hint", "issues"}}.
`
}

function verbHelp(verb: Verb): string {
  const options = Object.entries({ ...verb.options, ...commonOptions })
  const title = ([name, { value }]: [string, Option]): string =>
    `--${name}${value ? ` ${value}` : ''}`
  const width = Math.max(...options.map((option) => title(option).length))
  const list = options.map((option) => `  ${title(option).padEnd(width)}   ${option[1].help}`)
  const details = verb.details ? `\n${verb.details}\n` : ''
  return `${usage(verb)}: ${verb.summary}\n${details}\n${list.join('\n')}\n`
}
