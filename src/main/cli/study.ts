import { UserError } from '@shared/errors'
import { detachOption, onOption, pollOption } from './cluster-options'
import { runAction, type Actions } from './actions'
import { jsonOption, setOption, usageError, type Arguments, type Verb } from './command'

const actions: Actions = {
  create: async (host, args) => (await import('./study-create')).createStudy(host, args),
  run: async (host, args) => (await import('./study-run')).runStudy(host, args),
  status: async (host, args) => (await import('./study-status')).showStudies(host, args),
  report: async (host, args) => (await import('./study-report')).reportStudy(host, args),
  try: async (host, args) => (await import('./study-try')).tryRule(host, args),
  record: async (host, args) => (await import('./study-report')).recordVerdicts(host, args)
}

export const study: Verb = {
  name: 'study',
  operands: 'ACTION [STUDY]',
  summary: 'plan many runs as one study, train them, report what they say',
  details: `ACTION is one of
  create FILE|PRESET   plan the study of a JSON file or of a preset, store it, and print its id with a forecast
  run STUDY            train what is missing until nothing is left; Ctrl-C writes checkpoints and leaves the rest;
                       with --on CLUSTER as an array of Slurm jobs there (grokscope cluster --help)
  status [STUDY]       list all studies, or the cells of one with what came of them, and its claims
  report STUDY         write question, claims, results, methods and provenance to --out, in files that need no others:
                       a name that ends in .html, .md or .tex is that file, any other a folder with all three
  try STUDY            say what the study's budget rule ("extend"), with changes by --set, would have made of stored
                       runs: which it would have stopped too early, and how many steps it would have saved
  record STUDY         record the verdicts on its claims as they are now. The first report records those it states;
                       where runs change after that, reports and lists call a claim stale until it is recorded anew
STUDY is a study's id, the beginning of it, or its name. A study's file is studies/ID/study.json in the library: axes
may be extended there, and "study run" trains the cells that are missing. Statistics: grokscope stats STUDY.
With --json: create prints {id, cells, refused, forecast}; run one {run, cell, state, step, generalised} per line as
runs end; status the studies, or {id, study, counts, forecast, cells, claims}; report {files}; try {rule, runs};
record {recorded, left}.`,
  options: {
    set: {
      ...setOption,
      help: 'create: change a setting of every cell, e.g. --set budget.steps=2000. try: of the rule, e.g. --set cap=20000. May be repeated.'
    },
    dry: { type: 'boolean', help: 'create: only plan and print; store nothing.' },
    cell: {
      type: 'string',
      multiple: true,
      value: 'KEY',
      help: 'run: only the cell of this key, as status prints it. May be repeated.'
    },
    again: { type: 'boolean', help: 'run: also cells that failed or were stopped.' },
    out: {
      type: 'string',
      value: 'DIR|FILE',
      help: 'report: where to, e.g. report.html, or a folder for all formats.'
    },
    start: {
      type: 'string',
      value: 'STEPS',
      help: 'try: steps that each run is given at first (default: its budget).'
    },
    library: { type: 'boolean', help: 'try: on all runs of the library that have the split.' },
    parallel: {
      type: 'string',
      value: 'N',
      help: 'run: train N at once (default: as the queue is set, else by cores and memory).'
    },
    on: onOption,
    detach: detachOption,
    poll: pollOption,
    json: jsonOption
  },
  run: (host, args) => runAction(study, actions, host, args)
}

/** The second word of `study ACTION STUDY`. @throws {UserError} `cli.usage` where it is missing */
export function studyOperand(args: Arguments, what: string): string {
  const name = args.operands[1]
  if (name !== undefined) return name
  throw usageError(study, `study ${args.operands[0]} needs ${what}.`)
}

/** A whole number above 0, where the option was given. */
export function countOption(args: Arguments, option: string): number | undefined {
  const text = args.text(option)
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,1}$/.test(text)) return Number(text)
  throw new UserError(
    'cli.usage',
    `--${option} takes a whole number from 1 to 64, not "${text}".`,
    `Write for example --${option} 2.`
  )
}
