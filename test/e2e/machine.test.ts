import fs from 'node:fs'
import path from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Observations } from '../../src/main/doctor/observations'
import { serveHttp } from '../../src/main/server/http'
import { chromiumBinary, launchers, picture } from '../support/apps'
import { fakeServer, type FakeServer } from '../support/fake-server'
import { newLibrary, root } from '../support/grokscope'
import {
  breaks,
  gpuMachine,
  machine,
  nvidia,
  refuses,
  withNative,
  works
} from '../support/machines'

const now = Date.UTC(2026, 0, 1, 12)
const token = 'a-token-for-page-tests'
const skip = launchers.find(({ name }) => name === 'Chromium')?.skip
const notInstalled = { ...machine().installed, build: null, addon: false, addonArch: null }

const machines: Record<string, Observations> = {
  gpu: gpuMachine(),
  idle: machine({ nvidia: nvidia('h200'), busy: 'seed 3' }),
  libraries: gpuMachine({
    engines: withNative(works('native', 310)),
    libraries: machine().libraries
  }),
  wasm: machine({
    installed: notInstalled,
    engines: withNative(refuses('native', 'It could not start: it is not installed.'))
  }),
  nothing: machine({
    installed: notInstalled,
    engines: [
      breaks('native', 'hung'),
      refuses('wasm', 'Its files are gone.'),
      breaks('cpu', 'silent', 'SIGABRT')
    ],
    library: { ...machine().library, writable: false, reason: 'it cannot be written' }
  })
}

describe.skipIf(skip)('the Machine screen', () => {
  let browser: Browser
  let server: FakeServer
  let http: Awaited<ReturnType<typeof serveHttp>>
  let page: Page
  let problems: string[]

  async function open(hash: string, size: [number, number] = [1280, 800], dark = false) {
    const context = await browser.newContext({
      viewport: { width: size[0], height: size[1] },
      colorScheme: dark ? 'dark' : 'light'
    })
    page = await context.newPage()
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(`${http.url}${hash}`)
  }

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: chromiumBinary!,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync']
    })
  })
  afterAll(() => browser.close())
  beforeEach(async () => {
    problems = []
    server = fakeServer([], [], now)
    http = await serveHttp({
      server: {
        attach: server.attach,
        close: () => Promise.resolve(),
        idle: () => Promise.resolve()
      },
      pageFolder: path.join(root, 'out', 'renderer'),
      port: 0,
      token
    })
  })
  afterEach(async () => {
    await http.close()
    expect(problems).toEqual([])
  })

  it.each(Object.keys(machines))('can be read by everybody: %s', async (name) => {
    server.machine = machines[name]!
    for (const dark of [false, true]) {
      await open('#/machine', [1280, 800], dark)
      await page.getByRole('table', { name: 'Speed of the engines' }).waitFor()
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect(violations.map((v) => [v.id, v.nodes.map((n) => n.html)])).toEqual([])
      for (const [width, height] of [
        [1280, 800],
        [1920, 1080]
      ] as const) {
        await page.setViewportSize({ width, height })
        // Nothing sticks out sideways.
        const overflow = await page
          .locator('main')
          .evaluate((main) => main.scrollWidth - main.clientWidth)
        expect(overflow).toBe(0)
        await picture(page, `machine-${name}-${width}-${dark ? 'dark' : 'light'}`)
      }
      await page.context().close()
    }
  })

  it('offers the next step, and copies its command', async () => {
    server.machine = machines['idle']!
    await open('#/machine')
    const button = page.getByRole('button', { name: 'Copy “npm run engine -- --cuda”' })
    await button.focus()
    await page.keyboard.press('Enter')
    await page.getByText('Copied: npm run engine -- --cuda').waitFor()
    await page.keyboard.press('n')
    await page.getByRole('textbox', { name: 'Name' }).press('Control+v')
    expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe(
      'npm run engine -- --cuda'
    )
    await page.context().close()
  })

  it('is asked again on demand, and the badge follows', async () => {
    server.machine = machines['idle']!
    await open('#/runs')
    const badge = page.getByRole('link', { name: /TensorFlow 2.21.0/ })
    await badge.click()
    await page.getByRole('heading', { name: 'Machine' }).waitFor()
    await page.getByText(/^CPU only, because the native engine was installed/).waitFor()
    server.machine = machines['gpu']!
    await page.getByRole('button', { name: 'Check again' }).click()
    await page.getByText('Ready on NVIDIA H200, 38 TFLOP/s.').waitFor()
    await page.getByRole('link', { name: 'NVIDIA H200' }).waitFor()
    await page.keyboard.press('r')
    await page.keyboard.press('m')
    await page.getByText('Ready on NVIDIA H200, 38 TFLOP/s.').waitFor()
    await page.context().close()
  })

  it.each([false, true])(
    'greets in a sentence where there are no runs (dark: %s)',
    async (dark) => {
      await open('', [1280, 800], dark)
      const card = page.getByRole('region', { name: 'Machine' })
      await card.getByText('CPU only, because there is no NVIDIA card here').waitFor()
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect(violations.map((v) => [v.id, v.nodes.map((n) => n.html)])).toEqual([])
      await picture(page, `machine-first-${dark ? 'dark' : 'light'}`)
      await card.getByRole('link', { name: 'More about this machine' }).click()
      await page.getByRole('heading', { name: 'Machine', exact: true }).waitFor()
      await page.context().close()
    }
  )
})

describe.each(launchers)('the doctor in $name', ({ skip, launch }) => {
  it.skipIf(skip)('starts the engines of this very machine', async () => {
    const library = newLibrary()
    const { page, close } = await launch(library)
    try {
      const card = page.getByRole('region', { name: 'Machine' })
      await card.getByText(/^(Ready on|CPU only|WebAssembly only)/).waitFor({ timeout: 60_000 })
      await card.getByRole('link', { name: 'More about this machine' }).click()
      await page.getByRole('row', { name: /WebAssembly.*FLOP\/s/ }).waitFor()
      await page.getByText(library).waitFor()
    } finally {
      await close()
      fs.rmSync(library, { recursive: true, force: true, maxRetries: 5 })
    }
  })
})
