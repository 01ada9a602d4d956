/** Setting runs up: presets with measured curves, forecasts, several seeds, forks and the first five minutes. */
import path from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parseRunConfig } from '@shared/config-input'
import type { RunRow } from '@shared/contract'
import { milestonesOf } from '@shared/milestones'
import { serveHttp } from '../../src/main/server/http'
import { readPresets } from '../../src/main/server/presets'
import { chromiumBinary, launchers, picture } from '../support/apps'
import { fakeRun, fakeServer, type FakeServer } from '../support/fake-server'
import { root } from '../support/grokscope'

const now = Date.UTC(2026, 0, 1, 12)
const presets = readPresets(path.join(root, 'resources', 'presets'), () => undefined)
const coffee = parseRunConfig(presets.find(({ name }) => name === 'modular-coffee')!.config)
const skip = launchers.find(({ name }) => name === 'Chromium')?.skip

describe.skipIf(skip)('setting up runs', () => {
  let browser: Browser
  let server: FakeServer
  let http: Awaited<ReturnType<typeof serveHttp>>
  let page: Page
  let problems: string[] = []

  async function open(rows: readonly RunRow[], hash: string, dark = false): Promise<void> {
    server = fakeServer(presets, rows, now)
    const closed = { close: () => Promise.resolve(), idle: () => Promise.resolve() }
    http = await serveHttp({
      server: { attach: server.attach, ...closed },
      pageFolder: path.join(root, 'out', 'renderer'),
      ...{ port: 0, token: 'a-token-for-wizard-tests' }
    })
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      colorScheme: dark ? 'dark' : 'light'
    })
    page = await context.newPage()
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(http.url)
    await page.evaluate(`location.hash = ${JSON.stringify(hash)}`)
  }
  async function check(name: string): Promise<void> {
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map((v) => [name, v.id, v.nodes.map((n) => n.html)])).toEqual([])
    await picture(page, `wizard-${name}`)
  }
  const made = (): RunRow[] => [...server.rows.values()].filter(({ id }) => id.startsWith('2026'))

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: chromiumBinary!,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync']
    })
  })
  afterAll(() => browser.close())
  afterEach(async () => {
    await page.context().close()
    await http.close()
    expect(problems).toEqual([])
    problems = []
  })

  it('shows measured presets, what a run takes, and starts several seeds at once', async () => {
    const before = fakeRun('done', {
      now,
      config: coffee,
      name: 'done',
      state: 'finished',
      step: 2000
    })
    before.preset = 'modular-coffee'
    await open([before], '#/new?preset=modular-coffee')
    await page
      .getByRole('img', { name: /Memorised at step 120, generalised at step 800/ })
      .waitFor()
    // 800 steps at the 36 ms that a run of the preset took here.
    await page.getByText('Groks after about 30 s here.').waitFor()
    await page.getByRole('rowheader', { name: 'Peak memory' }).waitFor()
    await page.getByText(/checkpoints kept; 12 GB free/).waitFor()
    await check('coffee')

    await page.getByRole('textbox', { name: 'Weight decay', exact: true }).fill('0')
    await page.getByText(/Without weight decay the runs/).waitFor()
    await page.getByRole('row', { name: /Weight decay 2 becomes 0/ }).waitFor()
    await page.getByRole('radio', { name: 'Step by step' }).check({ force: true })
    expect(await page.getByRole('textbox', { name: 'Learning rate' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Next: Model' }).click()
    await page.getByRole('textbox', { name: 'Width d' }).fill('2048')
    await page.getByRole('textbox', { name: 'Seeds' }).fill('0')
    await page.getByText('1 setting needs attention first').waitFor()
    await page.getByRole('textbox', { name: 'Seeds' }).fill('3')
    await page.getByRole('button', { name: /^Start 3 runs/ }).waitFor()
    await check('steps')
    await page.getByRole('button', { name: /^Start 3 runs/ }).click()
    await expect.poll(() => made().length).toBe(3)
    expect(made().map(({ config }) => config['seed'])).toEqual([0, 1, 2])
    expect(made().map(({ name }) => name)).toEqual(
      [0, 1, 2].map((seed) => `modular-coffee, seed ${seed}`)
    )
  })

  it('forks a run from a checkpoint and draws its family', async () => {
    const parent = fakeRun('root', {
      now,
      config: coffee,
      name: 'root',
      state: 'finished',
      step: 2000
    })
    Object.assign(parent, { lastCheckpoint: 10_000, checkpoints: 2, step: 10_000, steps: 10_000 })
    await open([parent], '#/run/root')
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Fork from a checkpoint' }).click()
    await page.getByText('Fork of “root”').waitFor()
    const step = page.getByRole('combobox', { name: 'From the checkpoint of step' })
    await expect.poll(() => step.inputValue()).toBe('10000')
    await step.selectOption('5000')
    expect(
      await page.getByRole('textbox', { name: 'Width d' }).getAttribute('readonly')
    ).not.toBeNull()
    await page.getByRole('textbox', { name: 'Learning rate' }).fill('0.001')
    await page.getByRole('radio', { name: 'Reset' }).check({ force: true })
    await check('fork')
    await page.getByRole('button', { name: /^Start run/ }).click()
    await expect.poll(() => made().length).toBe(1)
    expect(made()[0]!.parent).toEqual({ run: 'root', step: 5000, moments: 'reset' })
    expect(made()[0]!.steps).toBe(7000)
    const family = page.getByRole('region', { name: 'Family' })
    await family.getByText('from step 5,000, moments reset').waitFor()
    await family.getByRole('link', { name: 'root' }).click()
    await page.getByRole('heading', { name: 'root' }).waitFor()
    await family.getByText('from step 5,000, moments reset').waitFor()
    await check('family')
  })

  it('walks a newcomer through a first grok, and never again', async () => {
    await open([], '#/runs', true)
    await page.getByRole('heading', { name: 'See it once' }).waitFor()
    await check('first')
    await page.getByRole('button', { name: /^Watch a model grok/ }).click()
    await page.getByText('The trainer builds the data set').waitFor()
    const [run] = made()
    const at = (steps: number[], train: number[], test: number[]): void => {
      const curve = (values: number[]): [number, number][] =>
        steps.map((step, i) => [step, values[i]!])
      const milestones = milestonesOf([
        { split: 'train', role: 'train', points: curve(train) },
        { split: 'test', role: 'test', points: curve(test) }
      ])
      const last = { 'accuracy/train': train.at(-1)!, 'accuracy/test': test.at(-1)! }
      const row = { ...server.rows.get(run!.id)!, state: 'running' as const, milestones, last }
      server.rows.set(run!.id, row)
      server.emit('run.changed', row)
    }
    at([0, 10], [0.1, 0.4], [0, 0])
    await page.getByText(/learns its equations by heart/).waitFor()
    at([0, 10, 20, 30, 40], [0.1, 1, 1, 1, 1], [0, 0, 0.1, 0.1, 0.1])
    await page.getByText(/of the unseen ones 10 %/).waitFor()
    await check('waiting')
    at([0, 10, 20, 30, 40, 50, 60], [0.1, 1, 1, 1, 1, 1, 1], [0, 0, 0.1, 0.1, 1, 1, 1])
    await page.getByText(/That is grokking/).waitFor()
    await page.getByRole('button', { name: 'The same without weight decay' }).click()
    await page.getByText('The same data, the same first weights').waitFor()
    expect(
      made().map(({ config }) => (config['optimizer'] as { weightDecay: number }).weightDecay)
    ).toEqual([2, 0])
    await page.getByRole('link', { name: 'To the run that grokked' }).click()
    await page.getByRole('button', { name: 'Done' }).click()
    expect(await page.getByRole('region', { name: 'What you see' }).count()).toBe(0)
    server.rows.clear()
    await page.reload()
    await page.evaluate("location.hash = '#/runs'")
    await page.getByText('Machine', { exact: true }).first().waitFor()
    expect(await page.getByRole('heading', { name: 'See it once' }).count()).toBe(0)
  })
})
