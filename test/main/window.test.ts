import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { WebFrameMain, BrowserWindow } from 'electron'
import { describe, expect, it, vi } from 'vitest'
import {
  guardSession,
  isAllowedAddress,
  isOwnPage,
  openWindow,
  pageOrigin
} from '../../src/main/window'

const fake = vi.hoisted(() => {
  type Listener = (...args: never[]) => unknown
  const handlers = new Map<string, Listener>()
  const windows: { options: Record<string, unknown>; listeners: Map<string, Listener> }[] = []
  const record =
    (name: string) =>
    (handler: Listener): void =>
      void handlers.set(name, handler)
  class BrowserWindow {
    readonly listeners = new Map<string, Listener>()
    readonly webContents = {
      on: (event: string, listener: Listener) => this.listeners.set(event, listener),
      setWindowOpenHandler: (listener: Listener) => this.listeners.set('window-open', listener)
    }
    constructor(readonly options: Record<string, unknown>) {
      windows.push(this)
    }
    on(event: string, listener: Listener): void {
      this.listeners.set(event, listener)
    }
    once(event: string, listener: Listener): void {
      this.listeners.set(event, listener)
    }
    loadURL(address: string): Promise<void> {
      this.options['address'] = address
      return Promise.resolve()
    }
  }
  const defaultSession = {
    setPermissionRequestHandler: record('request'),
    setPermissionCheckHandler: record('check'),
    setDevicePermissionHandler: record('device'),
    webRequest: { onBeforeRequest: record('load') }
  }
  return { handlers, windows, BrowserWindow, defaultSession }
})

vi.mock('electron', () => ({
  BrowserWindow: fake.BrowserWindow,
  session: { defaultSession: fake.defaultSession },
  nativeTheme: { shouldUseDarkColors: false },
  screen: { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1040 } }] },
  protocol: {}
}))

type Call = (...args: unknown[]) => unknown

describe('the window keeps the page in its place', () => {
  openWindow({ preload: '/p.js', icon: '/i.png', boundsFile: join(tmpdir(), 'no-such', 'w.json') })
  const { options, listeners } = fake.windows[0]!

  it('gives it a sandbox and no Node', () => {
    expect(options['webPreferences']).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false
    })
    expect(options['address']).toBe(`${pageOrigin}/`)
  })

  it('refuses to go elsewhere, to open windows and to embed', () => {
    for (const event of ['will-navigate', 'will-redirect', 'will-attach-webview']) {
      const preventDefault = vi.fn()
      ;(listeners.get(event) as Call)({ preventDefault })
      expect(preventDefault).toHaveBeenCalledOnce()
    }
    expect((listeners.get('window-open') as Call)({ url: 'https://example.com' })).toEqual({
      action: 'deny'
    })
  })
})

describe('the session', () => {
  guardSession()
  const call = (name: string, ...args: unknown[]): unknown =>
    (fake.handlers.get(name) as unknown as Call)(...args)

  it('grants no permission, asked for or checked, but to write to the clipboard', () => {
    const answer = vi.fn()
    call('request', null, 'media', answer)
    expect(answer).toHaveBeenCalledWith(false)
    expect(call('check', null, 'geolocation')).toBe(false)
    expect(call('device', { deviceType: 'usb' })).toBe(false)
    expect(call('check', null, 'clipboard-read')).toBe(false)
    expect(call('check', null, 'clipboard-sanitized-write')).toBe(true)
    call('request', null, 'clipboard-sanitized-write', answer)
    expect(answer).toHaveBeenLastCalledWith(true)
  })

  it('loads nothing but the page', () => {
    const answer = vi.fn()
    call('load', { url: 'https://example.com/x.js' }, answer)
    expect(answer).toHaveBeenLastCalledWith({ cancel: true })
    call('load', { url: `${pageOrigin}/assets/index.js` }, answer)
    expect(answer).toHaveBeenLastCalledWith({ cancel: false })
    for (const address of ['http://127.0.0.1/', 'file:///etc/passwd', 'app://grokscope.evil/']) {
      expect(isAllowedAddress(address)).toBe(false)
    }
  })
})

describe('a message to the shell', () => {
  const mainFrame = { url: `${pageOrigin}/` } as WebFrameMain
  const window = { isDestroyed: () => false, webContents: { mainFrame } } as BrowserWindow

  it('counts only from the main frame of our own page', () => {
    expect(isOwnPage(mainFrame, window)).toBe(true)
    expect(isOwnPage({ url: `${pageOrigin}/` } as WebFrameMain, window)).toBe(false)
    expect(isOwnPage(null, window)).toBe(false)
    expect(isOwnPage(mainFrame, null)).toBe(false)
    const taken = { url: 'https://example.com/' } as WebFrameMain
    const elsewhere = { isDestroyed: () => false, webContents: { mainFrame: taken } }
    expect(isOwnPage(taken, elsewhere as BrowserWindow)).toBe(false)
  })
})
