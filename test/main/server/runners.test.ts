import { existsSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { parseRunConfig } from '@shared/config-input'
import type { Job } from '@shared/events'
import { describe, expect, it } from 'vitest'
import { memoryPair } from '../../../src/main/ports'
import { inProcessTrainer, shellTrainers } from '../../../src/main/server/runners'
import type { ToShell } from '../../../src/main/server/shell-messages'
import { forkFake, temporaryFolder, tinyConfig, until } from '../../support/library'

const job = (): Job => ({
  ...{ type: 'train', runId: 'a', folder: temporaryFolder(), engine: 'cpu', resume: false },
  config: parseRunConfig(tinyConfig(1_000_000))
})
/** Everything a port hears, in order. */
function hear(port: { onMessage(listener: (message: unknown) => void): void }): unknown[] {
  const heard: unknown[] = []
  port.onMessage((message) => heard.push(message))
  return heard
}

describe('a forked trainer', () => {
  it('gets the job, answers, and is gone when killed', async () => {
    const wanted = job()
    const { port, exited, kill } = forkFake()(wanted)
    const heard = hear(port)
    await until(() => heard.length > 0)
    expect(heard[0]).toMatchObject({ type: 'event', event: { seq: 1, type: 'started' } })
    expect(existsSync(wanted.folder + '/stderr.log')).toBe(true)
    kill()
    expect(await exited).toEqual({ error: '', signal: 'SIGKILL' })
  })
})

describe('a trainer of the shell', () => {
  it('can be asked for a probe instead of a run', async () => {
    const asked: ToShell[] = []
    const trainers = shellTrainers((message) => asked.push(message))
    const { port, exited, kill } = trainers.probe('native')
    const [{ id }] = asked as [{ type: 'startTrainer'; id: string }]
    const [ours, theirs] = memoryPair()
    const received = hear(theirs)
    const heard = hear(port)
    trainers.connected(id, ours)
    theirs.post({ type: 'refused' })
    await turn()
    expect(received).toEqual([{ type: 'probe', engine: 'native' }])
    expect(heard).toEqual([{ type: 'refused' }])
    kill()
    expect(asked.at(-1)).toEqual({ type: 'killTrainer', id })
    trainers.exited(id, 'its last words')
    expect(await exited).toEqual({ error: 'its last words' })
  })

  it('is asked for, and its port takes what was said before it came', async () => {
    const asked: ToShell[] = []
    const trainers = shellTrainers((message) => asked.push(message))
    const wanted = job()
    const first = trainers.start(wanted)
    const second = trainers.start(wanted)
    const [one, two] = asked as { type: 'startTrainer'; id: string }[]
    expect(asked.map((message) => message.type)).toEqual(['startTrainer', 'startTrainer'])
    // The same run may be started again before its first process is forgotten.
    expect(one!.id).not.toBe(two!.id)

    const heard = hear(first.port)
    first.port.post({ type: 'command', command: { type: 'pause' } })
    const [ours, theirs] = memoryPair()
    const received = hear(theirs)
    trainers.connected(one!.id, ours)
    first.port.post({ type: 'command', command: { type: 'stop' } })
    theirs.post('progress')
    await turn()
    expect(received).toEqual([
      { type: 'job', job: wanted },
      { type: 'command', command: { type: 'pause' } },
      { type: 'command', command: { type: 'stop' } }
    ])
    expect(heard).toEqual(['progress'])

    second.kill()
    expect(asked.at(-1)).toEqual({ type: 'killTrainer', id: two!.id })
    trainers.exited(two!.id, 'last words')
    expect(await second.exited).toEqual({ error: 'last words' })
    trainers.exited(one!.id, '')
    expect(await first.exited).toEqual({ error: '' })
  })
})

describe('a trainer within this process', () => {
  it('ends when its function does, with the error it throws', async () => {
    const { port, exited } = inProcessTrainer(async (theirs) => {
      const received = hear(theirs)
      await until(() => received.length > 0)
      theirs.post(received[0])
      await turn()
      throw new Error('broken')
    })(job())
    const heard = hear(port)
    expect(await exited).toEqual({ error: 'broken' })
    expect(heard).toMatchObject([{ type: 'job', job: { runId: 'a' } }])
  })

  it('ends when it is killed', async () => {
    const { exited, kill } = inProcessTrainer(() => new Promise(() => undefined))(job())
    kill()
    expect(await exited).toEqual({ error: '' })
  })
})
