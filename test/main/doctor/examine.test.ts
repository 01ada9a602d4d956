import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Diagnosis } from '@shared/diagnosis'
import { examine, type Examination } from '../../../src/main/doctor/index'
import { fileURLToPath } from 'node:url'
import { forkProbe } from '../../../src/main/server/runners'
import { temporaryFolder } from '../../support/library'

const entry = fileURLToPath(new URL('../../support/fake-probe.mjs', import.meta.url))
const patient = (change: Partial<Examination> = {}): Examination => ({
  ...{ version: '1.2.3', library: temporaryFolder(), busy: null, now: Date.now },
  sqlite: () => Promise.resolve('3.54.1'),
  startProbe: forkProbe(entry, { env: { ...process.env, FAKE_PROBE: 'works' } }),
  ...change
})

describe('an examination of this very machine', () => {
  test('is a whole diagnosis, and leaves the library as it was', async () => {
    const asked = patient()
    const stages: string[] = []
    const told = await examine({ ...asked, onStage: (stage) => stages.push(stage) })
    expect(Diagnosis.parse(told)).toEqual(told)
    expect(told.engines.map(({ name, gflops }) => [name, gflops])).toEqual([
      ['native', 7],
      ['wasm', 7],
      ['cpu', 7]
    ])
    expect(told.library.writeBytesPerSecond).toBeGreaterThan(0)
    expect(readdirSync(asked.library)).toEqual([])
    expect(stages).toHaveLength(2)
  })

  test('ends although every engine hangs', async () => {
    // A clock four times too fast: what is left for the native engine is then its least, a second.
    const from = Date.now()
    const now = (): number => from + 4 * (Date.now() - from)
    const startProbe = forkProbe(entry, { env: { ...process.env, FAKE_PROBE: 'hangs' } })
    const told = await examine(patient({ startProbe, now }))
    expect(told).toMatchObject({ ok: false, trainsOn: 'nothing' })
    expect(told.engines.map(({ reason }) => reason)).toEqual(
      Array.from({ length: 3 }, () => 'it did not answer in time')
    )
  })

  test('says so where SQLite cannot be loaded', async () => {
    const sqlite = (): Promise<string> => Promise.reject(new Error('no such module\nat line 1'))
    const told = await examine(patient({ sqlite }))
    expect(told).toMatchObject({
      ...{ ok: false, library: { sqlite: null } },
      verdict: 'The history cannot be opened: SQLite cannot be used: no such module.'
    })
  })
})
