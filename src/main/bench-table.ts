/**
 * `npm run bench:table`: how long the table of 2,000 runs takes to filter, sort, fold and differ, in the real page in
 * Chromium against a real server over a made-up library (docs/performance.md).
 */
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { makeLibrary } from './fixtures/make'
import { serveHttp } from './server/http'
import { startServer } from './server/server'

// Built as out/main/bench-table.js.
const root = join(__dirname, '..', '..')
const options = { runs: 2000, seed: 1, long: 0, points: 0, longest: 0 }
const rounds = 15

const type = (text: string): string => `
  const box = document.querySelector('[role=combobox]')
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(box, ${JSON.stringify(text)})
  box.dispatchEvent(new Event('input', { bubbles: true }))`
const click = (name: string): string => `
  const name = ${JSON.stringify(name)}
  ;[...document.querySelectorAll('section button')].find((b) => b.innerText.trim() === name).click()`

/** Each act and the one that takes it back, so that rounds begin alike. */
const cases: readonly { name: string; act: string; back: string }[] = [
  {
    name: 'filter by words: llama 4L',
    act: type('llama 4L'),
    back: type('')
  },
  {
    name: 'filter by a query of four comparisons',
    act: type('model.family in (llama, mamba) and ood > .9 and not tags has depth and delay < 10k'),
    back: type('')
  },
  { name: 'sort by a metric', act: click('OOD / test'), back: click('Created') },
  { name: 'sort by a name', act: click('Name'), back: click('Created') },
  {
    name: 'sort by an event, censored values included',
    act: click('Delay'),
    back: click('Created')
  },
  { name: 'fold seeds', act: click('Fold seeds'), back: click('Fold seeds') },
  { name: 'only differences', act: click('Only differences'), back: click('Only differences') }
]

/** Milliseconds from the act to the frame that shows what followed. */
function measure(page: Page, act: string): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => {
    const from = performance.now()
    {${act}}
    // The first frame paints the change, the second one begins after it was painted.
    requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - from)))
  })`)
}

async function main(): Promise<void> {
  const library = join(root, 'test-results', 'bench-table')
  const say = (line: string): void => void process.stderr.write(`${line}\n`)
  await makeLibrary(library, options, say)
  const server = await startServer({
    ...{ library, version: 'bench', presets: [], startTrainer: null, log: say, now: Date.now }
  })
  const pageFolder = join(root, 'out', 'renderer')
  const http = await serveHttp({ server, pageFolder, port: 0, token: 'the-token-of-the-benchmark' })
  const executablePath = process.env['GROKSCOPE_CHROMIUM'] ?? '/usr/bin/chromium'
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  try {
    console.log(
      `${cpus()[0]?.model.trim()}, ${cpus().length} cores, load ${loadavg()[0]!.toFixed(1)}`
    )
    console.log(`Chromium ${browser.version()}, software drawing, ${new Date().toISOString()}`)
    const page = await browser.newPage({ viewport: { width: 1600, height: 900 } })
    const from = performance.now()
    await page.goto(`${http.url}#/runs?v=1`)
    await page.locator('#runs-table tbody tr[id]').first().waitFor()
    console.log(line('opened', [performance.now() - from]))
    await page.waitForTimeout(1000)
    console.log(line('two frames without any change', await repeat(() => measure(page, ''))))
    for (const { name, act, back } of cases) {
      const times = await repeat(async () => {
        const time = await measure(page, act)
        await measure(page, back)
        return time
      })
      console.log(line(name, times))
    }
  } finally {
    await browser.close()
    await http.close()
    await server.close('The benchmark is over.')
  }
}

async function repeat(once: () => Promise<number>): Promise<number[]> {
  const times: number[] = []
  // The first one also compiles.
  for (let round = 0; round <= rounds; round++) times.push(await once())
  return times.slice(1)
}

/** "name: median 43 ms, 39 to 61". */
function line(name: string, times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b)
  const ms = (value: number | undefined): string => `${Math.round(value ?? NaN)}`
  return `${name}: median ${ms(sorted[sorted.length >> 1])} ms, ${ms(sorted[0])} to ${ms(sorted.at(-1))}, n = ${sorted.length}`
}

main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).stack}\n`)
  process.exitCode = 1
})
