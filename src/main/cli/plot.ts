import { readFileSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { applyAssignment, nearestName } from '@shared/config-input'
import type { RunRow } from '@shared/contract'
import { UserError } from '@shared/errors'
import { mostSides, sidesOf, sidesTable } from '@shared/compare/sides'
import { figureOfView, mostRuns } from '@shared/figure/compare/export-figure'
import { sidesFigure } from '@shared/figure/compare/sides-figure'
import { settingFields, type SettingField } from '@shared/figure/drawing/setting-fields'
import { FigureSettings } from '@shared/figure/drawing/settings'
import type { Figure } from '@shared/figure/figure'
import { dataFormats, figureFormats, tableFormats, type FigureFormat } from '@shared/figure/formats'
import { drawPlot, placedColumns, plotFields } from '@shared/figure/plots/plot-figure'
import { placedMetrics } from '@shared/figure/plots/plot-quantities'
import { proposePlot } from '@shared/figure/plots/propose-plot'
import type { View } from '@shared/view'
import { readView, usualView, viewDifferences, viewFromFile } from '@shared/view-address'
import { writeWholeFile } from '../whole-file'
import { exitCodes, usageError, type Arguments, type Option, type Verb } from './command'
import type { Library } from './library'
import { runsOfView } from './view-runs'

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
  summary: 'write curves or plots of runs as SVG, PDF, PNG, pgfplots, CSV, JSON or Parquet',
  details: `RUN is a run's id, the beginning of it, or the run's name; without any, those of the view are drawn:
picked ones, or what its query finds. A view that shows plots (tab=plots) is drawn as its plot; of one with runs side by
side (tab=side-by-side) csv, json, parquet and tex hold the table, svg, pdf and png the curves.
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
    const isRaw = args.flag('raw') ? dataFormats.find((known) => known === format) : null
    if (isRaw === undefined) {
      throw usageError(plot, `--raw is for csv, json and parquet, and ${out} is none of them.`)
    }
    const { lookInto } = await import('./library')
    const now = host.now()
    const written = await lookInto(host, args, null, async (library) => {
      const { writeFigure, writeTable } = await import('../figures')
      const view = await chooseView(args, library)
      const { runs, of } = await chooseRuns(args, library, view, now)
      if (of !== null) {
        host.err(`Drawn are the first ${runs.length} of ${of} runs; name runs to draw others.\n`)
      }
      if (isRaw) {
        const ids = runs.map(({ id }) => id)
        const { base64, notes } = await library.request['tables.raw']({ ids, format: isRaw })
        return { bytes: Buffer.from(base64, 'base64'), notes }
      }
      const asTable = tableFormats.find((known) => known === format)
      if (view.tab === 'side-by-side' && asTable) {
        const sides = sidesOf(runs, await library.request['runs.list']({}), view)
        return writeTable(sidesTable(runs, sides), asTable, { best: true, digits: 4 })
      }
      return writeFigure(await figureOf(library, runs, view, now), format, settings)
    })
    if (!written) throw noRuns()
    writeWholeFile(resolve(out), written.bytes)
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

interface ChosenRuns {
  runs: readonly RunRow[]
  /** How many the view finds where not all of them are drawn, as in the app. */
  of: number | null
}

async function chooseRuns(
  args: Arguments,
  { request }: Library,
  view: View,
  now: number
): Promise<ChosenRuns> {
  const { findRun } = await import('./library')
  const all = await request['runs.list']({})
  const aside = view.tab === 'side-by-side' && !args.flag('raw')
  if (args.operands.length > 0) {
    const runs = args.operands.map((name) => findRun(all, name))
    return aside ? besideOneAnother(runs) : { runs, of: null }
  }
  const found = await runsOfView(all, view, request, now)
  const isShown = ({ id }: RunRow): boolean => !view.hidden.includes(id)
  if (aside) return besideOneAnother(found.filter(isShown))
  const most = view.tab === 'plots' || args.flag('raw') ? Infinity : mostRuns(view.curves)
  const runs = found.slice(0, most).filter(isShown)
  if (runs.length === 0) throw noRuns()
  return { runs, of: found.length > most ? found.length : null }
}

function besideOneAnother(found: readonly RunRow[]): ChosenRuns {
  if (found.length < 2) {
    throw new UserError(
      'plot.sides',
      `Side by side are two to ${mostSides} runs, and here ${found.length === 1 ? 'is one' : 'are none'}.`,
      'Name the runs, or give --set tab=curves.'
    )
  }
  const runs = found.slice(0, mostSides)
  return { runs, of: found.length > runs.length ? found.length : null }
}

async function figureOf(
  { request }: Library,
  runs: readonly RunRow[],
  view: View,
  now: number
): Promise<Figure> {
  if (view.tab === 'side-by-side') return sidesFigure(request['metrics.series'], runs, view)
  if (view.tab === 'curves') return figureOfView(request['metrics.curves'], runs, view.curves)
  const choice = proposePlot(runs, view.plots)
  const columns = placedColumns(plotFields(choice))
  const ids = runs.map(({ id }) => id)
  const answers =
    columns.length === 0
      ? []
      : await request['metrics.values']({
          ids,
          columns: columns.map(({ id, at = 'last' }) => ({ name: id.replace(/^metric:/, ''), at }))
        })
  const drawn = drawPlot(runs, choice, placedMetrics(columns, ids, answers), now)
  if (drawn) return drawn.figure
  throw new UserError(
    'plot.axes',
    'An axis of the plot names nothing that this version knows.',
    'Choose its axes in the app and save the view again, or set plots.x and plots.y.'
  )
}
