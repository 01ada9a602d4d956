/**
 * `npm run bench:inspect`: the slider over 200 checkpoints (docs/performance.md). A run that really trained, the real
 * server with its inspecting process, and the built page in Chromium: how long the answers take to be worked out in
 * the background, and then from the key to the frame that shows the next checkpoint's answer.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { chromium, type Page } from 'playwright-core'
import { events, requests } from '@shared/contract'
import { InspectQuery } from '@shared/inspect'
import { connect } from '@shared/rpc'
import { median } from './bench/statistics'
import { memoryPair } from './ports'
import { serveHttp } from './server/http'
import { forkInspector, forkTrainer } from './server/runners'
import { startServer } from './server/server'

// Built as out/main/bench-inspect.js.
const root = join(__dirname, '..', '..')
const checkpoints = 200
/** What is promised of an answer that is kept, in ms. */
const goalMs = 50

const config = {
  dataset: { kind: 'comparison', entities: 300, attributes: 4, values: 5, phi: 12, probes: 1000 },
  model: { family: 'gpt2', nLayer: 4, dModel: 32, nHead: 4 },
  batchSize: 128,
  // Of step 1 to 200, each.
  budget: { steps: checkpoints },
  evaluation: { every: 50, perDecade: 3 },
  checkpoints: { every: 1 }
}
/** As the page asks it when it is opened. */
const query = InspectQuery.parse({
  job: 'logit-lens',
  probes: { from: 'split', split: 'train_inferred' }
})

async function main(): Promise<void> {
  const library = mkdtempSync(join(tmpdir(), 'grokscope-bench-inspect-'))
  const say = (line: string): void => void process.stderr.write(`${line}\n`)
  const trainer = join(__dirname, 'trainer.js')
  const server = await startServer({
    ...{ library, version: 'bench', presets: [], log: say, now: Date.now },
    ...{ startTrainer: forkTrainer(trainer), startInspector: forkInspector(trainer) }
  })
  const [ours, theirs] = memoryPair()
  server.attach(theirs)
  const { request } = connect(ours, requests, events)
  const http = await serveHttp({
    ...{ server, pageFolder: join(root, 'out', 'renderer'), port: 0 },
    token: 'the benchmark of inspection'
  })
  const executablePath = process.env['GROKSCOPE_CHROMIUM'] ?? '/usr/bin/chromium'
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  try {
    console.log(
      `${cpus()[0]?.model.trim()}, ${cpus().length} cores, load ${loadavg()[0]!.toFixed(2)}, ${new Date().toISOString()}`
    )
    say(`training ${checkpoints} steps with a checkpoint each`)
    const { id } = await request['runs.create']({ name: 'bench', config })
    await server.idle()
    const steps = (await request['inspect.checkpoints']({ id })).map(({ step }) => step)
    console.log(`${steps.length} checkpoints, logit lens over 300 prompts`)

    let from = performance.now()
    while ((await request['inspect.prepare']({ id, steps, query })).ready < steps.length) {
      await delay(200)
    }
    const filledMs = performance.now() - from
    console.log(
      `worked out in the background: ${(filledMs / 1000).toFixed(1)} s, ${Math.round(filledMs / steps.length)} ms each`
    )

    const kept: number[] = []
    for (const step of steps) {
      from = performance.now()
      await request['inspect.run']({ id, step, query })
      kept.push(performance.now() - from)
    }
    console.log(line('server, a kept answer', kept))

    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    await page.goto(`${http.url}#/inspect?run=${id}&job=logit-lens`)
    await page.getByText(`bench, step ${steps.at(-1)!}`).waitFor({ timeout: 60_000 })
    await page.waitForTimeout(1000)
    console.log(line('page, key to the frame with the next answer', await slide(page, steps)))
  } finally {
    await browser.close()
    await http.close()
    await server.close('The benchmark is over.')
    rmSync(library, { recursive: true, force: true })
  }
}

/** Goes from the newest checkpoint to the oldest, one key at a time, each when the answer before is there. */
async function slide(page: Page, steps: readonly number[]): Promise<number[]> {
  const times: number[] = []
  await page.getByRole('slider', { name: 'Checkpoint' }).last().focus()
  for (const step of [...steps].reverse().slice(1)) {
    // A string: what runs in the page knows no types of the page here.
    await page.evaluate(`window.shown = new Promise((resolve) => {
      let from = 0
      addEventListener('keydown', () => (from = performance.now()), { once: true, capture: true })
      const look = () => {
        const text = document.querySelector('section .head strong')?.textContent ?? ''
        if (text.trim().endsWith('step ${step.toLocaleString('en')}')) resolve(performance.now() - from)
        else requestAnimationFrame(look)
      }
      requestAnimationFrame(look)
    })
    0 // else the promise itself would be waited for`)
    await page.keyboard.press('ArrowLeft')
    times.push(await page.evaluate<number>('window.shown'))
  }
  return times
}

/** "name: median 12 ms, 95 % within 20, at most 31, 100 % within 50 ms (n = 199)". */
function line(name: string, times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b)
  const ms = (value: number): string => value.toFixed(1)
  const most = sorted[Math.ceil(0.95 * sorted.length) - 1]!
  const within = (100 * times.filter((time) => time <= goalMs).length) / times.length
  return `${name}: median ${ms(median(times))} ms, 95 % within ${ms(most)}, at most ${ms(sorted.at(-1)!)}, ${within.toFixed(1)} % within ${goalMs} ms (n = ${times.length})`
}

main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).stack}\n`)
  process.exitCode = 1
})
