import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { connect as connectSocket } from 'node:net'
import { join } from 'node:path'
import { events, requests } from '@shared/contract'
import { connect, type Port } from '@shared/rpc'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { webSocketPort } from '../../../src/main/ports'
import { serveHttp, type HttpLimits } from '../../../src/main/server/http'
import type { Server } from '../../../src/main/server/server'
import { openServer, temporaryFolder } from '../../support/library'

const token = '0123456789abcdef-secret'

/** A served page, with a server that only counts its clients unless another is given. */
async function serveTest(limits: Partial<HttpLimits> = {}, server?: Server) {
  const folder = temporaryFolder()
  const pageFolder = join(folder, 'page')
  mkdirSync(join(pageFolder, 'assets'), { recursive: true })
  writeFileSync(join(pageFolder, 'index.html'), '<title>page</title>')
  writeFileSync(join(pageFolder, 'assets', 'index-abc.js'), 'let x')
  writeFileSync(join(folder, 'secret.json'), '{"secret":true}')
  const ports: Port[] = []
  const counting = { attach: (port: Port) => ports.push(port) } as unknown as Server
  const http = await serveHttp({
    ...{ server: server ?? counting, pageFolder, port: 0, token, limits }
  })
  onTestFinished(() => http.close())
  return { ...http, ports, host: new URL(http.url).host }
}

/** A request as it is: nothing in the path is resolved or escaped on the way. */
async function get(
  host: string,
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {}
): Promise<{ status: number; headers: IncomingMessage['headers']; body: string }> {
  const [hostname, port] = host.split(':')
  const sent = request({ hostname, port, path, ...options, agent: false }).end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) body += chunk as string
  return { status: response.statusCode!, headers: response.headers, body }
}

/** Tries to open a socket; returns it open, or the status with which it was refused. */
async function open(
  host: string,
  {
    query = `?token=${token}`,
    origin = `http://${host}`,
    ...headers
  }: { query?: string; origin?: string; Host?: string } = {},
  path = '/port'
): Promise<WebSocket | number> {
  const socket = new WebSocket(`ws://${host}${path}${query}`, { headers, origin })
  onTestFinished(() => socket.terminate())
  return new Promise((resolve) => {
    socket.on('open', () => resolve(socket))
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode!))
    socket.on('error', () => undefined)
  })
}

describe('the page', () => {
  it('is served without a token, with headers that keep it in its place', async () => {
    const { host, url } = await serveTest()
    expect(url).toBe(`http://${host}/?token=${token}`)
    const page = await get(host, `/?token=${token}`)
    expect(page).toMatchObject({ status: 200, body: '<title>page</title>' })
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin'
    })
    const policy = page.headers['content-security-policy'] as string
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).not.toContain('unsafe')
    const script = await get(host, '/assets/index-abc.js')
    expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8')
    expect(await get(host, '/', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
  })

  it.each([
    '/../secret.json',
    '/assets/../../secret.json',
    '/%2e%2e/secret.json',
    '/%2e%2e%2fsecret.json',
    '/..%5csecret.json',
    '//secret.json',
    '/assets',
    '/index.html%00.js',
    '/%ff',
    '/missing.js'
  ])('does not give %s', async (path) => {
    const { host } = await serveTest()
    const { status, body } = await get(host, path)
    expect(status).toBe(404)
    expect(body).not.toContain('secret')
  })

  it('is for reading only, and not for names of other hosts', async () => {
    const { host } = await serveTest()
    expect((await get(host, '/', { method: 'POST' })).status).toBe(405)
    for (const foreign of ['evil.example', 'localhost.evil.example', '127.0.0.1.nip.io:80']) {
      expect((await get(host, '/', { headers: { Host: foreign } })).status).toBe(403)
    }
    // Behind an SSH tunnel the port is the tunnel's.
    expect((await get(host, '/', { headers: { Host: 'localhost:9999' } })).status).toBe(200)
  })
})

