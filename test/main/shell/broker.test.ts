import { EventEmitter } from 'node:events'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { startBroker, type BrokerOptions } from '../../../src/main/shell/broker'
import { restartRule } from '../../../src/main/shell/restarts'

/** A utility process as the shell sees it. */
class FakeProcess extends EventEmitter {
  readonly posted: { message: { type: string }; ports: unknown[] }[] = []
  readonly stdout = Object.assign(new EventEmitter(), { setEncoding: () => this.stdout })
  readonly stderr = Object.assign(new EventEmitter(), { setEncoding: () => this.stderr })
  pid: number | undefined = undefined
  constructor(readonly entry: string) {
    super()
  }
  postMessage(message: { type: string }, ports: unknown[] = []): void {
    this.posted.push({ message, ports })
  }
  end(lastLines = ''): void {
    if (lastLines) this.stderr.emit('data', lastLines)
    this.emit('exit', 0)
  }
}

const { started } = vi.hoisted(() => ({ started: [] as unknown[] }))
const processes = started as FakeProcess[]

vi.mock('electron', () => ({
  utilityProcess: {
    fork: (entry: string) => {
      const process = new FakeProcess(entry)
      started.push(process)
      return process
    }
  },
  MessageChannelMain: class {
    port1 = { end: 1 }
    port2 = { end: 2 }
  }
}))

let now = 0
let ups = 0
let losses: (string | null)[] = []
let training: boolean[] = []

function start(): ReturnType<typeof startBroker> {
  const options: BrokerOptions = {
    serverEntry: '/out/main/server.js',
    trainerEntry: '/out/main/trainer.js',
    start: { library: '/lab', version: '0', presetsFolder: '/presets', trainerEntry: 'shell' },
    log: () => undefined,
    now: () => now,
    onServer: () => ups++,
    onServerLost: (error) => losses.push(error),
    onTraining: (active) => training.push(active)
  }
  return startBroker(options)
}

/** The shell gives the pipes of a process that ended a moment to empty. */
const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(100)

beforeEach(() => {
  vi.useFakeTimers()
  started.length = 0
  now = 0
  ups = 0
  losses = []
  training = []
})

describe('the broker', () => {
  it('passes on whether anything trains; a server that is gone trains nothing', async () => {
    start()
    const server = processes[0]!
    server.emit('message', { type: 'training', active: true })
    expect(training).toEqual([true])
    server.end()
    await settled()
    expect(training.at(-1)).toBe(false)
  })

  it('starts the server with its options and introduces each page to it', () => {
    const broker = start()
    const [server] = processes
    expect(server!.entry).toBe('/out/main/server.js')
    expect(server!.posted[0]!.message).toMatchObject({
      type: 'start',
      options: { library: '/lab' }
    })
    expect(ups).toBe(1)
    expect(broker.clientPort()).toEqual({ end: 2 })
    expect(server!.posted[1]).toEqual({ message: { type: 'client' }, ports: [{ end: 1 }] })
  })

  it('forks trainers on request, one channel each, and tells how they end', async () => {
    start()
    const server = processes[0]!
    server.emit('message', { type: 'startTrainer', id: 'a' })
    const trainer = processes[1]!
    expect(trainer.entry).toBe('/out/main/trainer.js')
    expect(trainer.posted).toEqual([{ message: { type: 'port' }, ports: [{ end: 1 }] }])
    expect(server.posted.at(-1)).toEqual({
      message: { type: 'trainerPort', id: 'a' },
      ports: [{ end: 2 }]
    })
    trainer.end('out of memory\n')
    await settled()
    expect(server.posted.at(-1)!.message).toEqual({
      type: 'trainerExited',
      id: 'a',
      error: 'out of memory'
    })
  })

  it('starts a server that died again, with a new port, until it dies too often', async () => {
    start()
    for (let i = 1; i < restartRule.starts; i++) {
      processes.at(-1)!.end('killed\n')
      await settled()
      expect(processes).toHaveLength(i + 1)
      expect(ups).toBe(i + 1)
    }
    processes.at(-1)!.end('killed again\n')
    await settled()
    expect(processes).toHaveLength(restartRule.starts)
    expect(losses.slice(0, -1).every((error) => error === null)).toBe(true)
    expect(losses.at(-1)).toBe('killed again')
  })

  it('forgives deaths that are long past', async () => {
    start()
    for (let i = 0; i < 3 * restartRule.starts; i++) {
      now += restartRule.withinMs
      processes.at(-1)!.end()
      await settled()
    }
    expect(losses.every((error) => error === null)).toBe(true)
  })

  it('does not start a server again that refuses to, and says why', async () => {
    const broker = start()
    const error = { code: 'store.newer', message: 'Written by 9.0.', hint: 'Update.', issues: [] }
    processes[0]!.emit('message', { type: 'failed', error })
    processes[0]!.end()
    await settled()
    expect(processes).toHaveLength(1)
    expect(losses).toEqual(['Written by 9.0. Update.'])
    expect(broker.clientPort()).toBeNull()
  })

  it('closes when the server says that it is done, and does not start it again', async () => {
    const broker = start()
    const server = processes[0]!
    let closed = false
    void broker.close('The app was closed.', 20_000).then(() => (closed = true))
    expect(server.posted.at(-1)!.message).toEqual({ type: 'close', reason: 'The app was closed.' })
    await vi.advanceTimersByTimeAsync(5000)
    expect(closed).toBe(false)
    server.emit('message', { type: 'closed' })
    server.end()
    await settled()
    expect(closed).toBe(true)
    expect(processes).toHaveLength(1)
    expect(losses).toEqual([])
  })

  it('does not wait for ever for a server that hangs', async () => {
    const broker = start()
    let closed = false
    void broker.close('The app was closed.', 20_000).then(() => (closed = true))
    await vi.advanceTimersByTimeAsync(20_001)
    expect(closed).toBe(true)
  })
})
