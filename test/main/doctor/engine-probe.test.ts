import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { askEngine, type StartProbe } from '../../../src/main/doctor/engine-probe'
import { memoryPair } from '../../../src/main/ports'
import { forkProbe } from '../../../src/main/server/runners'

const entry = fileURLToPath(new URL('../../support/fake-probe.mjs', import.meta.url))
const forked = (behaviour: string): StartProbe =>
  forkProbe(entry, { env: { ...process.env, FAKE_PROBE: behaviour } })
const patientMs = 60_000

describe('an engine in a process of its own', () => {
  test('that works says how fast, and what its library said', async () => {
    expect(await askEngine(forked('works'), 'native', patientMs)).toMatchObject({
      ...{ name: 'native', ended: null, words: 'a note of its library\n' },
      answer: { type: 'works', name: 'native', gflops: 7 }
    })
  })

  test('that refuses says why', async () => {
    expect(await askEngine(forked('refuses'), 'wasm', patientMs)).toMatchObject({
      ...{ name: 'wasm', ended: null },
      answer: { type: 'refused', message: 'It is not installed.' }
    })
  })

  test('that crashes is known by the signal', async () => {
    expect(await askEngine(forked('crashes'), 'native', patientMs)).toMatchObject({
      ...{ answer: null, ended: 'silent', signal: 'SIGILL' }
    })
  })

  test('that ends in silence is known by its last words', async () => {
    expect(await askEngine(forked('ends'), 'native', patientMs)).toMatchObject({
      ...{ answer: null, ended: 'silent', words: 'a first line\nterminate called\n' }
    })
  })

  test('that hangs is given up and killed', async () => {
    let killed = Promise.resolve<unknown>(null)
    const start: StartProbe = (engine) => {
      const process = forked('hangs')(engine)
      killed = process.exited
      return process
    }
    expect(await askEngine(start, 'native', 1000)).toMatchObject({ answer: null, ended: 'hung' })
    expect(await killed).toMatchObject({ signal: 'SIGKILL' })
  })

  test('that cannot even be started is no error', async () => {
    const { answer, ended } = await askEngine(forkProbe('/no/such/entry.js'), 'native', patientMs)
    expect([answer, ended]).toEqual([null, 'silent'])
  })
})

test('an answer that is none is not believed', async () => {
  const [port, theirs] = memoryPair()
  theirs.post({ type: 'works', gflops: 'many' })
  const exited = new Promise<{ error: string }>((resolve) =>
    setTimeout(() => resolve({ error: '' }), 50)
  )
  const start: StartProbe = () => ({ port, exited, kill: () => undefined })
  expect(await askEngine(start, 'native', patientMs)).toMatchObject({ ended: 'silent' })
})
