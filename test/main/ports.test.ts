import { once } from 'node:events'
import { fork } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import type { Port } from '@shared/rpc'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import {
  childPort,
  memoryPair,
  messagePort,
  webSocketPort,
  type ElectronMessagePort
} from '../../src/main/ports'
import { temporaryFolder } from '../support/library'

/** The next message of a port. */
const next = (port: Port): Promise<unknown> =>
  new Promise((resolve) => {
    port.onMessage(resolve)
  })
const closed = (port: Port): Promise<void> => new Promise((resolve) => port.onClose(resolve))

/** Two ends of an Electron channel as its documentation has it: messages come as events, after start(). */
function electronChannel(): [ElectronMessagePort, ElectronMessagePort] {
  const { port1, port2 } = new MessageChannel()
  onTestFinished(() => port1.close())
  const wrap = (port: typeof port1): ElectronMessagePort => {
    const listeners: ((event: { data: unknown }) => void)[] = []
    return {
      postMessage: (message) => port.postMessage(message),
      on(event: 'message' | 'close', listener: (event: { data: unknown }) => void) {
        if (event === 'message') listeners.push(listener)
        else port.on('close', listener as unknown as () => void)
      },
      start: () => {
        port.on('message', (data) => listeners.forEach((listener) => listener({ data })))
      },
      close: () => port.close()
    }
  }
  return [wrap(port1), wrap(port2)]
}

async function socketPair(): Promise<{ ours: Port; theirs: Port; client: WebSocket }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const accepted = once(server, 'connection') as Promise<[WebSocket]>
  const client = new WebSocket(`ws://127.0.0.1:${port}`)
  const [[socket]] = await Promise.all([accepted, once(client, 'open')])
  return { ours: webSocketPort(client), theirs: webSocketPort(socket), client }
}

const pairs: Record<string, () => Promise<[Port, Port]>> = {
  'a memory pair': async () => memoryPair(),
  'a message channel of Node': async () => {
    const { port1, port2 } = new MessageChannel()
    return [messagePort(port1), messagePort(port2)]
  },
  'a message channel of Electron': async () => {
    const [a, b] = electronChannel()
    return [messagePort(a), messagePort(b)]
  },
  'a WebSocket': async () => {
    const { ours, theirs } = await socketPair()
    return [ours, theirs]
  }
}

describe.each(Object.keys(pairs))('%s', (name) => {
  it('carries JSON both ways, in order, and tells both ends when it closes', async () => {
    const [a, b] = await pairs[name]!()
    const got: unknown[] = []
    b.onMessage((message) => {
      got.push(message)
      if (got.length === 3) b.post({ echo: got })
    })
    const messages = [{ n: 1, list: [null, 'ü', { deep: true }] }, 'text', 3]
    for (const message of messages) a.post(message)
    expect(await next(a)).toEqual({ echo: messages })
    const both = Promise.all([closed(a), closed(b)])
    a.close()
    await both
    // Neither end minds a late word.
    a.post('late')
    b.post('late')
    b.close()
    await closed(b)
  })
})

describe('a memory pair', () => {
  it('delivers later, never within post, and proves that messages are JSON', async () => {
    const [a, b] = memoryPair()
    const got: unknown[] = []
    b.onMessage((message) => got.push(message))
    a.post({ notFinite: NaN, left: undefined, when: new Date(0) })
    expect(got).toEqual([])
    await Promise.resolve()
    expect(got).toEqual([{ notFinite: null, when: '1970-01-01T00:00:00.000Z' }])
    expect(Object.keys(got[0] as object)).toEqual(['notFinite', 'when'])
  })

  it('keeps what comes before the first listener', async () => {
    const [a, b] = memoryPair()
    a.post(1)
    a.post(2)
    await Promise.resolve()
    const got: unknown[] = []
    b.onMessage((message) => got.push(message))
    expect(got).toEqual([1, 2])
  })
})

describe('a child process', () => {
  const script = `
    process.on('message', (m) => m === 'die' ? process.exit() : process.send({ got: m }))
  `
  function startChild(): ReturnType<typeof fork> {
    const file = join(temporaryFolder(), 'echo.cjs')
    writeFileSync(file, script)
    return fork(file, { execArgv: [] })
  }

  it('carries messages; its end closes the port, whoever caused it', async () => {
    const port = childPort(startChild())
    port.post({ a: [1, null] })
    expect(await next(port)).toEqual({ got: { a: [1, null] } })
    port.post('die')
    await closed(port)
    port.post('late')

    const child = startChild()
    const second = childPort(child)
    const end = once(child, 'exit')
    second.close()
    await Promise.all([closed(second), end])
  })

  it('that cannot be started has a closed port', async () => {
    const child = fork(join(temporaryFolder(), 'missing.js'), { execArgv: [], silent: true })
    await closed(childPort(child))
  })
})

describe('a WebSocket', () => {
  it.each([['not JSON'], [Buffer.from('{"binary":true}')]])(
    'closes on %o',
    async (data: string | Buffer) => {
      const { theirs, client } = await socketPair()
      const got: unknown[] = []
      theirs.onMessage((message) => got.push(message))
      client.send(data)
      const [code] = (await once(client, 'close')) as [number]
      expect(code).toBe(1003)
      await closed(theirs)
      expect(got).toEqual([])
    }
  )
})
