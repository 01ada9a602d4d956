/** Figures from the command line: the bytes that the app saves, refusals that say what to do. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { decode } from 'fast-png'
import { describe, expect, it } from 'vitest'
import { sidesOf, sidesTable } from '@shared/compare/sides'
import { figureOfView } from '@shared/figure/compare/export-figure'
import { FigureSettings } from '@shared/figure/drawing/settings'
import { sidesFigure } from '@shared/figure/compare/sides-figure'
import { figureFormats, tableFormats } from '@shared/figure/formats'
import { drawPlot } from '@shared/figure/plots/plot-figure'
import { placedMetrics } from '@shared/figure/plots/plot-quantities'
import { proposePlot } from '@shared/figure/plots/propose-plot'
import { View } from '@shared/view'
import { makeLibrary } from '../../../src/main/fixtures/make'
import { runWords } from '../../support/cli'
import { openServer, recordedEvents, temporaryFolder } from '../../support/library'
import { named, parseXml } from '../../support/xml'

let ids: string[]

/** A library of made-up runs for one test. */
async function library(): Promise<string> {
  const folder = temporaryFolder()
  const options = { runs: 10, seed: 5, long: 0, points: 100, longest: 0 }
  const plan = await makeLibrary(folder, options, () => undefined)
  ids = plan.filter(({ trashed }) => !trashed).map(({ id }) => id)
  return folder
}

const plot = (folder: string, ...words: string[]) =>
  runWords(['plot', ...words, '--runs', folder], '/nowhere')

