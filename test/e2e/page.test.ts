import path from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parseRunConfig } from '@shared/config-input'
import type { RunRow } from '@shared/contract'
import { splitStyles } from '@shared/figure/split-styles'
import { serveHttp } from '../../src/main/server/http'
import { chromiumBinary, launchers, picture } from '../support/apps'
import { fakeRun, fakeServer, type FakeServer } from '../support/fake-server'
import { root } from '../support/grokscope'

const now = Date.UTC(2026, 0, 1, 12)
const token = 'a-token-for-page-tests'
const mini = {
  dataset: { entities: 100, attributes: 4, values: 10 },
  model: { nLayer: 2, dModel: 64, nHead: 4 },
  budget: { steps: 2500 }
}
const config = parseRunConfig(mini)
const modular = {
  dataset: { kind: 'modular', modulus: 59, trainFraction: 0.4 },
  model: { family: 'transformer1' },
  budget: { steps: 30_000 }
}
const equations = parseRunConfig(modular)
const presets = [
  { name: 'mini', title: 'Comparison, mini', summary: 'Small.', config: mini },
  { name: 'base', title: 'Comparison, full study', summary: 'Large.', config: {} },
  { name: 'modular', title: 'Modular addition', summary: 'x + y mod 59.', config: modular }
]
const row = (id: string, name: string, over: Partial<RunRow> & { step?: number }): RunRow =>
  fakeRun(id, { now, config, name, state: over.state ?? 'finished', step: over.step ?? 2500, over })

const isFocused = (element: unknown): boolean =>
  (element as { ownerDocument: { activeElement: unknown } }).ownerDocument.activeElement === element

/** One run in every state worth a picture, and as many finished ones as a year of work leaves. */
const rows = [
  row('r1', 'live', { state: 'running', step: 1400, preset: 'mini' }),
  row('r2', 'waiting', { state: 'queued', step: 0 }),
  row('r3', 'broken', { state: 'failed', step: 310, error: 'The loss is not finite at step 311.' }),
  row('r4', 'cut short', { state: 'interrupted', step: 1420, lastCheckpoint: 1000 }),
  fakeRun('m1', { now, config: equations, name: 'coffee', state: 'finished', step: 30_000 }),
  ...Array.from({ length: 2000 }, (_, i) => row(`s${i}`, `sweep ${i}`, { createdAt: i }))
]

const skip = launchers.find(({ name }) => name === 'Chromium')?.skip

