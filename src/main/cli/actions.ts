/** Verbs of verbs: `study create`, `pack open`, `cluster check`. */
import { nearestName } from '@shared/config-input'
import { usageError, type Arguments, type Host, type Verb } from './command'

/** What a verb can do, by name; each loads what it needs when it runs. */
export type Actions = Readonly<Record<string, (host: Host, args: Arguments) => Promise<number>>>

/**
 * Does the action that the first word names.
 * @returns its exit code
 * @throws {UserError} `cli.usage` where there is none of that name
 */
export async function runAction(
  verb: Verb,
  actions: Actions,
  host: Host,
  args: Arguments
): Promise<number> {
  const name = args.operands[0] ?? ''
  if (Object.hasOwn(actions, name)) return actions[name]!(host, args)
  const names = Object.keys(actions)
  const near = nearestName(name, names)
  const known = near ? `Did you mean ${verb.name} ${near}?` : `Known are ${names.join(', ')}.`
  throw usageError(verb, `${verb.name} cannot "${name}". ${known}`)
}
