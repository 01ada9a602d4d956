/** The circuit report from the command line: as text, as JSON, or as a file that needs nothing beside it. */
import { writeFileSync } from 'node:fs'
import { extname } from 'node:path'
import { UserError } from '@shared/errors'
import { reportFormats } from '@shared/report/document'
import { exitCodes, jsonOption, usageError, type Arguments, type Host, type Verb } from './command'
import { bar, cut } from './format'
import type { Library } from './library'
import { reportText } from './report-text'

export const circuit: Verb = {
  name: 'circuit',
  operands: 'RUN',
  summary: "the paper's questions about a comparison run: values readable, links strengthened",
  details: `RUN is a run's id, the beginning of it, or the run's name; its data must be comparisons. The report sets two checkpoints
side by side: logit lens and causal tracing as Wang et al. (2024) made them, with intervals, for every model family as
far as the protocol reaches, limits stated. Answers are kept in the run's folder, so asking again costs little.
With --json: {plan, layers, accuracy, readable, links, ceiling}.`,
  options: {
    from: {
      type: 'string',
      value: 'N',
      help: 'The earlier checkpoint, by its step (default: the first after memorisation).'
    },
    to: { type: 'string', value: 'N', help: 'The later checkpoint (default: the newest).' },
    count: {
      type: 'string',
      value: 'N',
      help: 'Prompts of each split (default: 300, as in the paper).'
    },
    seed: { type: 'string', value: 'N', help: 'Which prompts are drawn (default: 0).' },
    out: {
      type: 'string',
      value: 'FILE',
      help: `Write the report with its figures to FILE: .${reportFormats.join(', .')}.`
    },
    json: jsonOption
  },
  async run(host, args) {
    const out = args.text('out')
    const format = reportFormats.find((known) => extname(out ?? '').toLowerCase() === `.${known}`)
    if (out !== undefined && !format) {
      throw usageError(
        circuit,
        `--out is "${out}"; a report is written as .${reportFormats.join(', .')}.`
      )
    }
    const question = Object.fromEntries(
      (['from', 'to', 'count', 'seed'] as const).flatMap((name) => {
        const value = wholeNumber(args, name)
        return value === undefined ? [] : [[name, value]]
      })
    )
    const { findRun, inspectInto } = await import('./library')
    const found = await inspectInto(host, args, async (library) => {
      const { id } = findRun(await library.request['runs.list']({}), args.operands[0]!)
      const report = await ask(host, library, { id, ...question })
      const file = format && (await library.request['circuit.write']({ id, ...question, format }))
      return { ...report, file }
    })
    if (!found) return findRun([], args.operands[0]!) && exitCodes.usage
    if (found.file && out !== undefined) write(host, out, Buffer.from(found.file.base64, 'base64'))
    if (args.flag('json')) host.out(`${JSON.stringify(found.reading, null, 2)}\n`)
    else if (out === undefined) host.out(reportText(found.document))
    return exitCodes.ok
  }
}

/** Asks, showing on a terminal how far it is. */
async function ask(
  host: Host,
  { request, on }: Library,
  question: { id: string; from?: number; to?: number; count?: number; seed?: number }
) {
  const ticket = 'circuit'
  const stop = on('inspect.progress', (told) => {
    if (!host.isTerminal || told.ticket !== ticket) return
    const text = `circuit report ${bar(told.total > 0 ? told.done / told.total : 0, 20)}`
    host.err(`\r\u001b[K${cut(text, host.columns() - 1)}`)
  })
  try {
    return await request['circuit.report']({ ...question, ticket })
  } finally {
    stop()
    if (host.isTerminal) host.err('\r\u001b[K')
  }
}

function wholeNumber(args: Arguments, name: string): number | undefined {
  const text = args.text(name)
  if (text === undefined) return undefined
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw usageError(circuit, `--${name} is "${text}", which is no whole number.`)
}

function write(host: Host, path: string, bytes: Uint8Array): void {
  try {
    writeFileSync(path, bytes)
  } catch (error) {
    throw new UserError(
      'disk.write',
      `${path} could not be written: ${(error as Error).message}.`,
      'Name another file.'
    )
  }
  host.err(`Wrote ${path}.\n`)
}
