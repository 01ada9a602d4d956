/**
 * Electron's security checklist (electronjs.org/docs/latest/tutorial/security), item by item, against the running
 * window. Sandboxing by the system is given up where the tests run as root; what the app asks for is asserted.
 */
import fs from 'node:fs'
import path from 'node:path'
import { _electron, type ElectronApplication, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contentSecurityPolicy } from '../../src/main/page-files'
import { electronBinary, launchers } from '../support/apps'
import { newLibrary, root } from '../support/grokscope'

const skip = launchers.find(({ name }) => name === 'Electron')?.skip

const sources = (folder: string): { file: string; text: string }[] =>
  fs
    .readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|svelte|html|mjs)$/.test(file))
    .map((file) => ({ file, text: fs.readFileSync(path.join(root, folder, file), 'utf8') }))

describe.skipIf(skip)(skip ?? "Electron's checklist", () => {
  let app: ElectronApplication
  let page: Page
  /** Addresses that the session was asked for, allowed or not. */
  const asked = (): Promise<string[]> =>
    app.evaluate(() => (globalThis as unknown as { asked: string[] }).asked)

  beforeAll(async () => {
    const env = { ...process.env } as Record<string, string>
    delete env['ELECTRON_RUN_AS_NODE']
    app = await _electron.launch({
      ...{ executablePath: electronBinary, env },
      args: ['--no-sandbox', root, '--runs', newLibrary()]
    })
    page = await app.firstWindow()
    await page.getByText('No runs yet').waitFor()
    await app.evaluate(({ session }) => {
      const seen: string[] = []
      Object.assign(globalThis, { asked: seen })
      session.defaultSession.webRequest.onSendHeaders(({ url }) => void seen.push(url))
    })
  })
  afterAll(() => app?.close())

  const preferences = (): Promise<Record<string, unknown>> =>
    app.evaluate(({ BrowserWindow }) => {
      const [window] = BrowserWindow.getAllWindows()
      const { webContents } = window! as unknown as {
        webContents: { getLastWebPreferences(): Record<string, unknown> }
      }
      return webContents.getLastWebPreferences()
    })

  it('1 and 18: all content comes from the app itself, over a scheme of its own and not from files', async () => {
    expect(page.url()).toMatch(/^app:\/\/grokscope\//)
    const loaded = await page.evaluate<string[]>(`
      [...document.querySelectorAll('script, link')].map(({ src, href }) => src || href)`)
    expect(loaded.length).toBeGreaterThan(0)
    for (const address of loaded) expect(address).toMatch(/^app:\/\/grokscope\//)
  })

  it('2: the page has no Node', async () => {
    expect(await preferences()).toMatchObject({ nodeIntegration: false })
    const globals = await page.evaluate<string[]>(`(() =>
      ['require', 'process', 'module', 'Buffer', 'global'].filter((name) => name in globalThis))()`)
    expect(globals).toEqual([])
  })

  it('3: the preload script lives in a context of its own', async () => {
    expect(await preferences()).toMatchObject({ contextIsolation: true })
    // What only the preload script has is not in the page's world.
    expect(
      await page.evaluate<boolean>("'ipcRenderer' in window || 'contextBridge' in window")
    ).toBe(false)
  })

  it('4: processes are sandboxed', async () => {
    expect(await preferences()).toMatchObject({ sandbox: true })
    const shell = fs.readFileSync(path.join(root, 'src/main/index.ts'), 'utf8')
    expect(shell).toContain('app.enableSandbox()')
  })

  it('5: permissions are refused, asked for or checked', async () => {
    const answers = await page.evaluate<Record<string, string>>(`(async () => {
      const said = {}
      for (const name of ['geolocation', 'notifications', 'camera', 'microphone', 'midi']) {
        const { state } = await navigator.permissions.query({ name: name })
        said[name] = state
      }
      said['asked'] = await Notification.requestPermission()
      said['media'] = await navigator.mediaDevices.getUserMedia({ video: true }).then(
        () => 'granted',
        (error) => error.name
      )
      return said
    })()`)
    expect(Object.values(answers)).not.toContain('granted')
    expect(answers['asked']).toBe('denied')
    expect(answers['geolocation']).toBe('denied')
  })

  it('6, 8, 9, 10: web security is on; no insecure content, no experiments', async () => {
    const given = await preferences()
    expect(given).toMatchObject({ webSecurity: true })
    expect(given['allowRunningInsecureContent'] ?? false).toBe(false)
    expect(given['experimentalFeatures'] ?? false).toBe(false)
    expect(given['enableBlinkFeatures'] ?? '').toBe('')
  })

  it('7: the content policy allows nothing unsafe, and is enforced', async () => {
    const policy = await page.evaluate<string>(`(async () =>
      (await fetch('app://grokscope/')).headers.get('content-security-policy'))()`)
    expect(policy).toBe(contentSecurityPolicy)
    expect(policy).not.toContain('unsafe')
    expect(policy).toContain("default-src 'none'")
    const blocked = await page.evaluate<{
      violations: string[]
      evaluated: boolean
      ran: boolean
    }>(`(async () => {
      const violations = []
      document.addEventListener('securitypolicyviolation', (event) =>
        violations.push(event.effectiveDirective)
      )
      const script = document.createElement('script')
      script.textContent = 'window.inlineRan = true'
      document.body.append(script)
      const image = new Image()
      image.src = 'https://example.com/x.png'
      await new Promise((resolve) => setTimeout(resolve, 300))
      // Only now: the debugger that carries this script may evaluate, what follows a wait may not.
      let evaluated = true
      try {
        new Function('return 1')()
      } catch {
        evaluated = false
      }
      return { violations, evaluated, ran: 'inlineRan' in window }
    })()`)
    expect(blocked).toMatchObject({ evaluated: false, ran: false })
    expect(blocked.violations).toContain('img-src')
  })

  it('11 and 12: there are no webviews', async () => {
    expect((await preferences())['webviewTag'] ?? false).toBe(false)
    const made = await page.evaluate<boolean>(`(() => {
      const view = document.createElement('webview')
      document.body.append(view)
      const isPlain = view.constructor === HTMLElement || view instanceof HTMLUnknownElement
      view.remove()
      return isPlain
    })()`)
    expect(made).toBe(true)
    const contents = await app.evaluate(({ webContents }) => webContents.getAllWebContents().length)
    expect(contents).toBe(1)
  })

  it('13: it goes nowhere else', async () => {
    for (const address of ['https://example.com/', 'file:///etc/passwd', 'app://elsewhere/']) {
      await page.evaluate(`void (location.href = ${JSON.stringify(address)})`)
      await page.waitForTimeout(200)
      expect(page.url()).toMatch(/^app:\/\/grokscope\//)
    }
  })

  it('14: it opens no windows', async () => {
    const opened = await page.evaluate<boolean>(
      `(() => window.open('https://example.com/') === null)()`
    )
    expect(opened).toBe(true)
    expect(app.windows()).toHaveLength(1)
  })

  it('15: the system opens links of papers and code alone, in one place that checks them', () => {
    const users = sources('src/main').filter(({ text }) => text.includes('.openExternal('))
    expect(users.map(({ file }) => file)).toEqual(['index.ts'])
    expect(users[0]!.text).toContain('openLink(address, (url) => shell.openExternal(url))')
  })

  it('16: the Electron that packages are made with is pinned to an exact version', () => {
    const { devDependencies } = JSON.parse(
      fs.readFileSync(path.join(root, 'package.json'), 'utf8')
    ) as { devDependencies: Record<string, string> }
    expect(devDependencies['electron']).toMatch(/^\d+\.\d+\.\d+$/)
    expect(Number.parseInt(devDependencies['electron']!)).toBeGreaterThanOrEqual(45)
  })

  it('17: messages of frames that are not the page are not answered', async () => {
    const answered = await app.evaluate(async ({ BrowserWindow, ipcMain }) => {
      const foreign = new BrowserWindow({ show: false })
      await foreign.loadURL('data:text/html,<p>elsewhere</p>')
      let posted = 0
      foreign.webContents.postMessage = () => void posted++
      const event = { senderFrame: foreign.webContents.mainFrame, sender: foreign.webContents }
      ipcMain.emit('connect', event)
      ipcMain.emit('revealRun', event, '../../etc')
      const own = BrowserWindow.getAllWindows().find((window) => window !== foreign)!
      let own_posted = 0
      const post = own.webContents.postMessage.bind(own.webContents)
      own.webContents.postMessage = (...args: Parameters<typeof post>) => {
        own_posted++
        return post(...args)
      }
      ipcMain.emit('connect', event)
      own.webContents.postMessage = post
      foreign.destroy()
      return posted + own_posted
    })
    expect(answered).toBe(0)
  })

  it('19: the fuses of packages are declared', () => {
    const builder = JSON.parse(
      fs.readFileSync(path.join(root, 'electron-builder.json'), 'utf8')
    ) as { electronFuses?: Record<string, boolean> }
    expect(builder.electronFuses).toMatchObject({
      ...{ runAsNode: false, enableNodeOptionsEnvironmentVariable: false },
      ...{ enableNodeCliInspectArguments: false, enableCookieEncryption: true },
      ...{ onlyLoadAppFromAsar: true, enableEmbeddedAsarIntegrityValidation: true },
      grantFileProtocolExtraPrivileges: false
    })
  })

  it('20: the page gets a handful of functions, none of them Electron itself', async () => {
    const shape = await page.evaluate<string[]>(`(() =>
      Object.entries((window).desktop).map(
        ([name, value]) => name + ': ' + typeof value
      ))()`)
    expect(shape.every((entry) => /: (function|string)$/.test(entry))).toBe(true)
    expect(shape.map((entry) => entry.split(':')[0])).not.toContain('ipcRenderer')
    const preload = fs.readFileSync(path.join(root, 'src/preload/index.ts'), 'utf8')
    expect(preload).not.toMatch(/exposeInMainWorld\([^,]+,\s*ipcRenderer/)
  })

  it('opens no connection to any other machine, whatever the page tries', async () => {
    await page.evaluate(`(async () => {
      const tries = [
        fetch('https://example.com/').catch(() => undefined),
        fetch('http://127.0.0.1:9/').catch(() => undefined)
      ]
      try {
        new WebSocket('ws://example.com/')
      } catch {
        // Refused at once.
      }
      await Promise.all(tries)
    })()`)
    const addresses = await asked()
    for (const address of addresses) expect(address).toMatch(/^(app|data|blob|devtools):/)
  })
})
