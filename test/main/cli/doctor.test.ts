import { describe as suite, expect, test } from 'vitest'
import { Diagnosis } from '@shared/diagnosis'
import { describe } from '../../../src/main/cli/doctor'
import { fakeTrainerEntry, temporaryFolder } from '../../support/library'
import { recordedHost, runWords } from '../../support/cli'
import { fakeDiagnosis } from '../../support/diagnoses'
import { gpuMachine, machine } from '../../support/machines'

suite('what the doctor prints', () => {
  test('is facts, verdict, findings and the next step', () => {
    const text = describe(fakeDiagnosis(machine()))
    expect(text).toMatch(/^Engine native +TensorFlow 2\.21\.0, 8 CPU cores, 310 GFLOP\/s$/m)
    expect(text).toMatch(/^Library .*takes 900 MiB\/s, 200 GiB free, SQLite 3\.54\.1$/m)
    expect(text).toMatch(/^CPU only, because /m)
    expect(text).toMatch(/^note: There is no NVIDIA card/m)
    expect(text).toMatch(/^Next: Start a first run/m)
  })

  test('names each card, and libraries that are missing', () => {
    const seen = gpuMachine()
    const whole = describe(fakeDiagnosis(seen))
    expect(whole).toContain('NVIDIA H200, 143771 MiB, driver 570.86.15, compute capability 9.0')
    expect(whole).toContain('all 7 found')
    const libraries = seen.libraries.map((library, i) => (i ? library : { ...library, path: null }))
    expect(describe(fakeDiagnosis({ ...seen, libraries }))).toContain('missing: libcudart.so.12')
  })
})

suite('grokscope doctor', () => {
  const paths = { ...recordedHost('/').paths, trainer: fakeTrainerEntry }

  test('prints the diagnosis as JSON, and exits with 1 where nothing can be trained', async () => {
    const { code, stdout, stderr } = await runWords(['doctor', '--json'], temporaryFolder(), {
      paths
    })
    const told = Diagnosis.parse(JSON.parse(stdout))
    expect([code, stderr, told.ok]).toEqual([1, '', false])
    // The keys that scripts have relied on since the first version.
    expect(Object.keys(told)).toEqual(
      expect.arrayContaining([
        ...['version', 'platform', 'node', 'cpu', 'memory', 'gpus', 'engines', 'library'],
        ...['verdict', 'next', 'ok', 'findings', 'gpu']
      ])
    )
    expect(told.library.sqlite).toMatch(/^3\./)
  })

  test('keeps its progress off a pipe and shows it on a terminal', async () => {
    const { stdout, stderr } = await runWords(['doctor'], temporaryFolder(), {
      ...{ paths, isTerminal: true }
    })
    expect(stdout).toContain('Nothing can be trained')
    expect(stderr).toContain('looking at the native engine')
  })
})
