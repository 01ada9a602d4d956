/**
 * The shell: Electron's main process. It starts the server, brokers trainers and opens the window; it does no
 * work of its own, so it never blocks. Read boot() for the order of things.
 */
import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import {
  app,
  dialog,
  ipcMain,
  powerSaveBlocker,
  shell,
  type BrowserWindow,
  type WebFrameMain
} from 'electron'
import { defaultLibrary } from './library'
import { libraryKey, runsArgument } from './shell/arguments'
import { startBroker, type Broker } from './shell/broker'
import { openLink } from './shell/links'
import { openLog } from './shell/log'
import { createWakefulness } from './shell/wakefulness'
import { setMenu } from './shell/menu'
import { builtPlaces, claimScheme, guardSession, isOwnPage, openWindow, servePage } from './window'

/** The server lets a live run write a checkpoint, for which it takes up to 20 s. */
const closeLimitMs = 25_000

const named = runsArgument(process.argv, process.cwd())
const library = named ?? defaultLibrary(process.platform, process.env, homedir())
const logs = join(library, 'logs')
const places = builtPlaces(__dirname)
const resources = join(app.getAppPath(), 'resources')

let window: BrowserWindow | null = null

boot()

function boot(): void {
  // A library of its own brings its own instance: two windows never share one history.
  if (named) app.setPath('userData', join(app.getPath('userData'), 'libraries', libraryKey(named)))
  if (!app.requestSingleInstanceLock()) {
    app.quit()
    return
  }
  claimScheme()
  // Where the user gave the sandbox up (root has none), asking for it would stop the child processes.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
  app.on('second-instance', showWindow)
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  void app.whenReady().then(start)
}

function start(): void {
  const broker = startServer()
  guardSession()
  servePage(places.page)
  setMenu(process.platform, () => void shell.openPath(logs))
  answerPage(broker)
  closeBeforeQuit(broker)
  showWindow()
  app.on('activate', showWindow)
}

function startServer(): Broker {
  const stayAwake = createWakefulness(powerSaveBlocker)
  mkdirSync(library, { recursive: true })
  return startBroker({
    serverEntry: join(__dirname, 'server.js'),
    trainerEntry: join(__dirname, 'trainer.js'),
    start: {
      library,
      version: app.getVersion(),
      presetsFolder: join(resources, 'presets'),
      studiesFolder: join(resources, 'studies'),
      // Set-up names another build where this Electron cannot load the package's own.
      sqlite: process.env['GROKSCOPE_SQLITE'],
      trainerEntry: 'shell'
    },
    log: openLog(join(logs, 'grokscope.log'), Date.now),
    now: Date.now,
    onServer: sendPort,
    onTraining: stayAwake,
    onServerLost: (error) => {
      if (error === null) window?.webContents.send('portLost')
      else window?.webContents.send('serverFailed', `${error}\n\nThe log is in ${logs}.`)
    }
  })
}

function answerPage(broker: Broker): void {
  const fromOwnPage = (event: { senderFrame: WebFrameMain | null }): boolean =>
    isOwnPage(event.senderFrame, window)
  ipcMain.on('connect', (event) => {
    if (fromOwnPage(event)) sendPort(broker)
  })
  ipcMain.on('revealRun', (event, id: unknown) => {
    // Only the form of a run's id: a folder name, never a path.
    if (!fromOwnPage(event) || typeof id !== 'string' || !/^[\w-]+$/.test(id)) return
    shell.showItemInFolder(join(library, 'runs', id))
  })
  ipcMain.on('openLink', (event, address: unknown) => {
    if (!fromOwnPage(event)) return
    openLink(address, (url) => shell.openExternal(url)).catch((error: Error) =>
      dialog.showMessageBox({
        ...{ type: 'error', message: 'No browser opened this page.' },
        detail: `${String(address)}\n\n${error.message}`
      })
    )
  })
  ipcMain.handle('chooseFile', (event) =>
    fromOwnPage(event) && window ? chooseFile(window) : null
  )
}

/** The path of a file of facts that the user points at; the server reads it. */
async function chooseFile(over: BrowserWindow): Promise<string | null> {
  const { canceled, filePaths } = await dialog.showOpenDialog(over, {
    properties: ['openFile'],
    filters: [
      { name: 'CSV or Parquet', extensions: ['csv', 'tsv', 'txt', 'parquet'] },
      { name: 'All files', extensions: ['*'] }
    ]
  })
  return canceled ? null : (filePaths[0] ?? null)
}

function sendPort(broker: Broker): void {
  const port = window && broker.clientPort()
  if (port) window?.webContents.postMessage('port', null, [port])
}

function showWindow(): void {
  if (window) {
    if (window.isMinimized()) window.restore()
    window.focus()
    return
  }
  window = openWindow({
    preload: places.preload,
    boundsFile: join(app.getPath('userData'), 'window.json'),
    icon: join(resources, 'icon.png')
  })
  window.on('closed', () => (window = null))
}

/** Quitting waits until the server has put the live run in order; a second request to quit does not. */
function closeBeforeQuit(broker: Broker): void {
  let state: 'open' | 'closing' | 'closed' = 'open'
  app.on('before-quit', (event) => {
    if (state === 'closed') return
    event.preventDefault()
    if (state === 'closing') return
    state = 'closing'
    void broker.close('The app was closed.', closeLimitMs).then(() => {
      state = 'closed'
      app.quit()
    })
  })
}
