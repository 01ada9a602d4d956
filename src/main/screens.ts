/**
 * `npm run screens`: every place of the page in every window and wish (screens/modes.ts), as pictures to look at, and the
 * faults that can be told without eyes. In Chromium against a real server over a made-up library; one run is really
 * trained, so that there is something to inspect.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { chromium, type Browser, type BrowserContext } from 'playwright-core'
import { parseRunConfig } from '@shared/config-input'
import { events, requests } from '@shared/contract'
import { UserError } from '@shared/errors'
import { connect } from '@shared/rpc'
import { makeLibrary } from './fixtures/make'
import { madeUpStudy } from './fixtures/study'
import { memoryPair } from './ports'
import { readArguments, usage, type ScreensOptions } from './screens/arguments'
import { findBlindFocus, findCuts } from './screens/faults'
import { modes, type ModeName } from './screens/modes'
import { scenes, type Cast, type Scene } from './screens/scenes'
import { serveHttp } from './server/http'
import { readPresets, readStudyPresets } from './server/presets'
import { forkInspector, forkProbe, forkTrainer } from './server/runners'
import { startServer, type Server } from './server/server'

// Built as out/main/screens.js.
const root = join(__dirname, '..', '..')
const say = (line: string): void => void process.stderr.write(`${line}\n`)

async function main(words: readonly string[]): Promise<void> {
  const options = readArguments(words)
  if (options.help) return console.log(usage)
  const library = join(resolve(options.out), 'library')
  const empty = join(resolve(options.out), 'empty')
  const none = { seed: 1, long: 0, points: 0, longest: 0 }
  await makeLibrary(library, { ...none, runs: options.runs, study: true }, say)
  await makeLibrary(empty, { ...none, runs: 0 }, say)
  const servers = [await open(library), await open(empty)] as const
  const cast = await castOf(servers[0])
  const pages = await Promise.all(servers.map((server, i) => serve(server, i)))
  const executablePath = process.env['GROKSCOPE_CHROMIUM'] ?? '/usr/bin/chromium'
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  try {
    const faults = await tour(browser, options, cast, { full: pages[0]!.url, empty: pages[1]!.url })
    const text = faults.map((fault) => `${fault}\n`).join('')
    writeFileSync(join(options.out, 'faults.txt'), text)
    process.stdout.write(`${text}${faults.length} faults; pictures in ${options.out}\n`)
  } finally {
    await browser.close()
    for (const page of pages) await page.close()
    for (const server of servers) await server.close('The tour is over.')
  }
}

function open(library: string): Promise<Server> {
  const resources = join(root, 'resources')
  const trainer = join(root, 'out', 'main', 'trainer.js')
  return startServer({
    ...{ library, version: 'tour', log: () => undefined, now: Date.now },
    presets: readPresets(join(resources, 'presets'), say),
    studyPresets: readStudyPresets(join(resources, 'studies'), say),
    startTrainer: forkTrainer(trainer),
    startProbe: forkProbe(trainer),
    startInspector: forkInspector(trainer)
  })
}

const serve = (server: Server, i: number): ReturnType<typeof serveHttp> =>
  serveHttp({
    ...{ server, port: 0, token: `the token of the tour, ${i}` },
    pageFolder: join(root, 'out', 'renderer')
  })

/** Trains a small run to its end, and picks the others that the scenes need. */
async function castOf(server: Server): Promise<Cast> {
  const [ours, theirs] = memoryPair()
  server.attach(theirs)
  const { request } = connect(ours, requests, events)
  const config = parseRunConfig({
    dataset: { kind: 'comparison', entities: 12, attributes: 2, values: 4, phi: 2, idShare: 0.7 },
    model: { family: 'gpt2', nLayer: 2, dModel: 32, nHead: 2 },
    ...{ batchSize: 64, budget: { steps: 200 } },
    ...{ evaluation: { every: 10 }, checkpoints: { every: 25 } }
  })
  const { id } = await request['runs.create']({ name: 'really trained', config, engine: 'auto' })
  for (;;) {
    const run = await request['runs.get']({ id })
    if (run.state === 'finished') break
    if (run.state === 'failed') throw new Error(run.error ?? 'the run of the tour failed')
    await new Promise((go) => setTimeout(go, 200))
  }
  const runs = (await request['runs.list']({})).filter((run) => !run.trashed && !run.study)
  const kinds = runs.filter(
    ({ state, config: { dataset } }) =>
      state === 'finished' && (dataset as { kind: string }).kind === 'comparison'
  )
  return {
    trained: id,
    finished: kinds.filter((run) => run.id !== id).map((run) => run.id),
    failed: runs.find(({ state }) => state === 'failed')?.id ?? id,
    study: madeUpStudy.id
  }
}

/** @returns the faults that were found, each with its mode and scene */
async function tour(
  browser: Browser,
  { out, only, modes: wanted }: ScreensOptions,
  cast: Cast,
  urls: Record<'full' | 'empty', string>
): Promise<string[]> {
  const chosen = scenes.filter(
    ({ name }) => only.length === 0 || only.some((o) => name.startsWith(o))
  )
  const faults: string[] = []
  for (const mode of wanted) {
    mkdirSync(join(out, mode), { recursive: true })
    for (const scene of chosen) {
      // A page of its own each: nothing that one scene left behind shows in the next.
      const context = await browser.newContext(modes[mode])
      const told = await visit(context, scene, mode, cast, urls, out).catch((error: Error) => [
        `not reached: ${error.message.split('\n')[0]}`
      ])
      faults.push(...told.map((fault) => `${mode} ${scene.name}: ${fault}`))
      await context.close()
    }
    say(`${mode} is done`)
  }
  return faults
}

async function visit(
  context: BrowserContext,
  scene: Scene,
  mode: ModeName,
  cast: Cast,
  urls: Record<'full' | 'empty', string>,
  out: string
): Promise<string[]> {
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(`error in the page: ${error.message}`))
  if (scene.world === 'silent') await page.routeWebSocket(/./, () => undefined)
  if (scene.world === 'lost') await page.routeWebSocket(/./, (socket) => void socket.close())
  const url = scene.world === 'empty' ? urls.empty : urls.full
  await page.goto(`${url}${scene.hash(cast)}`)
  await page.locator(scene.ready).first().waitFor()
  await scene.act?.(page)
  // Charts are drawn, and what fades in is there.
  await page.waitForTimeout(700)
  await page.screenshot({ path: join(out, mode, `${scene.name}.png`) })
  problems.push(...(await findCuts(page)))
  if (mode === 'light' || mode === 'contrast' || mode === 'zoom') {
    problems.push(...(await findBlindFocus(page)))
  }
  return problems
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const told = error instanceof UserError
  console.error(told ? `${error.message} ${error.hint}` : error)
  process.exitCode = told && error.code === 'usage' ? 2 : 1
})
