/**
 * The app as a person has it: the desktop window in real Electron, and the same page in Chromium against
 * `grokscope serve`. Suites run over both; one that can't run here says why in its name.
 */
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { _electron, chromium, type ElectronApplication, type Page } from 'playwright-core'
import { root } from './grokscope'

export interface RunningApp {
  page: Page
  /** Electron's main process; absent in a browser. */
  shell?: ElectronApplication
  /** Closes it as a person would, and waits until everything is written down. */
  close(): Promise<void>
}

export interface Launcher {
  name: string
  skip: string | undefined
  launch(library: string, options?: LaunchOptions): Promise<RunningApp>
}

export interface LaunchOptions {
  width?: number
  height?: number
  dark?: boolean
}

/** Screenshots are kept here, outside git, for people to look at. */
const pictures = path.join(root, 'test-results', 'screenshots')

export async function picture(page: Page, name: string): Promise<void> {
  fs.mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: path.join(pictures, `${name}.png`) })
}

const told = (variable: string): string | undefined => {
  const reason = process.env[variable]
  return reason ? `skipped: ${reason}` : undefined
}

export const electronBinary = path.join(
  process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? path.join(root, 'node_modules/electron/dist'),
  'electron'
)

export const chromiumBinary =
  process.env['GROKSCOPE_CHROMIUM'] ??
  ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((file) => fs.existsSync(file))

const electron: Launcher = {
  name: 'Electron',
  skip:
    told('GROKSCOPE_SKIP_ELECTRON') ??
    (fs.existsSync(electronBinary) ? undefined : 'skipped: there is no Electron binary'),
  async launch(library, { width = 1280, height = 800, dark = false } = {}) {
    const env = { ...process.env }
    // Set by editors that are Electron programs themselves; it would make ours a plain Node.
    delete env['ELECTRON_RUN_AS_NODE']
    const app = await _electron.launch({
      executablePath: electronBinary,
      args: ['--no-sandbox', root, '--runs', library],
      env: env as Record<string, string>,
      colorScheme: dark ? 'dark' : 'light'
    })
    const page = await app.firstWindow()
    const window = await app.browserWindow(page)
    await window.evaluate((w, size) => w.setContentSize(size.width, size.height), { width, height })
    return { page, shell: app, close: () => app.close() }
  }
}

const browser: Launcher = {
  name: 'Chromium',
  skip:
    told('GROKSCOPE_SKIP_BROWSER') ??
    (chromiumBinary ? undefined : 'skipped: there is no Chromium'),
  async launch(library, { width = 1280, height = 800, dark = false } = {}) {
    const server = spawn(
      process.execPath,
      [path.join(root, 'src/setup/grokscope.mjs'), 'serve', '--runs', library],
      { stdio: ['ignore', 'pipe', 'pipe'] }
    )
    const ended = new Promise<void>((resolve) => server.on('close', () => resolve()))
    const url = await new Promise<string>((resolve, reject) => {
      let said = ''
      server.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        const address = /http:\/\/127\.0\.0\.1:\d+\/\S*/.exec(said)
        if (address) resolve(address[0])
      })
      server.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
      server.on('close', () => reject(new Error(`grokscope serve ended:\n${said}`)))
    })
    const chrome = await chromium.launch({
      executablePath: chromiumBinary!,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync']
    })
    const context = await chrome.newContext({
      viewport: { width, height },
      colorScheme: dark ? 'dark' : 'light'
    })
    const page = await context.newPage()
    await page.goto(url)
    return {
      page,
      async close() {
        await chrome.close()
        server.kill('SIGINT')
        await ended
      }
    }
  }
}

export const launchers: Launcher[] = [electron, browser]
