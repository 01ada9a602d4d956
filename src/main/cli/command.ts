/** What a verb of the command line is, how its arguments are read, and how a refusal is said. */
import { parseArgs } from 'node:util'
import { nearestName } from '@shared/config-input'
import { toErrorMessage, UserError } from '@shared/errors'
import type { StartInspector, StartTrainer } from '../server/runners'

/** Exit codes; `--help` documents them. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const

/** Everything a verb may touch of the process it runs in. */
export interface Host {
  version: string
  /** Writes to standard output: results only. */
  out(text: string): void
  /** Writes to standard error: progress, notes, errors. */
  err(text: string): void
  /** Whether standard error is a terminal that a progress line may rewrite. */
  isTerminal: boolean
  /** Width of the terminal in characters. */
  columns(): number
  env: Readonly<Record<string, string | undefined>>
  platform: string
  /** The user's home folder. */
  home: string
  /** Absolute paths of what was built, and of the presets. */
  paths: { cli: string; trainer: string; page: string; presets: string; studies: string }
  /** Starts trainers; left out, they are forked from `paths.trainer`. */
  startTrainer?: StartTrainer
  /** The same for processes that inspect. */
  startInspector?: StartInspector
  /** Asks the person at the terminal without showing the answer; left out where nobody is there. */
  ask?: (prompt: string) => Promise<string | null>
  /** Unix time in milliseconds. */
  now(): number
  /** Calls back on Ctrl-C and requests to terminate, which then no longer end the process. Returns the undoing. */
  onInterrupt(listener: () => void): () => void
}

export interface Option {
  type: 'string' | 'boolean'
  multiple?: boolean
  /** What stands for the value in the help, e.g. `DIR`. */
  value?: string
  help: string
}

export interface Arguments {
  /** What came after the verb and is no option. */
  operands: string[]
  /** An option's text, undefined where it was not given. */
  text(name: string): string | undefined
  texts(name: string): string[]
  flag(name: string): boolean
}

export interface Verb {
  name: string
  /**
   * What follows the name, e.g. `CONFIG|PRESET`; one word per operand, in brackets if it may be left out, with dots at
   * its end if there may be several.
   */
  operands: string
  summary: string
  /** Further lines of the verb's help. */
  details?: string
  options: Record<string, Option>
  run(host: Host, args: Arguments): Promise<number>
}

export const jsonOption: Option = { type: 'boolean', help: 'Print JSON for scripts.' }

export const setOption: Option = {
  type: 'string',
  multiple: true,
  value: 'PATH=VALUE',
  help: 'Change a setting, e.g. --set model.nLayer=2. May be repeated.'
}

/** What every verb understands. */
export const commonOptions: Record<string, Option> = {
  runs: {
    type: 'string',
    value: 'DIR',
    help: "The library folder (default: the user's data folder, which the app shares)."
  },
  help: { type: 'boolean', help: 'Show this help.' },
  version: { type: 'boolean', help: 'Show the version.' }
}

/**
 * Reads what follows the verb.
 * @throws {UserError} `cli.usage` for unknown options, missing values, and too few or too many operands.
 */
export function readArguments(verb: Verb, words: readonly string[]): Arguments {
  const options = { ...verb.options, ...commonOptions }
  const { values, positionals } = parseWords(verb, words, options)
  const wanted = verb.operands.split(' ').filter(Boolean)
  const needed = wanted.filter((word) => !word.startsWith('['))
  const asksForHelp = values['help'] === true || values['version'] === true
  if (!asksForHelp && positionals.length < needed.length) {
    throw usageError(verb, `${verb.name} needs ${needed[positionals.length]}.`)
  }
  if (positionals.length > wanted.length && !/\.\.\.\]?$/.test(verb.operands)) {
    throw usageError(
      verb,
      `${verb.name} does not know what to do with "${positionals[wanted.length]}".`
    )
  }
  return {
    operands: positionals,
    text: (name) => values[name] as string | undefined,
    texts: (name) => (values[name] as string[] | undefined) ?? [],
    flag: (name) => values[name] === true
  }
}

function parseWords(
  verb: Verb,
  words: readonly string[],
  options: Record<string, Option>
): { values: Record<string, unknown>; positionals: string[] } {
  try {
    return parseArgs({
      args: [...words],
      options: Object.fromEntries(
        Object.entries(options).map(([name, { type, multiple = false }]) => [
          name,
          { type, multiple }
        ])
      ),
      allowPositionals: true,
      strict: true
    })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (!code?.startsWith('ERR_PARSE_ARGS')) throw error
    const unknown = /^Unknown option '(--?([^']+))'/.exec(message)
    if (!unknown) throw usageError(verb, `${verb.name}: ${message.split('\n')[0]!}`)
    const near = nearestName(unknown[2]!, Object.keys(options))
    const meant = near ? ` Did you mean --${near}?` : ''
    throw usageError(verb, `${verb.name} has no option ${unknown[1]}.${meant}`)
  }
}

export function usageError(verb: Verb, message: string): UserError {
  return new UserError(
    'cli.usage',
    message,
    `Usage: ${usage(verb)}. More: grokscope ${verb.name} --help`
  )
}

export const usage = ({ name, operands }: Verb): string =>
  ['grokscope', name, operands, '[options]'].filter(Boolean).join(' ')

/**
 * Says on standard error what went wrong: in words, or as one line of JSON, `{"error": {code, message, hint,
 * issues}}`. A bug comes with its stack.
 * @returns the exit code
 */
export function reportError(host: Host, error: unknown, asJson: boolean): number {
  const said = toErrorMessage(error)
  const isBug = said.code === 'internal'
  if (asJson) {
    host.err(`${JSON.stringify({ error: said })}\n`)
  } else {
    const lines = [`grokscope: ${said.message}`]
    if (said.issues.length > 1) {
      for (const { path, message } of said.issues) lines.push(`    ${path || 'config'}: ${message}`)
    }
    if (isBug && error instanceof Error && !(error instanceof UserError))
      lines.push(error.stack ?? '')
    if (said.hint) lines.push(said.hint)
    host.err(`${lines.join('\n')}\n`)
  }
  return isBug ? exitCodes.failed : exitCodes.usage
}
