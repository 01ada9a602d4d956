/** Saving what is on the page as a file: what the panel shows is what is saved, in every format. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { decode } from 'fast-png'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parseRunConfig } from '@shared/config-input'
import { serveHttp } from '../../src/main/server/http'
import { chromiumBinary, launchers, picture } from '../support/apps'
import { fakeRun, fakeServer } from '../support/fake-server'
import { root } from '../support/grokscope'
import { named, parseXml } from '../support/xml'

const now = Date.UTC(2026, 0, 1, 12)
const config = parseRunConfig({ budget: { steps: 30_000 } })
const rows = [fakeRun('r1', { now, config, name: 'mini, seed 1', state: 'finished', step: 30_000 })]
const skip = launchers.find(({ name }) => name === 'Chromium')?.skip

describe.skipIf(skip)(`exporting in Chromium${skip ? ` (${skip})` : ''}`, () => {
  let browser: Browser
  let http: Awaited<ReturnType<typeof serveHttp>>
  let page: Page
  let problems: string[]

  async function open({ width = 1280, height = 800, dark = false } = {}): Promise<void> {
    const context = await browser.newContext({
      viewport: { width, height },
      ...{ colorScheme: dark ? 'dark' : 'light', acceptDownloads: true },
      permissions: ['clipboard-read', 'clipboard-write']
    })
    page = await context.newPage()
    problems = []
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text())
    })
    await page.goto(`${http.url}#/run/r1`)
    await page
      .getByText(/points/)
      .first()
      .waitFor()
  }

  const panel = () => page.getByRole('dialog', { name: 'Export figure' })
  async function saved(format: string): Promise<{ name: string; bytes: Buffer }> {
    await panel().getByText(format, { exact: true }).click()
    const waiting = page.waitForEvent('download')
    await panel().getByRole('button', { name: 'Save' }).click()
    const download = await waiting
    return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) }
  }
  const openPanel = (what: string): Promise<void> =>
    page.getByRole('button', { name: `Export ${what}`, exact: true }).click()

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: chromiumBinary!,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync']
    })
  })
  afterAll(() => browser.close())
  beforeEach(async () => {
    const server = fakeServer([], rows, now)
    http = await serveHttp({
      server: {
        attach: server.attach,
        close: () => Promise.resolve(),
        idle: () => Promise.resolve()
      },
      pageFolder: path.join(root, 'out', 'renderer'),
      port: 0,
      token: 'a-token-for-export-tests'
    })
  })
  afterEach(async () => {
    await page.context().close()
    await http.close()
    expect(problems).toEqual([])
  })

  it.each([
    [1280, 800, false],
    [1920, 1080, true]
  ])('can be read and reached by everybody (%i x %i, dark: %s)', async (width, height, dark) => {
    await open({ width, height, dark })
    const shot = `${width}-${dark ? 'dark' : 'light'}`
    await openPanel('all charts')
    await panel().waitFor()
    const check = async (name: string): Promise<void> => {
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect(violations.map((v) => [name, v.id, v.nodes.map((n) => n.html)])).toEqual([])
      await picture(page, `export-${name}-${shot}`)
    }
    await check('svg')
    await panel().getByText('PNG', { exact: true }).click()
    await panel().getByLabel('Made for').selectOption('icml-double')
    await panel().getByLabel('Caption').check()
    await check('png')
    await panel().getByText('CSV', { exact: true }).click()
    await check('csv')
    await panel().getByText('PDF', { exact: true }).click()
    await panel().getByLabel('Height').fill('20')
    await panel().getByLabel('Height').blur()
    await panel().getByRole('alert').waitFor()
    await check('no-room')
  })

  it('saves what it shows', async () => {
    await open()
    await openPanel('accuracy')
    const svg = await saved('SVG')
    expect(svg.name).toBe('mini-seed-1.svg')
    const drawn = parseXml(svg.bytes.toString('utf8'))
    const preview = await panel().locator('svg text').allTextContents()
    expect(named(drawn, 'text').map(({ text }) => text)).toEqual(preview)
    expect(preview).toContain('Accuracy')
    expect(drawn.attributes['width']).toBe('89mm')

    const pdf = await saved('PDF')
    expect(pdf.bytes.subarray(0, 5).toString()).toBe('%PDF-')
    const png = await saved('PNG')
    // 89 mm at 600 dots per inch
    expect(decode(png.bytes)).toMatchObject({ width: 2102, resolution: { x: 23622, unit: 1 } })
    const csv = await saved('CSV')
    expect(csv.bytes.toString('utf8').split('\n')[0]).toMatch(/^panel,kind,series,of,x,y/)
    expect((await saved('LaTeX')).bytes.toString('utf8')).toContain('\\begin{groupplot}')
    const parquet = await saved('Parquet')
    expect(parquet.bytes.subarray(0, 4).toString()).toBe('PAR1')
    expect(JSON.parse((await saved('JSON')).bytes.toString('utf8'))).toMatchObject({
      caption: expect.stringContaining('n = 1; mini, seed 1') as string
    })
  })

  it('puts text and pictures on the clipboard', async () => {
    await open()
    await openPanel('accuracy')
    await panel().getByRole('button', { name: 'Copy text' }).click()
    await panel().getByText('Copied to the clipboard.').waitFor()
    const text = await page.evaluate<string>('navigator.clipboard.readText()')
    expect(parseXml(text).name).toBe('svg')
    await panel().getByText('PNG', { exact: true }).click()
    await panel().getByRole('button', { name: 'Copy picture' }).click()
    await panel().getByText('Copied to the clipboard.').waitFor()
    const types = await page.evaluate<string[]>(
      'navigator.clipboard.read().then((items) => items.flatMap((item) => item.types))'
    )
    expect(types).toContain('image/png')
  })

  it('keeps its settings, closes with Escape and gives the focus back', async () => {
    await open()
    await openPanel('accuracy')
    await panel().getByLabel('Made for').selectOption('slides')
    await page.keyboard.press('Escape')
    await expect.poll(() => panel().count()).toBe(0)
    const focused = await page.evaluate<string>('document.activeElement.getAttribute("aria-label")')
    expect(focused).toBe('Export accuracy')
    await page.reload()
    await page
      .getByText(/points/)
      .first()
      .waitFor()
    await openPanel('loss per split')
    expect(await panel().getByLabel('Made for').inputValue()).toBe('slides')
  })
})