describe('plot', () => {
  it('writes every format, the bytes that the app saves from the same view', async () => {
    const folder = await library()
    const view = View.parse({
      curves: { x: 'epoch', group: {}, panels: [{ metric: 'accuracy', splits: ['ood', 'iid'] }] }
    })
    writeFileSync(join(folder, 'view.json'), JSON.stringify(view))
    const chosen = ids.slice(0, 5)
    const settings = FigureSettings.parse({ journal: 'icml-double', caption: true, dpi: 150 })
    const files = new Map<string, Buffer>()
    for (const format of figureFormats) {
      const out = join(folder, `figure.${format}`)
      const { code, stderr } = await plot(
        ...[folder, ...chosen, '--out', out, '--view', join(folder, 'view.json')],
        ...['--journal', 'icml-double', '--caption', '--dpi', '150']
      )
      expect([code, stderr]).toEqual([0, ''])
      files.set(format, readFileSync(out))
    }
    const { request } = await openServer(folder, { startTrainer: null })
    const all = await request['runs.list']({})
    const runs = chosen.map((id) => all.find((run) => run.id === id)!)
    const figure = await figureOfView(request['metrics.curves'], runs, view.curves)
    for (const format of figureFormats) {
      const { base64 } = await request['figures.write']({ figure, format, settings })
      expect(Buffer.from(base64, 'base64').equals(files.get(format)!), format).toBe(true)
    }
    const svg = parseXml(files.get('svg')!.toString('utf8'))
    expect(svg.attributes['width']).toBe('171.45mm')
    expect(named(svg, 'text').map(({ text }) => text)).toContain('epoch (log, 0 set apart)')
    expect(decode(files.get('png')!).resolution).toEqual({ x: 5906, y: 5906, unit: 1 })
  })

  it('takes changes of the view and of the figure one by one', async () => {
    const folder = await library()
    const out = join(folder, 'one.svg')
    const { code, stdout } = await plot(
      ...[folder, ids[0]!, '--out', out, '--theme', 'mono', '--width', '120'],
      ...['--set', 'curves.xScale=linear', '--no-notes', '--title']
    )
    expect([code, stdout]).toEqual([0, `${out}\n`])
    const svg = parseXml(readFileSync(out, 'utf8'))
    expect(svg.attributes['width']).toBe('120mm')
    const texts = named(svg, 'text').map(({ text }) => text)
    expect(texts).toContain('step')
    expect(texts.some((text) => /points$/.test(text))).toBe(false)
    // One run shows its splits, each by its own name and dash.
    const splits = texts.filter(
      (text) => /^(train|OOD|test)$/.test(text) || /^(Train|Test), /.test(text)
    )
    expect(new Set(splits).size).toBeGreaterThan(1)
  })

  it('finds the runs of a view by its query, in its order', async () => {
    const folder = await library()
    const out = join(folder, 'found.csv')
    const query = ['--set', 'query=steps > 0', '--set', 'picked=[]', '--raw', '--out', out]
    const sort = '--set=sort={"column":"name","descending":false}'
    expect((await plot(folder, ...query, sort)).code).toBe(0)
    const names = (): string[] => [
      ...new Set((parse(readFileSync(out, 'utf8')) as string[][]).slice(1).map((row) => row[1]!))
    ]
    const all = names()
    expect(all.length).toBeGreaterThan(3)
    expect(all).toEqual(all.toSorted(new Intl.Collator('en', { numeric: true }).compare))
    const one = `query=name = "${all[1]}"`
    expect((await plot(folder, '--set', one, '--raw', '--out', out)).code).toBe(0)
    expect(names()).toEqual([all[1]])
  })

  it('draws those of the chosen runs that the query of Compare finds', async () => {
    const folder = await library()
    const [first, second] = [ids[0]!, ids[1]!]
    const out = join(folder, 'within.csv')
    const within = `id = ${second} or id = ${ids[2]!}`
    const set = (path: string, value: string) => ['--set', `${path}=${value}`]
    const drawn = await plot(
      ...[folder, '--out', out, ...set('picked', JSON.stringify([first, second]))],
      ...set('within', within)
    )
    expect([drawn.code, drawn.stderr]).toEqual([0, ''])
    const rows = parse(readFileSync(out, 'utf8'), { columns: true }) as { of: string }[]
    expect(new Set(rows.map(({ of }) => of).filter(Boolean))).toEqual(new Set([second]))
    const refused = await plot(folder, '--out', out, ...set('within', 'ood >'))
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toContain('ood >')
  })

  it('draws a view of plots as its plot, the bytes that the app saves', async () => {
    const folder = await library()
    const out = join(folder, 'plot.svg')
    const x = { id: 'config:model.nLayer' }
    const y = { id: 'metric:accuracy/@ood', at: 'best' as const }
    const view = View.parse({ tab: 'plots', plots: { kind: 'scatter', x, y }, query: 'steps > 0' })
    writeFileSync(join(folder, 'view.json'), JSON.stringify(view))
    const { code, stderr } = await plot(folder, '--view', join(folder, 'view.json'), '--out', out)
    expect([code, stderr]).toEqual([0, ''])

    const { request } = await openServer(folder, { startTrainer: null })
    const runs = (await request['runs.list']({}))
      .filter(({ archived, trashed }) => !archived && !trashed)
      .toSorted((a, b) => b.createdAt - a.createdAt)
    const ids = runs.map(({ id }) => id)
    const columns = [{ name: 'accuracy/@ood', at: 'best' as const }]
    const placed = placedMetrics([y], ids, await request['metrics.values']({ ids, columns }))
    const { figure } = drawPlot(runs, proposePlot(runs, view.plots), placed, 0)!
    const settings = FigureSettings.parse({})
    const { base64 } = await request['figures.write']({ figure, format: 'svg', settings })
    expect(Buffer.from(base64, 'base64').equals(readFileSync(out))).toBe(true)
    const texts = named(parseXml(readFileSync(out, 'utf8')), 'text').map(({ text }) => text)
    expect(texts.join('|')).toMatch(/Accuracy, OOD \/ test at best/)
  })

  it('writes runs side by side as their table or their curves, the bytes that the app saves', async () => {
    const folder = await library()
    const [first, second] = [ids[0]!, ids.at(-1)!]
    const view = View.parse({
      ...{ tab: 'side-by-side', picked: [first, second], baseline: first },
      ...{ curves: { xScale: 'linear' }, sideZoom: [10, 10_000] }
    })
    writeFileSync(join(folder, 'view.json'), JSON.stringify(view))
    const { request } = await openServer(folder, { startTrainer: null })
    const all = await request['runs.list']({})
    const runs = [first, second].map((id) => all.find((run) => run.id === id)!)
    const table = sidesTable(runs, sidesOf(runs, all, view))
    expect(table.caption).toContain(`Differences are to ${runs[0]!.name}.`)
    const figure = await sidesFigure(request['metrics.series'], runs, view)
    expect(figure.panels.map(({ title }) => title)).toEqual(runs.map(({ name }) => name))
    expect(figure.panels.map(({ x }) => x.domain)).toEqual([
      [10, 10_000],
      [10, 10_000]
    ])
    for (const format of figureFormats) {
      const out = join(folder, `sides.${format}`)
      const said = await plot(folder, '--view', join(folder, 'view.json'), '--out', out)
      expect([said.code, said.stderr]).toEqual([0, ''])
      const asTable = tableFormats.find((known) => known === format)
      const { base64 } = asTable
        ? await request['tables.write']({ table, format: asTable, best: true })
        : await request['figures.write']({ figure, format, settings: FigureSettings.parse({}) })
      expect(Buffer.from(base64, 'base64').equals(readFileSync(out)), format).toBe(true)
    }
    expect(readFileSync(join(folder, 'sides.tex'), 'utf8')).toContain('\\toprule')

    const set = ['--set', 'tab=side-by-side', '--out', join(folder, 'x.csv')]
    const alone = await plot(folder, first, ...set)
    expect(alone.code).not.toBe(0)
    expect(alone.stderr).toMatch(/two to 6 runs, and here is one/)
    expect(existsSync(join(folder, 'x.csv'))).toBe(false)
    const many = await plot(folder, ...set)
    expect(many.code).toBe(0)
    expect(many.stderr).toMatch(/Drawn are the first 6 of \d+ runs/)
  })

  it('writes every recorded value with --raw', async () => {
    const folder = await library()
    const out = join(folder, 'raw.csv')
    expect((await plot(folder, ids[0]!, '--raw', '--out', out)).code).toBe(0)
    const [head, ...rows] = parse(readFileSync(out, 'utf8')) as string[][]
    expect(head).toEqual(['run', 'name', 'metric', 'step', 'value'])
    const recorded = recordedEvents(folder, ids[0]!).flatMap((event) =>
      event.type === 'metrics'
        ? Object.entries(event.values).map(
            ([metric, value]) => `${metric} ${event.step} ${value ?? ''}`
          )
        : []
    )
    expect(rows.map(([, , metric, step, value]) => `${metric} ${step} ${value}`).sort()).toEqual(
      recorded.sort()
    )
    // What the page asks for when every recorded value is wanted.
    const { request } = await openServer(folder, { startTrainer: null })
    for (const format of ['csv', 'json', 'parquet'] as const) {
      const file = join(folder, `raw.${format}`)
      await plot(folder, ids[0]!, ids[1]!, '--raw', '--out', file)
      const { base64 } = await request['tables.raw']({ ids: [ids[0]!, ids[1]!], format })
      expect(Buffer.from(base64, 'base64').equals(readFileSync(file)), format).toBe(true)
    }
    await expect(request['tables.raw']({ ids: ['nobody'], format: 'csv' })).rejects.toThrow()
  })

  it.each([
    [['--out', 'a.svg', 'nobody'], /There is no run "nobody"/],
    [['x'], /plot needs --out FILE/],
    [['--out', 'a.gif'], /"gif" is no format of figures/],
    [['--out', 'a'], /has no ending that says what to write/],
    [['--out', 'a.svg', '--journal', 'natur-single'], /did you mean nature-single\?/],
    [
      ['--out', 'a.png', '--dpi', '10'],
      /--dpi 10 is refused: allowed is a whole number from 72 to 2400/
    ],
    [['--out', 'a.svg', '--view', 'mine'], /"mine" is neither a saved view nor a file/],
    [['--out', 'a.svg', '--set', 'curves.x=year'], /curves\.x/],
    [['--out', 'a.svg', '--raw'], /--raw is for csv, json and parquet/],
    [['--out', 'a.svg', '--set', 'query=ood > 1'], /There are no runs to draw/],
    [
      ['--out', 'a.svg', '--set', 'query=ood > high'],
      /query is refused at character 7[^]*ood is compared/
    ]
  ])('%j is refused with what to do, and nothing is written', async (words, message) => {
    const folder = await library()
    const { code, stderr } = await plot(folder, ...words)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
    expect(existsSync('a.svg')).toBe(false)
  })
})

describe('runs as a table', () => {
  it('has everything as CSV and what counts as LaTeX', async () => {
    const folder = await library()
    const csv = await runWords(['runs', '--csv', '--runs', folder], '/nowhere')
    const records = parse(csv.stdout, { columns: true }) as Record<string, string>[]
    expect(records).toHaveLength(ids.length)
    expect(Object.keys(records[0]!)).toEqual(
      expect.arrayContaining(['id', 'config.model.family', 'config.seed', 'memorised', 'delay'])
    )
    const latex = await runWords(['runs', '--latex', '--best', '--runs', folder], '/nowhere')
    expect(latex.stdout).toContain('\\toprule')
    expect(latex.stdout).toContain('\\textbf{')
  })
})
