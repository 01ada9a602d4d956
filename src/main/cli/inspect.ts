/** Looking inside checkpoints from the command line: every inspect job, as tables, JSON or files. */
import { nearestName } from '@shared/config-input'
import type { RunRow } from '@shared/contract'
import { UserError } from '@shared/errors'
import { exportInspection, exportFormats } from '@shared/inspect-export'
import {
  InspectQuery,
  inspectJobNames,
  inspectJobs,
  tokenGroups,
  type InspectJobName,
  type InspectResult
} from '@shared/inspect'
import { splitsOf } from '@shared/splits'
import { writeWholeFile } from '../whole-file'
import { exitCodes, jsonOption, usageError, type Arguments, type Host, type Verb } from './command'
import { bar, cut } from './format'
import { writeFilm } from './inspect-film'
import { describeInspection, valuesOverSteps } from './inspect-tables'
import { frameFormats, writeFrames } from './inspect-frames'
import type { Library } from './library'

export const inspect: Verb = {
  name: 'inspect',
  operands: 'RUN',
  summary: 'look inside a checkpoint: predictions, attention, logit lens, causal tracing, weights',
  details: `RUN is a run's id, the beginning of it, or the run's name. Jobs:
${inspectJobNames.map((job) => `  ${job.padEnd(13)} ${inspectJobs[job].summary}`).join('\n')}
Answers are kept in the run's folder, so asking again costs nothing.
With --json: {query, step, checkpoint, probes, values, arrays: {NAME: {dims, coords, values}}, rows, notes}; an array
of these with --step all.
--out writes .json, .csv (of one array, see --array) or .safetensors; in Python:
  safetensors.numpy.load_file("lens.safetensors")["mrr"]
--film makes a film of all checkpoints; --frames draws each as a file of its own, as vectors too.`,
  options: {
    job: { type: 'string', value: 'JOB', help: `One of ${inspectJobNames.join(', ')}.` },
    step: {
      type: 'string',
      value: 'N',
      help: 'The checkpoint nearest to this step; newest (the default) or all.'
    },
    split: {
      type: 'string',
      value: 'SPLIT',
      help: 'Rows of this split (default: training inferences, as in the paper).'
    },
    count: {
      type: 'string',
      value: 'N',
      help: 'So many rows, drawn with --seed; all for the whole split (default: 300).'
    },
    seed: { type: 'string', value: 'N', help: 'Seed of draws (default: 0).' },
    row: { type: 'string', value: 'N', help: 'One row of the split; random for one drawn.' },
    tokens: {
      type: 'string',
      value: 'TEXT',
      help: 'A prompt as tokens, e.g. "attr_3 q e_1 mask e_7".'
    },
    top: { type: 'string', value: 'N', help: 'predictions: tokens listed per row.' },
    against: {
      type: 'string',
      value: 'N',
      help: 'weights: the update since the checkpoint of this step.'
    },
    group: { type: 'string', value: 'GROUP', help: `embeddings: ${tokenGroups.join(', ')}.` },
    of: { type: 'string', value: 'MATRIX', help: 'embeddings: embedding or head.' },
    attribute: {
      type: 'string',
      value: 'TOKEN',
      help: 'embeddings: entities by their value for this attribute.'
    },
    out: { type: 'string', value: 'FILE', help: `Write to FILE: ${exportFormats.join(', ')}.` },
    film: {
      type: 'string',
      value: 'FILE',
      help: 'Every checkpoint (or that of --step) as a frame: a .gif, or PNG frames in a .zip.'
    },
    delay: {
      type: 'string',
      value: 'MS',
      help: 'film: how long a frame of a GIF stands (default: 250).'
    },
    array: { type: 'string', value: 'NAME', help: 'The array that a .csv holds.' },
    frames: {
      type: 'string',
      value: 'DIR',
      help: 'Draw every checkpoint as a numbered picture in DIR, for a film.'
    },
    format: {
      type: 'string',
      value: 'FORMAT',
      help: `Of the frames: ${frameFormats.join(', ')} (default: png).`
    },
    layer: {
      type: 'string',
      value: 'N',
      help: 'Of frames and films of attention: the layer drawn.'
    },
    json: jsonOption
  },
  async run(host, args) {
    const frames = args.text('frames')
    const format = frameFormats.find((known) => known === (args.text('format') ?? 'png'))
    if (!format) {
      throw usageError(
        inspect,
        `--format is "${args.text('format')}"; frames are ${frameFormats.join(', ')}.`
      )
    }
    const { findRun, inspectInto } = await import('./library')
    const film = args.text('film')
    const found = await inspectInto(host, args, async (library) => {
      const run = findRun(await library.request['runs.list']({}), args.operands[0]!)
      const query = queryOf(args, run)
      if (film !== undefined) {
        const steps = await stepsOf(library, run, args.text('step') ?? 'all', host)
        await writeFilm(host, args, library, { run, query, steps, path: film })
        return { run, results: [] }
      }
      const results: InspectResult[] = []
      const wanted = args.text('step') ?? (frames === undefined ? 'newest' : 'all')
      for (const step of await stepsOf(library, run, wanted, host)) {
        results.push(await ask(host, library, run, step, query))
      }
      if (frames !== undefined) {
        const layer = args.text('layer')
        const paths = await writeFrames(library, results, { folder: frames, format, layer })
        host.err(`Wrote ${paths.length} frames to ${frames}.\n`)
      }
      return { run, results }
    })
    if (!found) return findRun([], args.operands[0]!) && exitCodes.usage
    const { results } = found
    if (film !== undefined) return exitCodes.ok
    const out = args.text('out')
    if (out !== undefined) writeOut(host, args, out, results)
    else if (frames !== undefined && !args.flag('json')) return exitCodes.ok
    else if (args.flag('json')) {
      const all = args.text('step') === 'all' ? results : results[0]
      host.out(`${JSON.stringify(all, null, 2)}\n`)
    } else if (results.length > 1) host.out(valuesOverSteps(results))
    else host.out(describeInspection(results[0]!, found.run))
    return exitCodes.ok
  }
}

