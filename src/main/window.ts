/**
 * The one window and everything that keeps the page in its place: sandbox, no Node, its own scheme, no
 * navigation, no pop-ups, no permissions, no embedded content.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BrowserWindow, nativeTheme, protocol, screen, session, type WebFrameMain } from 'electron'
import { pageFile } from './page-files'
import { loadBounds, onScreen, saveBounds, smallest } from './shell/window-bounds'

export const pageOrigin = 'app://grokscope'

/** Must run before the app is ready: makes `app://` an origin of its own, as `https://` would be. */
export function claimScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } }
  ])
}

/** Serves the built page at `app://grokscope/`, and nothing else. */
export function servePage(folder: string): void {
  protocol.handle('app', async (request) => {
    const { host, pathname } = new URL(request.url)
    const file =
      host === 'grokscope' && request.method === 'GET' ? pageFile(folder, pathname) : null
    if (!file) return new Response('Not found', { status: 404 })
    try {
      const bytes = await readFile(file.path)
      return new Response(new Uint8Array(bytes), { headers: file.headers })
    } catch {
      return new Response('Not found', { status: 404 })
    }
  })
}

/** Putting a figure on the clipboard, at a click, is all the page may do. */
const granted: readonly string[] = ['clipboard-sanitized-write']

/** Refuses other permissions (camera, location, reading the clipboard, ...) and requests to another host. */
export function guardSession(): void {
  const { defaultSession } = session
  defaultSession.setPermissionRequestHandler((_contents, permission, answer) =>
    answer(granted.includes(permission))
  )
  defaultSession.setPermissionCheckHandler((_contents, permission) => granted.includes(permission))
  defaultSession.setDevicePermissionHandler(() => false)
  defaultSession.webRequest.onBeforeRequest((details, answer) =>
    answer({ cancel: !isAllowedAddress(details.url) })
  )
}

/** Whether the session may load an address: the page, and what it or the developer tools make themselves. */
export function isAllowedAddress(address: string): boolean {
  return (
    address.startsWith(`${pageOrigin}/`) || /^(data|blob|devtools|chrome-extension):/.test(address)
  )
}

/** Whether a message came from our own page's main frame, and not from a frame or a page that took its place. */
export function isOwnPage(frame: WebFrameMain | null, window: BrowserWindow | null): boolean {
  return (
    frame !== null &&
    window !== null &&
    !window.isDestroyed() &&
    frame === window.webContents.mainFrame &&
    frame.url.startsWith(`${pageOrigin}/`)
  )
}

export interface WindowOptions {
  /** Absolute path of the built preload script. */
  preload: string
  /** File that remembers size and place. */
  boundsFile: string
  /** Path of the window's icon, where the platform takes one. */
  icon: string
}

export function openWindow({ preload, boundsFile, icon }: WindowOptions): BrowserWindow {
  const areas = screen.getAllDisplays().map((display) => display.workArea)
  const { maximized, ...bounds } = onScreen(loadBounds(boundsFile), areas)
  const window = new BrowserWindow({
    ...bounds,
    minWidth: smallest.width,
    minHeight: smallest.height,
    title: 'Grokscope',
    icon,
    show: false,
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#15171a' : '#fbfbfa',
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      // A chart must keep up with a run while the window is behind another one.
      backgroundThrottling: false
    }
  })
  if (maximized) window.maximize()
  const { webContents } = window
  webContents.setWindowOpenHandler(() => ({ action: 'deny' }))
  webContents.on('will-navigate', (event) => event.preventDefault())
  webContents.on('will-redirect', (event) => event.preventDefault())
  webContents.on('will-attach-webview', (event) => event.preventDefault())
  window.on('page-title-updated', (event) => event.preventDefault())
  window.once('ready-to-show', () => window.show())
  window.on('close', () => {
    saveBounds(boundsFile, { ...window.getNormalBounds(), maximized: window.isMaximized() })
  })
  void window.loadURL(`${pageOrigin}/`)
  return window
}

/** Where the build put things, seen from out/main. */
export function builtPlaces(main: string): { page: string; preload: string } {
  return {
    page: join(main, '..', 'renderer'),
    preload: join(main, '..', 'preload', 'index.js')
  }
}
