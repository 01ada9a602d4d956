/** Options of verbs that may train on a cluster. */
import { UserError } from '@shared/errors'
import type { Arguments, Option } from './command'

export const onOption: Option = {
  type: 'string',
  value: 'CLUSTER',
  help: 'Train on the cluster of this profile instead of here (grokscope cluster list).'
}

export const detachOption: Option = {
  type: 'boolean',
  help: 'With --on: submit and leave; the app, or grokscope cluster jobs, catches up later.'
}

export const pollOption: Option = {
  type: 'string',
  value: 'SECONDS',
  help: 'With --on: ask Slurm this often (default 30; ask seldom, others use it too).'
}

/** @returns milliseconds, undefined where nothing was said */
export function readPoll(args: Arguments): number | undefined {
  const text = args.text('poll')
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,3}$/.test(text)) return 1000 * Number(text)
  throw new UserError(
    'cli.usage',
    `--poll takes whole seconds from 1 to 9999, not "${text}".`,
    'Write for example --poll 60.'
  )
}
