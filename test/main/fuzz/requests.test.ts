import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { connect as connectSocket } from 'node:net'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { requests } from '@shared/contract'
import { memoryPair } from '../../../src/main/ports'
import { serveHttp } from '../../../src/main/server/http'
import { cases, damagedJson, nasty } from '../../support/fuzz'
import { openServer, temporaryFolder, tinyConfig } from '../../support/library'

/** Builds data sets of any size that is asked for, which takes as long as it takes. */
const slow = new Set(['datasets.preview'])
const methods = Object.keys(requests).filter((name) => !slow.has(name))

/** An input that nearly fits: members that requests have, with values that some of them take. */
const nearly = fc.record(
  {
    id: fc.constantFrom<unknown>('known', '../../x', '', '__proto__', 5),
    ids: fc.array(nasty, { maxLength: 3 }),
    name: nasty,
    study: damagedJson({ name: 'x', title: 'x', base: tinyConfig(5) }),
    config: fc.oneof(
      nasty,
      damagedJson(tinyConfig(5)).map((config) => ({ ...(config as object), unknown: 1 }))
    ),
    ticket: fc.constantFrom<unknown>('../../../../etc', '0'.repeat(16), null),
    offset: fc.constantFrom<unknown>(0, 2 ** 52, -1),
    base64: fc.constantFrom('', 'AAAA', '%%%'),
    runs: fc.array(fc.constantFrom('known', '../x'), { maxLength: 2 }),
    step: fc.constantFrom<unknown>(0, 10, -1, 1e300),
    steps: fc.array(fc.nat(20), { maxLength: 3 }),
    names: fc.array(fc.constantFrom('batchLoss', '%', "'; DROP TABLE runs; --"), { maxLength: 3 }),
    columns: fc.oneof(fc.nat(4000), fc.array(nasty, { maxLength: 2 })),
    view: nasty,
    to: nasty,
    query: nasty,
    format: fc.constantFrom('svg', 'gif', 'html', '../x'),
    figure: nasty,
    table: nasty
  },
  { requiredKeys: [] }
)

test('any request is answered once, in words where it is refused, and nothing outside of the library changes', async () => {
  const folder = temporaryFolder()
  const library = join(folder, 'library')
  const { server, log } = await openServer(library, { startTrainer: null })
  const [ours, theirs] = memoryPair()
  server.attach(theirs)
  const answers = new Map<number, { error?: { code: string; message: string } }[]>()
  ours.onMessage((message) => {
    const { id, ...rest } = message as { id?: number; error?: { code: string; message: string } }
    if (typeof id === 'number') answers.set(id, [...(answers.get(id) ?? []), rest])
  })
  let next = 1
  const input = fc.oneof(nasty, nearly, nearly)
  const method = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...methods) },
    { weight: 1, arbitrary: fc.string() }
  )
  await fc.assert(
    fc.asyncProperty(method, input, nasty, async (name, value, junk) => {
      const id = next++
      ours.post(junk)
      ours.post({ id, method: name, input: value })
      for (let waited = 0; !answers.has(id); waited++) {
        if (waited > 20_000) throw new Error(`no answer to ${name}`)
        await new Promise((resolve) => setImmediate(resolve))
      }
      const [answer, ...more] = answers.get(id)!
      answers.delete(id)
      expect(more).toEqual([])
      if (answer!.error)
        expect([name, value, answer!.error.code]).not.toEqual([name, value, 'internal'])
    }),
    cases('rpc', 400)
  )
  expect(log.filter((line) => line.includes(' failed: '))).toEqual([])
  expect(readdirSync(folder)).toEqual(['library'])
}, 3_600_000)

test('any bytes on the socket close at most themselves: the next client is served', async () => {
  const folder = temporaryFolder()
  const pageFolder = join(folder, 'page')
  mkdirSync(pageFolder)
  writeFileSync(join(pageFolder, 'index.html'), 'page')
  const { server } = await openServer(join(folder, 'library'), { startTrainer: null })
  const token = '0123456789abcdef-secret'
  const http = await serveHttp({ server, pageFolder, port: 0, token })
  const { host, hostname, port } = new URL(http.url)
  const handshake = `GET /port?token=${token} HTTP/1.1\r\nHost: ${host}\r\nOrigin: http://${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`
  const bytes = fc.uint8Array({ maxLength: 200 })
  try {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), bytes, async (upgraded, junk) => {
        await new Promise<void>((resolve, reject) => {
          const socket = connectSocket({ host: hostname, port: Number(port) })
          socket.on('error', () => resolve())
          socket.on('close', () => resolve())
          socket.on('connect', () => {
            if (upgraded) socket.write(handshake)
            socket.write(junk)
            setTimeout(() => socket.destroy(), 5)
          })
          setTimeout(() => reject(new Error('it hangs')), 30_000).unref()
        })
      }),
      cases('frames', 60)
    )
    const socket = new WebSocket(`ws://${host}/port?token=${token}`, { origin: `http://${host}` })
    const answer = await new Promise<string>((resolve, reject) => {
      socket.on('error', reject)
      socket.on('open', () => socket.send(JSON.stringify({ id: 1, method: 'app.info', input: {} })))
      socket.on('message', (data) => resolve(String(data as Buffer)))
    })
    expect(JSON.parse(answer)).toMatchObject({ id: 1, output: { version: '1.2.3' } })
    socket.terminate()
  } finally {
    await http.close()
  }
}, 3_600_000)
