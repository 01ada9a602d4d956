/**
 * Entry of the server's own process: a utility process of the shell, or a forked Node process whose parent is
 * its one client. See shell-messages.ts for the conversation.
 */
import { join } from 'node:path'
import { toErrorMessage, UserError } from '@shared/errors'
import { usualWay } from '../cluster/connection'
import { childPort, messagePort, type ElectronMessagePort } from '../ports'
import { readPresets, readStudyPresets } from './presets'
import { forkInspector, forkProbe, forkTrainer, shellTrainers } from './runners'
import { startServer, type Server } from './server'
import { ToServer, type ServerOptions, type ToShell } from './shell-messages'

/** Electron's process.parentPort, as far as it is used. */
interface ParentPort {
  postMessage(message: unknown): void
  on(
    event: 'message',
    listener: (event: { data: unknown; ports: ElectronMessagePort[] }) => void
  ): void
}

const parentPort = (process as unknown as { parentPort?: ParentPort }).parentPort
const log = (line: string): void => void process.stderr.write(`${line}\n`)

function tell(message: ToShell): void {
  if (parentPort) parentPort.postMessage(message)
  else if (process.connected) process.send!(message, undefined, undefined, () => undefined)
}

const trainers = shellTrainers(tell)
let server: Promise<Server> | null = null

async function start(options: ServerOptions): Promise<Server> {
  const { library, version, presetsFolder, studiesFolder, sqlite, trainerEntry } = options
  const started = await startServer({
    ...{ library, version, sqlite, log, now: Date.now },
    presets: readPresets(presetsFolder, log),
    studyPresets: studiesFolder === undefined ? [] : readStudyPresets(studiesFolder, log),
    // Built as out/main/server.js.
    clusters: {
      root: join(__dirname, '..', '..'),
      way: usualWay(process.platform),
      pollMs: 30_000
    },
    onTraining: (active) => tell({ type: 'training', active }),
    startTrainer: trainerEntry === 'shell' ? trainers.start : forkTrainer(trainerEntry),
    startProbe: trainerEntry === 'shell' ? trainers.probe : forkProbe(trainerEntry),
    startInspector: trainerEntry === 'shell' ? trainers.inspect : forkInspector(trainerEntry)
  })
  tell({ type: 'ready' })
  return started
}

/** A server that cannot start says why and ends; what is no UserError also goes to the log with its stack. */
function refuse(error: unknown): void {
  if (!(error instanceof UserError)) log(String(error instanceof Error ? error.stack : error))
  tell({ type: 'failed', error: toErrorMessage(error) })
  // The message must have left before the process does.
  setTimeout(() => process.exit(1), 100)
}

async function close(reason: string): Promise<void> {
  if (server) await (await server).close(reason)
  tell({ type: 'closed' })
  setTimeout(() => process.exit(0), 100)
}

function receive(data: unknown, port: ElectronMessagePort | undefined): void {
  const message = ToServer.safeParse(data).data
  switch (message?.type) {
    case 'start':
      server = start(message.options)
      server.catch(refuse)
      // A forked server's parent is its client from the start. Its channel also carries the goodbye, so it
      // stays open until the process ends.
      if (!parentPort) attach({ ...childPort(process), close: () => undefined })
      return
    case 'client':
      if (port) attach(messagePort(port))
      return
    case 'trainerPort':
      if (port) trainers.connected(message.id, messagePort(port))
      return
    case 'trainerExited':
      trainers.exited(message.id, message.error)
      return
    case 'close':
      close(message.reason).catch(refuse)
      return
    case undefined:
      // Under fork, requests pass here on their way to the client's port.
      return
    default:
      message satisfies never
  }
}

/** Requests that come before the server is up wait at the port. */
function attach(port: ReturnType<typeof childPort>): void {
  // A server that does not start has said so already.
  server?.then((started) => started.attach(port)).catch(() => undefined)
}

if (parentPort) {
  parentPort.on('message', ({ data, ports }) => receive(data, ports[0]))
} else {
  process.on('message', (data) => receive(data, undefined))
  process.on('disconnect', () => close('Grokscope ended.').catch(refuse))
  // Ctrl-C in a terminal goes to the whole group; the parent decides what to do about it.
  process.on('SIGINT', () => undefined)
}
