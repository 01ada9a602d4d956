/**
 * Introduces the processes to each other. The server asks for trainers; the shell forks them and hands each
 * side one end of a channel, so that metrics never pass through the shell. A server that dies is started
 * again, within limits, and every window gets a new port.
 */
import { MessageChannelMain, type MessagePortMain } from 'electron'
import type { ServerOptions, ToServer, ToShell } from '../server/shell-messages'
import { startChild, type Child } from './children'
import type { Log } from './log'
import { mayStart, restartRule } from './restarts'

export interface BrokerOptions {
  /** Absolute paths of the built entries. */
  serverEntry: string
  trainerEntry: string
  start: ServerOptions
  log: Log
  now: () => number
  /** A server is up: hand each page a port. */
  onServer: (broker: Broker) => void
  /** The server died; `error` says why when it will not be started again. */
  onServerLost: (error: string | null) => void
  /** Whether any trainer is at work, each time that changes. */
  onTraining: (active: boolean) => void
}

export interface Broker {
  /** A fresh port to the server for one page, or null while there is none (onServer will follow). */
  clientPort(): MessagePortMain | null
  /** Asks the server to write everything down and end; settles when it has, or after `limitMs`. */
  close(reason: string, limitMs: number): Promise<void>
}

export function startBroker(options: BrokerOptions): Broker {
  const { log, now } = options
  const trainers = new Map<string, Child>()
  const starts: number[] = []
  let server: Child | null = null
  let closing = false
  let closed: () => void = () => undefined

  function startServer(): void {
    starts.push(now())
    const child = startChild(options.serverEntry, 'server', log)
    let refusal: string | null = null
    server = child
    tell({ type: 'start', options: options.start })
    child.onMessage((received) => {
      const message = received as ToShell
      switch (message.type) {
        case 'ready':
          return
        case 'failed':
          // What it refuses now (say, a history written by a newer version) it would refuse again.
          refusal = [message.error.message, message.error.hint].filter(Boolean).join(' ')
          return
        case 'startTrainer':
          return startTrainer(message.id)
        case 'killTrainer':
          return trainers.get(message.id)?.kill()
        case 'training':
          return options.onTraining(message.active)
        case 'closed':
          return closed()
        default:
          message satisfies never
      }
    })
    void child.exited.then((lastLines) => {
      if (server === child) server = null
      closed()
      options.onTraining(false)
      if (closing) return
      const again = refusal === null && mayStart(starts, now(), restartRule)
      options.onServerLost(again ? null : refusal || lastLines || 'It ended without a word.')
      if (again) startServer()
    })
    options.onServer(broker)
  }

  function startTrainer(id: string): void {
    const { port1, port2 } = new MessageChannelMain()
    const child = startChild(options.trainerEntry, `trainer ${id}`, log)
    trainers.set(id, child)
    child.post({ type: 'port' }, [port1])
    tell({ type: 'trainerPort', id }, [port2])
    void child.exited.then((error) => {
      if (trainers.get(id) === child) trainers.delete(id)
      tell({ type: 'trainerExited', id, error })
    })
  }

  function tell(message: ToServer, ports: MessagePortMain[] = []): void {
    server?.post(message, ports)
  }

  const broker: Broker = {
    clientPort() {
      if (!server) return null
      const { port1, port2 } = new MessageChannelMain()
      tell({ type: 'client' }, [port1])
      return port2
    },

    async close(reason, limitMs) {
      closing = true
      if (!server) return
      await new Promise<void>((resolve) => {
        closed = resolve
        setTimeout(resolve, limitMs)
        tell({ type: 'close', reason })
      })
      server?.kill()
      // Trainers end by themselves once told; one that hangs must not outlive the app.
      for (const trainer of trainers.values()) trainer.kill()
    }
  }
  startServer()
  return broker
}
