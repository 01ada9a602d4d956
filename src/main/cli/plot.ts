import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { applyAssignment, nearestName } from '@shared/config-input'
import type { RunRow } from '@shared/contract'
import { UserError } from '@shared/errors'
import { figureOfView } from '@shared/figure/compare/export-figure'
import { settingFields, type SettingField } from '@shared/figure/drawing/setting-fields'
import { FigureSettings } from '@shared/figure/drawing/settings'
import { figureFormats, type FigureFormat, type TableFormat } from '@shared/figure/formats'
import { rawValues } from '@shared/raw-values'
import type { View } from '@shared/view'
import { readView, usualView, viewDifferences, viewFromFile } from '@shared/view-address'
import { exitCodes, usageError, type Arguments, type Option, type Verb } from './command'
import type { Library } from './library'

/** Settings that are on unless said otherwise are turned off by `--no-...`. */
const optionName = ({ name, default: usual }: SettingField): string =>
  usual === true ? `no-${name}` : name

const settingOptions = Object.fromEntries(
  settingFields.map((field): [string, Option] => [
    optionName(field),
    field.type === 'flag'
      ? { type: 'boolean', help: field.default === true ? `Without: ${field.help}` : field.help }
      : {
          ...{ type: 'string', value: field.choices ? 'NAME' : 'N' },
          help: `${field.help}${field.unit ? ` In ${field.unit}.` : ''}${field.default === undefined ? '' : ` Default: ${field.default}.`}`
        }
  ])
)

export const plot: Verb = {
  name: 'plot',
  operands: '[RUN...]',
  summary: 'write curves of runs as SVG, PDF, PNG, pgfplots, CSV, JSON or Parquet',
  details: `RUN is a run's id, the beginning of it, or the run's name; without any, those of the view are drawn.
The file is the same, byte for byte, as the one that the app saves from the same view.

For --journal: ${settingFields.find(({ name }) => name === 'journal')!.choices!.join(', ')}.`,
  options: {
    out: {
      ...{ type: 'string', value: 'FILE' },
      help: `Where to. Its ending says what is written: ${figureFormats.join(', ')}.`
    },
    view: {
      ...{ type: 'string', value: 'NAME|FILE' },
      help: 'A view saved in the app, or exported as a file.'
    },
    set: {
      ...{ type: 'string', multiple: true, value: 'PATH=VALUE' },
      help: 'Change a setting of the view, e.g. --set curves.x=epoch. May be repeated.'
    },
    raw: {
      type: 'boolean',
      help: 'For csv, json and parquet: every recorded value of the runs, not those that are drawn.'
    },
    ...settingOptions
  },
  async run(host, args) {
    const out = args.text('out')
    if (!out) throw usageError(plot, 'plot needs --out FILE.')
    const format = formatOf(out)
    const settings = readSettings(args)
    const isRaw = args.flag('raw')
    if (isRaw && !['csv', 'json', 'parquet'].includes(format)) {
      throw usageError(plot, `--raw is for csv, json and parquet, and ${out} is none of them.`)
    }
    const { lookInto } = await import('./library')
    const written = await lookInto(host, args, null, async (library) => {
      const { writeFigure, writeTable } = await import('../figures')
      const view = await chooseView(args, library)
      const runs = await chooseRuns(args, library, view)
      if (isRaw) {
        const table = await rawValues(runs, null, library.request['metrics.series'])
        return writeTable(table, format as TableFormat, { best: false, digits: 4 })
      }
      const read = library.request['metrics.curves']
      return writeFigure(await figureOfView(read, runs, view.curves), format, settings)
    })
    if (!written) throw noRuns()
    await writeFile(resolve(out), written.bytes)
    for (const note of written.notes) host.err(`${note}\n`)
    host.out(`${out}\n`)
    return exitCodes.ok
  }
}

const noRuns = (): UserError =>
  new UserError('plot.empty', 'There are no runs to draw.', 'See grokscope runs --all.')

/** @throws {UserError} where the name's ending is none that can be written */
export function formatOf(path: string): FigureFormat {
  const ending = extname(path).slice(1).toLowerCase()
  const format = figureFormats.find((known) => known === ending)
  if (format) return format
  throw new UserError(
    'plot.format',
    ending
      ? `"${ending}" is no format of figures.`
      : `"${path}" has no ending that says what to write.`,
    `End the file's name in one of ${figureFormats.map((known) => `.${known}`).join(', ')}.`
  )
}

function readSettings(args: Arguments): FigureSettings {
  const given = settingFields.flatMap((field): [string, unknown][] => {
    const option = optionName(field)
    if (field.type === 'flag')
      return args.flag(option) ? [[field.name, field.default !== true]] : []
    const text = args.text(option)
    if (text === undefined) return []
    if (field.type === 'choice' && !field.choices!.includes(text)) {
      const near = nearestName(text, field.choices!)
      throw usageError(
        plot,
        `--${option} ${text} is refused: known are ${field.choices!.join(', ')}${near ? `; did you mean ${near}?` : '.'}`
      )
    }
    const value = field.type === 'choice' ? text : Number(text)
    const isRefused =
      typeof value === 'number' &&
      !(
        value >= field.minimum! &&
        value <= field.maximum! &&
        (field.type !== 'integer' || Number.isInteger(value))
      )
    if (isRefused) {
      const kind = field.type === 'integer' ? 'a whole number' : 'a number'
      throw usageError(
        plot,
        `--${option} ${text} is refused: allowed is ${kind} from ${field.minimum} to ${field.maximum}.`
      )
    }
    return [[field.name, value]]
  })
  return FigureSettings.parse(Object.fromEntries(given))
}

async function chooseView(args: Arguments, { request }: Library): Promise<View> {
  const name = args.text('view')
  const view = name === undefined ? usualView : await namedView(name, request)
  const changed = args.texts('set').reduce<unknown>(applyAssignment, viewDifferences(view))
  return readView(changed, 'What --set asks for')
}

async function namedView(name: string, request: Library['request']): Promise<View> {
  const { saved } = await request['views.list']({})
  const found = saved.find((view) => view.name === name)
  if (found) return found.view
  try {
    return viewFromFile(readFileSync(name, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    const names = saved.map((view) => view.name)
    throw new UserError(
      'view.unknown',
      `"${name}" is neither a saved view nor a file.`,
      names.length > 0
        ? `Saved views are ${names.join(', ')}.`
        : 'No view is saved in this library.'
    )
  }
}

async function chooseRuns(args: Arguments, { request }: Library, view: View): Promise<RunRow[]> {
  const { findRun } = await import('./library')
  const all = await request['runs.list']({})
  if (args.operands.length > 0) return args.operands.map((name) => findRun(all, name))
  if (view.query !== '' && view.picked.length === 0) {
    throw new UserError(
      'plot.query',
      `The view finds its runs by a query (${view.query}), which is answered by the app alone.`,
      'Name the runs, or pick them in the app and save the view again.'
    )
  }
  const picked = view.picked.flatMap((id) => all.find((run) => run.id === id) ?? [])
  const shelf = all.filter(({ archived, trashed }) =>
    view.shelf === 'trash' ? trashed : !trashed && archived === (view.shelf === 'archived')
  )
  const found = picked.length > 0 ? picked : shelf
  const shown = found.filter(({ id }) => !view.hidden.includes(id))
  if (shown.length === 0) throw noRuns()
  return shown
}
