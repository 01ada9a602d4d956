/** The two ways to the server: a MessagePort from the shell, or a WebSocket to the address of the page. */
import type { Port } from '@shared/rpc'

export interface PortSource {
  /** Settles with an open port; rejects where the other side cannot be reached. */
  open(): Promise<Port>
  /** Called once when no port will come any more, with the reason. */
  onFailed(listener: (detail: string) => void): void
}

/**
 * Ports as the shell hands them out. The first is asked for; when the server was restarted the shell sends
 * the next one by itself, since a MessagePort does not say that its other end is gone.
 */
export function desktopPorts(desktop: NonNullable<Window['desktop']>): PortSource {
  let asked = false
  let waiting: ((port: Port) => void) | null = null
  let spare: Port | null = null
  let closeCurrent: () => void = () => undefined
  let failed: (detail: string) => void = () => undefined

  window.addEventListener('message', (event: MessageEvent<{ type?: string; detail?: string }>) => {
    if (event.source !== window) return
    if (event.data.type === 'serverFailed') failed(event.data.detail ?? '')
    if (event.data.type === 'portLost') closeCurrent()
    const [channel] = event.ports
    if (event.data.type !== 'port' || !channel) return
    closeCurrent()
    const opened = channelPort(channel)
    closeCurrent = () => opened.close()
    if (waiting) waiting(opened)
    else spare = opened
    waiting = null
  })

  return {
    open: () =>
      new Promise((resolve) => {
        if (spare) {
          resolve(spare)
          spare = null
          return
        }
        waiting = resolve
        if (!asked) desktop.connect()
        asked = true
      }),
    onFailed: (listener) => (failed = listener)
  }
}

function channelPort(channel: MessagePort): Port {
  const closeListeners: (() => void)[] = []
  let open = true
  return {
    post: (message) => channel.postMessage(message),
    onMessage(listener) {
      channel.addEventListener('message', (event) => listener(event.data))
      channel.start()
    },
    onClose: (listener) => void closeListeners.push(listener),
    close() {
      if (!open) return
      open = false
      channel.close()
      for (const listener of closeListeners) listener()
    }
  }
}

/** @param address of the server's port, e.g. `ws://127.0.0.1:4000/port?token=...` */
export function socketPorts(address: string): PortSource {
  return {
    open: () =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(address)
        socket.addEventListener('open', () => resolve(socketPort(socket)))
        socket.addEventListener('close', () => reject(new Error('The server did not answer.')))
      }),
    onFailed: () => undefined
  }
}

function socketPort(socket: WebSocket): Port {
  return {
    post(message) {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
    },
    onMessage(listener) {
      socket.addEventListener('message', (event: MessageEvent<string>) =>
        listener(JSON.parse(event.data))
      )
    },
    onClose: (listener) => socket.addEventListener('close', listener),
    close: () => socket.close()
  }
}

/**
 * Where the page's socket is. The token comes with the printed address; it is kept for reloads of this tab
 * and taken out of the address bar, so that it does not travel with a copied link.
 */
export function socketAddress(): string {
  const address = new URL(location.href)
  const given = address.searchParams.get('token')
  if (given) {
    sessionStorage.setItem('token', given)
    address.searchParams.delete('token')
    history.replaceState(null, '', address)
  }
  const token = sessionStorage.getItem('token') ?? ''
  const scheme = address.protocol === 'https:' ? 'wss' : 'ws'
  return `${scheme}://${address.host}/port?token=${encodeURIComponent(token)}`
}