/** @throws {UserError} `cli.usage` for what is no number, no job or does not fit the job */
function queryOf(args: Arguments, run: RunRow): InspectQuery {
  const job = args.text('job')
  if (job === undefined || !(inspectJobNames as string[]).includes(job)) {
    const near = job === undefined ? undefined : nearestName(job, inspectJobNames)
    throw usageError(
      inspect,
      job === undefined
        ? `inspect needs --job, one of ${inspectJobNames.join(', ')}.`
        : `There is no job "${job}".${near ? ` Did you mean ${near}?` : ` Jobs are ${inspectJobNames.join(', ')}.`}`
    )
  }
  const number = (name: string): number | undefined => wholeNumber(args, name)
  const given = Object.fromEntries(
    Object.entries({
      job,
      ...(usesProbes(job as InspectJobName) && { probes: probesOf(args, run) }),
      ...(job === 'predictions' && { top: number('top') }),
      ...(job === 'causal-trace' && { seed: number('seed') }),
      ...(job === 'weights' && { against: number('against') }),
      ...(job === 'embeddings' && {
        tokens: args.text('group'),
        of: args.text('of'),
        attribute: args.text('attribute')
      })
    }).filter(([, value]) => value !== undefined)
  )
  const parsed = InspectQuery.safeParse(given)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw usageError(inspect, `${issue.path.join('.')}: ${issue.message}.`)
}

const usesProbes = (job: InspectJobName): boolean =>
  ['predictions', 'attention', 'logit-lens', 'causal-trace'].includes(job)

function probesOf(args: Arguments, run: RunRow): unknown {
  const tokens = args.text('tokens')
  if (tokens !== undefined) return { from: 'text', tokens }
  const split = args.text('split') ?? defaultSplit(run)
  const seed = wholeNumber(args, 'seed')
  const row = args.text('row')
  if (row === 'random') return { from: 'random', split, seed: seed ?? 0 }
  if (row !== undefined) return { from: 'row', split, row: wholeNumber(args, 'row') }
  const count = args.text('count') === 'all' ? null : wholeNumber(args, 'count')
  return {
    from: 'split',
    split,
    ...(count !== undefined && { count }),
    ...(seed !== undefined && { seed })
  }
}

/** The paper traces training comparisons; what is unseen says more elsewhere. */
function defaultSplit(run: RunRow): string {
  const kind = (run.config['dataset'] as { kind: keyof typeof splitsOf }).kind
  return splitsOf[kind][0]!.name
}

function wholeNumber(args: Arguments, name: string): number | undefined {
  const text = args.text(name)
  if (text === undefined) return undefined
  if (/^\d+$/.test(text)) return Number(text)
  throw usageError(inspect, `--${name} is "${text}", which is no whole number.`)
}

/** @throws {UserError} where the run has no checkpoint, or `step` is none of the words and no number */
async function stepsOf(
  { request }: Library,
  run: RunRow,
  step: string,
  host: Host
): Promise<number[]> {
  const there = (await request['inspect.checkpoints']({ id: run.id })).map((row) => row.step)
  if (there.length === 0) {
    throw new UserError(
      'checkpoint.missing',
      `Run "${run.name}" has no checkpoint yet.`,
      'Train it a little further, or set checkpoints.every lower.'
    )
  }
  if (step === 'all') return there
  if (step === 'newest') return [there.at(-1)!]
  if (!/^\d+$/.test(step)) {
    throw usageError(inspect, `--step is "${step}"; it takes a number, newest or all.`)
  }
  const wanted = Number(step)
  const nearest = there.reduce((best, at) =>
    Math.abs(at - wanted) < Math.abs(best - wanted) ? at : best
  )
  if (nearest !== wanted)
    host.err(`There is no checkpoint of step ${wanted}; this is ${nearest}.\n`)
  return [nearest]
}

/** Asks, showing on a terminal how far it is. */
async function ask(
  host: Host,
  { request, on }: Library,
  run: RunRow,
  step: number,
  query: InspectQuery
): Promise<InspectResult> {
  const ticket = `step ${step}`
  const stop = on('inspect.progress', ({ done, total }) => {
    if (!host.isTerminal) return
    const text = `${query.job}, step ${step} ${bar(total > 0 ? done / total : 0, 20)}`
    host.err(`\r\u001b[K${cut(text, host.columns() - 1)}`)
  })
  try {
    return await request['inspect.run']({ id: run.id, step, query, ticket })
  } finally {
    stop()
    if (host.isTerminal) host.err('\r\u001b[K')
  }
}

function writeOut(
  host: Host,
  args: Arguments,
  path: string,
  results: readonly InspectResult[]
): void {
  if (results.length > 1) {
    throw usageError(inspect, '--out takes one step; --step all prints JSON with --json.')
  }
  const [result] = results as [InspectResult]
  const chunks = exportInspection(result, path.split('.').at(-1)!.toLowerCase(), args.text('array'))
  try {
    writeWholeFile(path, Buffer.concat(chunks))
  } catch (error) {
    throw new UserError('disk.write', `${path} could not be written: ${(error as Error).message}.`)
  }
  host.err(`Wrote ${path}.\n`)
}
