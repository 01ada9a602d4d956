import { PackCheckpoints } from '@shared/pack'
import { runAction, type Actions } from './actions'
import { jsonOption, usageError, type Arguments, type Verb } from './command'

const actions: Actions = {
  create: async (host, args) => (await import('./pack-create')).createPack(host, args),
  open: async (host, args) => (await import('./pack-open')).openPack(host, args),
  verify: async (host, args) => (await import('./pack-verify')).verifyPack(host, args)
}

export const pack: Verb = {
  name: 'pack',
  operands: 'ACTION [WHAT...]',
  summary: 'write runs or a study as one file, open such a file, or train it again and compare',
  details: `ACTION is one of
  create STUDY --out FILE      everything of a study: definition, claims, runs, figures
  create RUN... --out FILE     the same of some runs
  open FILE                    as runs (and a study) of the library; opening it twice adds nothing
  verify FILE                  train its runs again, aside from any library, and compare with what it holds
STUDY and RUN are ids, the beginnings of ids, or names. A file ends in .grokpack; docs/packs.md says what is in it and
when a run agrees. Exit codes of verify: 0 every run agrees; 1 one does not, cannot be judged, or the file was tampered
with; 2 a mistake in the command.
With --json: create prints {file, bytes, runs, checkpoints, fingerprint, notes}; open {title, fingerprint, added, known,
study, notes}; verify one {run, verdict, ...} per line.`,
  options: {
    out: { type: 'string', value: 'FILE', help: 'create: where to; what is there is replaced.' },
    checkpoints: {
      type: 'string',
      value: 'WHICH',
      help: `create: ${PackCheckpoints.options.join(', ')} (default: last). events: those around milestones.`
    },
    library: { type: 'string', value: 'DIR', help: 'open: the same as --runs DIR.' },
    only: { type: 'string', value: 'K', help: 'verify: K of the runs, spread over the pack.' },
    steps: { type: 'string', value: 'N', help: 'verify: only the first N steps of each run.' },
    json: jsonOption
  },
  run: (host, args) => runAction(pack, actions, host, args)
}

/** The one file of `pack open FILE` and `pack verify FILE`. @throws {UserError} `cli.usage` */
export function packFile(args: Arguments): string {
  const [action, file, ...more] = args.operands
  if (file !== undefined && more.length === 0) return file
  throw usageError(pack, `pack ${action} needs one FILE.`)
}

/** A whole number of at least 1, where the option was given. @throws {UserError} `cli.usage` */
export function wholeOption(args: Arguments, name: string): number | null {
  const text = args.text(name)
  if (text === undefined) return null
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw usageError(pack, `--${name} needs a whole number of at least 1, not "${text}".`)
}
