/**
 * Node's and Electron's channels as Ports. Sockets, processes and ports are passed in; their types are the few
 * members used here, so that this file loads in every process. Every adapter survives posts after the other
 * side has gone: such messages are dropped, and `onClose` tells.
 */
import type { ChildProcess } from 'node:child_process'
import type { MessagePort as NodeMessagePort } from 'node:worker_threads'
import type { Port } from '@shared/rpc'

/** Electron's MessagePortMain, as far as it is used. */
export interface ElectronMessagePort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { data: unknown }) => void): unknown
  on(event: 'close', listener: () => void): unknown
  start(): void
  close(): void
}

/** A `ws` socket, as far as it is used. */
export interface WebSocketLike {
  readonly readyState: number
  send(data: string): void
  on(event: 'message', listener: (data: { toString(): string }, isBinary: boolean) => void): unknown
  on(event: 'close', listener: () => void): unknown
  close(code?: number, reason?: string): void
}

/** The end that a Port's owner feeds: messages that come before the first listener wait for it. */
function createReceiver(): Pick<Port, 'onMessage' | 'onClose'> & {
  receive(message: unknown): void
  closed(): void
} {
  const listeners: ((message: unknown) => void)[] = []
  const closers: (() => void)[] = []
  const waiting: unknown[] = []
  let isClosed = false
  return {
    receive(message) {
      if (listeners.length === 0) waiting.push(message)
      for (const listener of listeners) listener(message)
    },
    closed() {
      if (isClosed) return
      isClosed = true
      for (const listener of closers) listener()
    },
    onMessage(listener) {
      listeners.push(listener)
      for (const message of waiting.splice(0)) listener(message)
    },
    onClose(listener) {
      if (isClosed) queueMicrotask(listener)
      else closers.push(listener)
    }
  }
}

/**
 * Two ends in one process. Messages pass as JSON text and arrive later, never within `post`, so what works
 * here works over a socket.
 */
export function memoryPair(): [Port, Port] {
  const receivers = [createReceiver(), createReceiver()] as const
  let open = true
  const end = (own: 0 | 1): Port => {
    const other = receivers[own === 0 ? 1 : 0]
    const { onMessage, onClose } = receivers[own]
    return {
      onMessage,
      onClose,
      post(message) {
        if (!open) return
        const text = JSON.stringify(message)
        queueMicrotask(() => {
          if (open) other.receive(JSON.parse(text))
        })
      },
      close() {
        // What was posted before is delivered first.
        queueMicrotask(() => {
          open = false
          for (const receiver of receivers) receiver.closed()
        })
      }
    }
  }
  return [end(0), end(1)]
}

/** The channel to a forked child, or, given `process`, of a forked child to its parent. */
export function childPort(child: ChildProcess | NodeJS.Process): Port {
  const { receive, closed, onMessage, onClose } = createReceiver()
  const channel = child as ChildProcess
  channel.on('message', receive)
  channel.on('disconnect', closed)
  // A child that could not be started never disconnects.
  channel.on('exit', closed)
  return {
    onMessage,
    onClose,
    post(message) {
      // The callback keeps a send to a process that dies this moment from becoming an uncaught error.
      if (channel.connected) channel.send(message as object, () => undefined)
    },
    close() {
      if (channel.connected) channel.disconnect()
    }
  }
}

/** An Electron MessagePortMain (messages come wrapped in events) or a MessagePort of Node's worker threads. */
export function messagePort(port: ElectronMessagePort | NodeMessagePort): Port {
  const { receive, closed, onMessage, onClose } = createReceiver()
  let open = true
  if (isNodePort(port)) {
    port.on('message', receive)
    port.on('close', close)
  } else {
    port.on('message', (event) => receive(event.data))
    port.on('close', close)
    port.start()
  }
  function close(): void {
    open = false
    closed()
  }
  return {
    onMessage,
    onClose,
    post(message) {
      if (open) port.postMessage(message)
    },
    close() {
      if (!open) return
      close()
      port.close()
    }
  }
}

const isNodePort = (port: ElectronMessagePort | NodeMessagePort): port is NodeMessagePort =>
  'unref' in port

/** A socket whose text frames are JSON; anything else closes it (1003, unsupported data). */
export function webSocketPort(socket: WebSocketLike): Port {
  const { receive, closed, onMessage, onClose } = createReceiver()
  socket.on('close', closed)
  socket.on('message', (data, isBinary) => {
    let message: unknown
    try {
      if (isBinary) throw new SyntaxError('a binary frame')
      message = JSON.parse(data.toString())
    } catch {
      socket.close(1003, 'Messages are JSON text.')
      return
    }
    receive(message)
  })
  return {
    onMessage,
    onClose,
    post(message) {
      if (socket.readyState === 1) socket.send(JSON.stringify(message))
    },
    close: () => socket.close(1000)
  }
}