describe.skipIf(skip)('the page', () => {
  let browser: Browser
  let server: FakeServer
  let http: Awaited<ReturnType<typeof serveHttp>>
  let page: Page
  let problems: string[]

  const serve = (port = 0): ReturnType<typeof serveHttp> =>
    serveHttp({
      server: {
        attach: server.attach,
        close: () => Promise.resolve(),
        idle: () => Promise.resolve()
      },
      pageFolder: path.join(root, 'out', 'renderer'),
      port,
      token
    })

  async function open(dark: boolean): Promise<void> {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      colorScheme: dark ? 'dark' : 'light'
    })
    page = await context.newPage()
    problems = []
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(http.url)
    await page.getByRole('grid', { name: 'Runs' }).waitFor()
  }

  const go = async (hash: string, text: string | RegExp): Promise<void> => {
    await page.evaluate(`location.hash = ${JSON.stringify(hash)}`)
    await page.getByText(text).first().waitFor()
  }
  const shownRows = (): Promise<number> => page.locator('#runs-table tbody tr').count()

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: chromiumBinary!,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync']
    })
  })
  afterAll(() => browser.close())
  beforeEach(async () => {
    server = fakeServer(presets, rows, now)
    http = await serve()
  })
  afterEach(async () => {
    await page.context().close()
    await http.close()
    expect(problems).toEqual([])
  })

  it.each([false, true])('can be read and reached by everybody (dark: %s)', async (dark) => {
    await open(dark)
    const check = async (name: string): Promise<void> => {
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect(violations.map((v) => [name, v.id, v.nodes.map((n) => n.html)])).toEqual([])
      await picture(page, `page-${name}-${dark ? 'dark' : 'light'}`)
    }
    const colors = [
      ...new Set(Object.values(splitStyles).flatMap((s) => s.map((style) => style.color)))
    ]
    const themed = await page.evaluate<string[]>(
      `(${JSON.stringify(colors)}).map((c) => getComputedStyle(document.body).getPropertyValue(c))`
    )
    // A colour of its own for each that has a name.
    expect(new Set(themed.filter((color) => color !== '')).size).toBe(colors.length)
    await check('runs')
    await go('#/new', /Leak checks/)
    await page.getByRole('textbox', { name: 'Heads' }).fill('5')
    await page.getByRole('button', { name: /^Use / }).waitFor()
    await check('new-refused')
    await go('#/new?preset=modular', 'Equations in training')
    await check('new-modular')
    await go('#/run/r1', /points/)
    await check('run-live')
    await go('#/run/m1', /points/)
    await check('run-modular')
    await go('#/run/r3', 'This run failed')
    await check('run-failed')
    await go('#/run/nowhere', 'There is no such run')
    await check('run-missing')
  })

  it('keeps 2,000 runs in hand with the keyboard alone', async () => {
    await open(false)
    const count = await page.getByRole('grid').getAttribute('aria-rowcount')
    expect(count).toBe(String(rows.length + 1))
    // Only what is in sight is in the document.
    expect(await shownRows()).toBeLessThan(100)

    await page.keyboard.press('/')
    await page.keyboard.type('sweep 1999')
    await expect.poll(shownRows).toBe(1)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('F2')
    await page.keyboard.type('zebra 7')
    await page.keyboard.press('Enter')
    await expect.poll(() => server.rows.get('s1999')?.name).toBe('zebra 7')
    await page.getByText('No run matches').waitFor()

    await page.keyboard.press('/')
    await page.keyboard.press('Escape')
    await page.keyboard.type('zebra 7')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Delete')
    await expect.poll(() => server.rows.get('s1999')?.trashed).toBe(true)
    // There is something to undo once the page has the server's answer.
    await page.getByText(/is in the trash/).waitFor()
    await page.keyboard.press('Control+z')
    await expect.poll(() => server.rows.get('s1999')?.trashed).toBe(false)
    await page.locator('#runs-table').focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'zebra 7' }).waitFor()
    await page.goBack()
    await page.getByRole('heading', { name: 'Runs' }).waitFor()
  })

  it('shows runs on different data side by side, each by what it has', async () => {
    await open(false)
    const table = page.getByRole('grid', { name: 'Runs' })
    const cells = async (name: string): Promise<Record<string, string>> => {
      const row = table.getByRole('row').filter({ hasText: name })
      const shown = await row.locator('td.number[title]').all()
      return Object.fromEntries(
        await Promise.all(
          shown.map(async (cell) => [await cell.getAttribute('title'), await cell.innerText()])
        )
      )
    }
    const { last } = server.rows.get('m1')!
    expect(await cells('x+y mod 59, 40 %')).toMatchObject({
      'Test, equations': last['accuracy/test']!.toFixed(4),
      'Train, equations': last['accuracy/train']!.toFixed(4)
    })
    expect(Object.keys(await cells('live'))).toEqual(
      expect.arrayContaining(['Test, OOD comparisons', 'Test, IID comparisons'])
    )
    await page.getByRole('link', { name: 'coffee' }).click()
    const splits = page.getByRole('list', { name: 'Splits shown' }).getByRole('button')
    await expect.poll(() => splits.allInnerTexts()).toEqual(['train', 'test'])
    await page.getByText('6 checkpoints, 240 MB').waitFor()
  })

  it('starts a run on other data than the preset, under no name of the preset', async () => {
    await open(false)
    await go('#/new?preset=mini', 'Comparisons in training')
    await page.getByRole('combobox', { name: 'Kind' }).selectOption('modular')
    await page.getByRole('combobox', { name: 'Family' }).selectOption('transformer1')
    await page.getByRole('textbox', { name: 'Modulus p' }).fill('7')
    // Of 49 equations 30 % are trained on.
    await page.getByRole('row', { name: 'Equations in training 15' }).waitFor()
    await page.getByText('3 changes to the preset').waitFor()
    const known = new Set(server.rows.keys())
    await page.getByRole('button', { name: /^Add to queue/ }).click()
    await page.getByRole('heading', { name: 'run', exact: true }).waitFor()
    const made = [...server.rows.values()].find(({ id }) => !known.has(id))!
    expect(made.config).toMatchObject({
      dataset: { kind: 'modular', modulus: 7 },
      model: { family: 'transformer1' }
    })
  })

  it('takes the path of a file from the desktop, and says what is wrong with the file', async () => {
    await open(false)
    await page.evaluate(
      'window.desktop = { chooseFile: () => Promise.resolve("/nowhere/lakes.csv") }'
    )
    await go('#/new', 'Comparisons in training')
    await page.getByRole('combobox', { name: 'Kind' }).selectOption('facts')
    await page.getByText('names no file').waitFor()
    await page.getByRole('button', { name: 'Choose file' }).click()
    const file = page.getByRole('textbox', { name: 'File', exact: true })
    await expect.poll(() => file.inputValue()).toBe('/nowhere/lakes.csv')
    await page.getByText('The data set could not be built').waitFor()
  })

  it('lists the checkpoints of a run and removes those that are chosen, once asked', async () => {
    await open(false)
    await go('#/run/m1', '6 checkpoints, 240 MB')
    await page.getByText('6 checkpoints, 240 MB').click()
    const list = page.getByRole('table', { name: 'Checkpoints of this run' })
    expect(await list.getByRole('row').count()).toBe(7)
    const fork = list.getByRole('link', { name: 'Fork from step 25,000' })
    expect(await fork.getAttribute('href')).toBe('#/new?from=m1&step=25000')
    const inspect = list.getByRole('link', { name: 'Inspect step 25,000' })
    expect(await inspect.getAttribute('href')).toBe('#/inspect?run=m1&step=25000')
    expect(await page.getByRole('button', { name: 'Remove chosen' }).isDisabled()).toBe(true)

    await list.getByRole('checkbox', { name: 'Step 5,000' }).check()
    await list.getByRole('checkbox', { name: 'Step 10,000' }).check()
    await page.getByRole('button', { name: 'Remove 2, frees 80 MB' }).click()
    const asked = page.getByRole('alertdialog')
    await asked.getByText(/^Remove 2 checkpoints for good\? This frees 80 MB/).waitFor()
    // The safe answer has the focus, and Escape is the same.
    expect(await asked.getByRole('button', { name: 'Keep them' }).evaluate(isFocused)).toBe(true)
    await page.keyboard.press('Escape')
    await asked.waitFor({ state: 'detached' })
    expect(await list.getByRole('row').count()).toBe(7)

    await page.getByRole('button', { name: 'Remove 2, frees 80 MB' }).click()
    await asked.getByRole('button', { name: 'Remove for good' }).click()
    await page.getByText('Removed 2 checkpoints, 80 MB freed').waitFor()
    await page.getByText('4 checkpoints, 160 MB').waitFor()
    expect(await list.getByRole('row').count()).toBe(5)

    // What is being trained may need any of them: nothing can be chosen.
    server.rows.set('m1', { ...server.rows.get('m1')!, state: 'running' })
    server.emit('run.changed', server.rows.get('m1'))
    await page.getByText('Stop the run to remove checkpoints').waitFor()
    expect(await list.getByRole('checkbox', { name: 'Choose all' }).isDisabled()).toBe(true)
  })

  it('follows one cursor through all panels, zooms them together and finds the way back', async () => {
    await open(false)
    await go('#/run/r1', /points/)
    const plot = page.getByRole('slider', { name: 'Accuracy: cursor' })
    await plot.focus()
    await page.keyboard.press('Home')
    await expect.poll(() => plot.getAttribute('aria-valuetext')).toBe('step 0')
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => plot.getAttribute('aria-valuetext')).toBe('step 1')
    expect(await page.locator('.cursor').count()).toBe(4)

    const box = (await plot.boundingBox())!
    await page.mouse.move(box.x + 300, box.y + 100)
    await page.mouse.down()
    await page.mouse.move(box.x + 500, box.y + 100, { steps: 4 })
    await page.mouse.up()
    const reset = page.getByRole('button', { name: 'Reset zoom' })
    await reset.waitFor()
    const ends = await Promise.all(
      (await page.getByRole('slider').all()).map((s) => s.getAttribute('aria-valuemin'))
    )
    expect(new Set(ends).size).toBe(1)
    expect(Number(ends[0])).toBeGreaterThan(1)
    await plot.dblclick()
    await reset.waitFor({ state: 'detached' })
    await expect.poll(() => plot.getAttribute('aria-valuemin')).toBe('0')
  })

  it('grows its curves as the run goes on', async () => {
    await open(false)
    await go('#/run/r1', /points/)
    server.emit('metrics.appended', {
      id: 'r1',
      rows: [{ step: 1410, values: { batchLoss: 0.1234, 'accuracy/test_inferred_ood': 0.4321 } }]
    })
    await page.getByRole('cell', { name: '0.4321' }).waitFor()
    await page.getByRole('cell', { name: '0.1234' }).waitFor()
  })

  it('says when the server is away, comes back by itself and asks again', async () => {
    await open(false)
    const { port } = new URL(http.url)
    await http.close()
    await page.getByRole('status').getByText('reconnecting').waitFor()
    server.rows.set('r9', row('r9', 'made meanwhile', {}))
    http = await serve(Number(port))
    await page.getByText('reconnecting').waitFor({ state: 'detached', timeout: 30_000 })
    await page.keyboard.press('/')
    await page.keyboard.type('made meanwhile')
    await expect.poll(shownRows, { timeout: 5000 }).toBe(1)
  })
})
