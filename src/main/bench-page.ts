/**
 * `npm run bench:page`: how long the real page takes to show long and many curves again, in Chromium against a real
 * server over a made-up library (docs/performance.md). Nothing in the page knows of it: strokes on its canvases are
 * watched from outside.
 */
import { existsSync, readFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { makeLibrary } from './fixtures/make'
import { measureRedraw, type Redraw } from './bench/redraw'
import { openStore } from './store/store'
import { serveHttp } from './server/http'
import { startServer } from './server/server'

// Built as out/main/bench-page.js.
const root = join(__dirname, '..', '..')
const [manyRuns, manyPoints, longPoints, rounds] = [50, 20_000, 200_000, 7]

interface Case {
  name: string
  address: string
  /** Waited for before the first measurement. */
  ready: RegExp
  actions: readonly { name: string; act: string }[]
}

const key = (name: string): string =>
  `document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '${name}', bubbles: true }))`
const onPlot = (name: string): string =>
  `document.querySelector('[role=slider]').dispatchEvent(new KeyboardEvent('keydown', { key: '${name}', bubbles: true }))`
/** A split of the run, or the first curve of the list: nothing is read for it. */
const toggle = `document.querySelector('[aria-pressed]').click()`

async function main(): Promise<void> {
  const library = join(root, 'test-results', 'bench-page')
  const plan = { runs: 0, seed: 1, long: manyRuns, points: manyPoints, longest: longPoints }
  const say = (line: string): void => void process.stderr.write(`${line}\n`)
  // Making it takes minutes: one from an earlier time does as well.
  const marker = join(library, 'made-up.json')
  const there = existsSync(marker) ? readFileSync(marker, 'utf8') : ''
  if (there !== JSON.stringify(plan, null, 2) + '\n') await makeLibrary(library, plan, say)
  const store = await openStore(join(library, 'history.sqlite'), { now: Date.now })
  const runs = store.runs()
  store.close()
  const longest = runs.reduce((a, b) => (b.step > a.step ? b : a))
  const others = runs.filter(({ id }) => id !== longest.id).map(({ id }) => id)

  const picked = others.join('~')
  const panel = encodeURIComponent(
    JSON.stringify({ panels: [{ metric: 'accuracy', splits: ['ood'] }] })
  )
  const actions = [
    { name: 'x log or linear: read again and drawn', act: key('l') },
    { name: 'zoomed in: read again and drawn', act: onPlot('+') },
    { name: 'a curve hidden or shown: drawn alone', act: toggle }
  ]
  const cases: Case[] = [
    {
      ...{ name: `Run page, ${longPoints.toLocaleString('en')} points a curve`, actions },
      ...{ address: `#/run/${longest.id}`, ready: /showing [\d,]+ of [\d,]+ points/ }
    },
    {
      ...{
        name: `Compare, one panel, ${others.length} x ${manyPoints.toLocaleString('en')} points`
      },
      ...{ address: `#/compare?v=1&picked=${picked}&curves=${panel}`, actions },
      ready: /showing [\d,]+ of [\d,]+ points/
    },
    {
      ...{ name: `Compare, the usual six panels of the same runs`, actions },
      ...{ address: `#/compare?v=1&picked=${picked}`, ready: /showing [\d,]+ of [\d,]+ points/ }
    }
  ]
  const server = await startServer({
    ...{ library, version: 'bench', presets: [], startTrainer: null, log: say, now: Date.now }
  })
  const http = await serveHttp({
    server,
    pageFolder: join(root, 'out', 'renderer'),
    port: 0,
    token: 'the benchmark of the page'
  })
  const executablePath = process.env['GROKSCOPE_CHROMIUM'] ?? '/usr/bin/chromium'
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  try {
    console.log(
      `${cpus()[0]?.model.trim()}, ${cpus().length} cores, load ${loadavg()[0]!.toFixed(2)}`
    )
    console.log(`Chromium ${browser.version()}, software drawing, ${new Date().toISOString()}`)
    for (const one of cases) {
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
      const from = performance.now()
      await page.goto(`${http.url}${one.address}`)
      await page.getByText(one.ready).first().waitFor({ timeout: 120_000 })
      console.log(
        `\n${one.name}\n  ${line('opened, nothing read before', [performance.now() - from])}`
      )
      await page.waitForTimeout(1000)
      for (const { name, act } of one.actions) {
        const redraws: Redraw[] = []
        for (let round = 0; round < rounds; round++) {
          redraws.push(await measureRedraw(page, act))
          // A zoom is undone before the next one.
          if (act === onPlot('+'))
            await measureRedraw(page, onPlot('Escape').replace('bubbles', 'bubbles'))
        }
        console.log(
          `  ${line(
            `${name}: first picture`,
            redraws.map(({ firstMs }) => firstMs)
          )}`
        )
        console.log(
          `  ${line(
            `${name}: last picture`,
            redraws.map(({ lastMs }) => lastMs)
          )}`
        )
      }
      await page.close()
    }
  } finally {
    await browser.close()
    await http.close()
    await server.close('The benchmark is over.')
  }
}

/** "name: median 43 ms, 39 to 61". */
function line(name: string, times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b)
  const ms = (value: number | undefined): string => `${Math.round(value ?? NaN)}`
  const median = sorted[sorted.length >> 1]
  return sorted.length === 1
    ? `${name}: ${ms(median)} ms`
    : `${name}: median ${ms(median)} ms, ${ms(sorted[0])} to ${ms(sorted.at(-1))}, n = ${sorted.length}`
}

main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).stack}\n`)
  process.exitCode = 1
})
