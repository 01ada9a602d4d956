/**
 * The page in a browser: the built files and a WebSocket at /port, on 127.0.0.1 only. Any web page on this
 * machine may try to open a local socket, so one is accepted only with our own Host, our own Origin and the
 * token from the printed address. Remote use is an SSH tunnel.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { UserError } from '@shared/errors'
import { pageFile } from '../page-files'
import { webSocketPort } from '../ports'
import type { Server } from './server'

export interface HttpOptions {
  server: Server
  /** Absolute path of the built page (out/renderer). */
  pageFolder: string
  /** 0: any free port. */
  port: number
  /** At least 16 random characters; whoever has it controls the library. */
  token: string
  limits?: Partial<HttpLimits>
}

export interface HttpLimits {
  clients: number
  /** Of one message from a client. */
  messageBytes: number
  /** Messages a client may send per second over time, and at once. */
  messagesPerSecond: number
  burst: number
  /** What may wait for a client that does not read; past it the client is dropped. */
  backlogBytes: number
  /** Between signs of life. */
  pingMs: number
}

const usualLimits: HttpLimits = {
  clients: 16,
  // A figure to be written as a file comes with all its points.
  messageBytes: 2 ** 24,
  messagesPerSecond: 100,
  burst: 400,
  backlogBytes: 2 ** 25,
  pingMs: 30_000
}

/** Names of this machine as a browser may know it; behind a tunnel the port is the tunnel's. */
const ownHost = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i

/**
 * Serves until closed.
 * @returns the address to open, token included
 * @throws {UserError} `http.port` when the port cannot be had.
 */
export async function serveHttp(
  options: HttpOptions
): Promise<{ url: string; close(): Promise<void> }> {
  const { server, pageFolder, token } = options
  const limits = { ...usualLimits, ...options.limits }
  if (token.length < 16) throw new Error('a token of fewer than 16 characters')
  const http = createServer((request, response) => void answer(pageFolder, request, response))
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.messageBytes })

  http.on('upgrade', (request, socket: Duplex, head) => {
    const refusal = whyNot(request, token) ?? (sockets.clients.size >= limits.clients ? 503 : null)
    if (refusal) {
      socket.on('error', () => undefined)
      socket.end(`HTTP/1.1 ${refusal} Refused\r\nConnection: close\r\n\r\n`)
      return
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      guard(client, limits)
      server.attach(webSocketPort(client))
    })
  })

  await new Promise<void>((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new UserError(
          'http.port',
          `Port ${options.port} on 127.0.0.1 cannot be used (${error.code}).`,
          'Name another port, or 0 for any free one.'
        )
      )
    )
    http.listen(options.port, '127.0.0.1', resolve)
  })
  const { port } = http.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${port}/?token=${encodeURIComponent(token)}`,
    close: () =>
      new Promise((resolve) => {
        for (const client of sockets.clients) client.terminate()
        http.close(() => resolve())
        http.closeAllConnections()
      })
  }
}

/** The status with which an upgrade is refused, or null. */
function whyNot(request: IncomingMessage, token: string): 400 | 401 | 403 | 404 | null {
  const { host = '', origin } = request.headers
  if (!ownHost.test(host) || origin !== `http://${host}`) return 403
  let url: URL
  try {
    url = new URL(request.url ?? '', `http://${host}`)
  } catch {
    return 400
  }
  if (url.pathname !== '/port') return 404
  return sameText(url.searchParams.get('token') ?? '', token) ? null : 401
}

/** Compares in a time that tells nothing about where two texts differ, nor about their lengths. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

/** Drops a client that floods us, does not read, or has gone without a word. */
function guard(client: WebSocket, limits: HttpLimits): void {
  let allowance = limits.burst
  let at = performance.now()
  let alive = true
  client.on('message', () => {
    const since = performance.now() - at
    at += since
    allowance = Math.min(limits.burst, allowance + (since / 1000) * limits.messagesPerSecond) - 1
    if (allowance < 0) client.terminate()
  })
  client.on('pong', () => (alive = true))
  // A protocol error closes the socket, which its port tells of.
  client.on('error', () => undefined)
  const heartbeat = setInterval(() => {
    if (!alive || client.bufferedAmount > limits.backlogBytes) return client.terminate()
    alive = false
    client.ping()
  }, limits.pingMs)
  client.on('close', () => clearInterval(heartbeat))
}

/** A file of the page. Names of another host are refused: a foreign name that points here is an attack. */
async function answer(
  folder: string,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  const refuse = (status: number, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...headers })
    response.end(`${status}\n`)
  }
  if (!ownHost.test(request.headers.host ?? '')) return refuse(403)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return refuse(405, { Allow: 'GET, HEAD' })
  }
  // Not through URL, which would resolve `..` before it could be refused.
  const file = pageFile(folder, (request.url ?? '/').split(/[?#]/, 1)[0]!)
  if (!file) return refuse(404)
  try {
    const bytes = await readFile(file.path)
    response.writeHead(200, { ...file.headers, 'Content-Length': String(bytes.length) })
    response.end(request.method === 'HEAD' ? undefined : bytes)
  } catch {
    refuse(404)
  }
}