describe('the socket', () => {
  it('talks the contract', async () => {
    const { server } = await openServer(temporaryFolder())
    const { host } = await serveTest({}, server)
    const socket = (await open(host)) as WebSocket
    const client = connect(webSocketPort(socket), requests, events)
    expect(await client.request['app.info']({})).toMatchObject({ version: '1.2.3' })
  })

  it('opens for our own page with the token, and for nobody else', async () => {
    const { host, ports } = await serveTest()
    expect(await open(host, { query: '' })).toBe(401)
    expect(await open(host, { query: '?token=' })).toBe(401)
    expect(await open(host, { query: `?token=${token.slice(0, -1)}` })).toBe(401)
    expect(await open(host, { query: `?token=${token}x` })).toBe(401)
    expect(await open(host, { origin: 'http://evil.example' })).toBe(403)
    expect(await open(host, { origin: 'null' })).toBe(403)
    expect(await open(host, { origin: `https://${host}` })).toBe(403)
    // Another local server's page has another port.
    expect(await open(host, { origin: 'http://127.0.0.1:1' })).toBe(403)
    // A name of an attacker that resolves to this machine (DNS rebinding).
    expect(await open(host, { Host: 'evil.example', origin: 'http://evil.example' })).toBe(403)
    expect(await open(host, {}, '/elsewhere')).toBe(404)
    expect(ports).toHaveLength(0)

    expect(await open(host)).toBeInstanceOf(WebSocket)
    const { port } = new URL(`http://${host}`)
    const local = { Host: `localhost:${port}`, origin: `http://localhost:${port}` }
    expect(await open(host, local)).toBeInstanceOf(WebSocket)
    expect(ports).toHaveLength(2)
  })

  it('without an Origin stays closed', async () => {
    const { host, ports } = await serveTest()
    const [hostname, port] = host.split(':')
    const raw = connectSocket(Number(port), hostname)
    raw.write(
      `GET /port?token=${token} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\n` +
        'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'
    )
    const [answer] = (await once(raw, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1.1 403 /)
    expect(ports).toHaveLength(0)
  })

  it('takes so many clients and no more, until one leaves', async () => {
    const { host } = await serveTest({ clients: 2 })
    const first = (await open(host)) as WebSocket
    expect(await open(host)).toBeInstanceOf(WebSocket)
    expect(await open(host)).toBe(503)
    first.close()
    await once(first, 'close')
    expect(await open(host)).toBeInstanceOf(WebSocket)
  })

  it('drops a client that sends too much at once, or too often', async () => {
    const { host, ports } = await serveTest({ messageBytes: 1000, burst: 10 })
    const large = (await open(host)) as WebSocket
    large.send(JSON.stringify('x'.repeat(2000)))
    expect(await once(large, 'close')).toMatchObject([1009, expect.anything()])

    const often = (await open(host)) as WebSocket
    let heard = 0
    ports.at(-1)!.onMessage(() => (heard += 1))
    for (let i = 0; i < 2000; i++) often.send('1')
    await once(often, 'close')
    expect(heard).toBeLessThan(2000)
  })

  it('drops a client that gives no sign of life', async () => {
    const { host, ports } = await serveTest({ pingMs: 30 })
    const socket = (await open(host)) as WebSocket
    const gone = new Promise<void>((resolve) => ports[0]!.onClose(resolve))
    socket.pause()
    await gone
  })
})

it('a port that is taken is a refusal with the next step', async () => {
  const { host } = await serveTest()
  const port = Number(host.split(':')[1])
  const server = {} as Server
  await expect(serveHttp({ server, pageFolder: '/', port, token })).rejects.toMatchObject({
    code: 'http.port',
    message: expect.stringContaining(String(port))
  })
})

it('a token that could be guessed is refused', async () => {
  const server = {} as Server
  await expect(serveHttp({ server, pageFolder: '/', port: 0, token: 'short' })).rejects.toThrow(
    'fewer than 16'
  )
})
