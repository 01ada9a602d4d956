/** The server's own process: what it says when it starts, when it cannot, and when its parent goes. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ServerOptions } from '../../../src/main/server/shell-messages'
import {
  fakeTrainerEntry,
  recordedEvents,
  temporaryFolder,
  tinyConfig,
  until
} from '../../support/library'
import { buildServerEntry } from '../../support/server-entry'

describe('the server process', () => {
  let built: Awaited<ReturnType<typeof buildServerEntry>>
  beforeAll(async () => void (built = await buildServerEntry()))
  afterAll(() => built.remove())

  function start(options: Partial<ServerOptions> & { library: string }) {
    const child = fork(built.entry, { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    const heard: { type?: string; id?: number; output?: { id: string } }[] = []
    child.on('message', (message) => heard.push(message as (typeof heard)[number]))
    const presetsFolder = join(options.library, 'presets')
    mkdirSync(presetsFolder, { recursive: true })
    child.send({
      type: 'start',
      options: { version: '1', presetsFolder, trainerEntry: fakeTrainerEntry, ...options }
    })
    const exited = once(child, 'exit') as Promise<[number, null]>
    return { child, heard, exited }
  }

  it('is ready, closes when asked, and ends', async () => {
    const { child, heard, exited } = start({ library: temporaryFolder() })
    await until(() => heard.some((message) => message.type === 'ready'))
    child.send({ type: 'close', reason: 'The test ended.' })
    expect(await exited).toEqual([0, null])
    expect(heard.map((message) => message.type)).toEqual(['ready', 'closed'])
  })

  it('opens a fresh library beside others that do so at the same moment', async () => {
    const library = temporaryFolder()
    const all = Array.from({ length: 3 }, () => start({ library }))
    for (const { child, heard, exited } of all) {
      await until(() => heard.length > 0)
      expect(heard).toEqual([{ type: 'ready' }])
      child.send({ type: 'close', reason: 'The test ended.' })
      expect(await exited).toEqual([0, null])
    }
  })

  it('says why it cannot start, and ends', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'history.sqlite'), '')
    mkdirSync(join(folder, 'runs'))
    writeFileSync(join(folder, 'trash'), 'a file where a folder belongs')
    const { heard, exited } = start({ library: folder })
    expect(await exited).toEqual([1, null])
    expect(heard).toMatchObject([{ type: 'failed', error: { code: 'library.unusable' } }])
  })

  it('reports a fault of its own with its stack in the log', async () => {
    const library = temporaryFolder()
    const { child, heard, exited } = start({ library, presetsFolder: join(library, 'nowhere') })
    let log = ''
    child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (log += chunk))
    expect(await exited).toEqual([1, null])
    expect(heard).toMatchObject([{ type: 'failed', error: { code: 'internal' } }])
    expect(log).toMatch(/ENOENT[^]*readPresets/)
  })

  it('whose parent goes lets the live run save itself', async () => {
    const library = temporaryFolder()
    const { child, heard, exited } = start({ library })
    child.send({ id: 1, method: 'runs.create', input: { config: tinyConfig(1_000_000) } })
    const { output } = await until(() => heard.find((message) => message.id === 1))
    const { id } = output!
    await until(() => heard.some((message) => 'event' in message))
    child.disconnect()
    expect(await exited).toEqual([0, null])
    expect(recordedEvents(library, id).at(-1)).toMatchObject({
      ...{ type: 'ended', outcome: 'interrupted', error: 'Grokscope ended.' }
    })
  })
})
