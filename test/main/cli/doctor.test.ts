import { describe, expect, test } from 'vitest'
import { judge, type EngineReport, type Report } from '../../../src/main/cli/doctor'

const engine = (name: EngineReport['name'], change: Partial<EngineReport> = {}): EngineReport => ({
  name,
  ok: true,
  version: '2.21.0',
  detail: name === 'native' ? 'TensorFlow 2.21.0, 2 CPU cores' : 'WebAssembly',
  gflops: name === 'native' ? 100 : 20,
  reason: null,
  ...change
})
const broken = (name: EngineReport['name'], reason: string): EngineReport =>
  engine(name, { ok: false, version: null, detail: null, gflops: null, reason })

const findings = (change: Partial<Report> = {}): Parameters<typeof judge>[0] => ({
  engines: [engine('native'), engine('wasm')],
  gpus: [],
  library: {
    folder: '/lib',
    exists: true,
    writable: true,
    freeBytes: 1e9,
    sqlite: '3.54.1',
    reason: null
  },
  ...change
})

describe('the verdict', () => {
  test('of a whole machine', () => {
    expect(judge(findings())).toEqual({
      ok: true,
      verdict: 'Ready, on the native engine: TensorFlow 2.21.0, 2 CPU cores, 100 GFLOP/s.',
      next: 'Start a first run: grokscope train comparison-mini'
    })
  })

  test('names a GPU that lies idle, and not one that is used', () => {
    const gpus = [{ name: 'NVIDIA H200', memory: '143771 MiB', driver: '570' }]
    const idle = judge(
      findings({ gpus, engines: [engine('native', { build: 'cpu' }), engine('wasm')] })
    )
    expect(idle.verdict).toContain('NVIDIA H200 is idle')
    expect(idle.next).toContain('npm run engine -- --cuda')
    const used = judge(findings({ gpus, engines: [engine('native', { build: 'cuda' })] }))
    expect(used.verdict).toMatch(/^Ready, on/)
  })

  test('falls back to WebAssembly and says why', () => {
    const engines = [broken('native', 'it crashed (SIGILL)'), engine('wasm')]
    expect(judge(findings({ engines }))).toEqual({
      ok: true,
      verdict:
        'Usable but slow, on WebAssembly, 20 GFLOP/s: the native engine cannot be used (it crashed (SIGILL)).',
      next: 'Install the native engine: npm run engine'
    })
  })

  test('of no engine, and of no place to record, is a failure', () => {
    const engines = [broken('native', 'it is not installed.'), broken('wasm', 'gone')]
    expect(judge(findings({ engines }))).toMatchObject({
      ok: false,
      next: expect.stringContaining('npm ci')
    })
    const { library } = findings()
    const unwritable = judge(
      findings({ library: { ...library, reason: '/lib cannot be written' } })
    )
    expect(unwritable).toMatchObject({
      ok: false,
      verdict: 'Nothing can be recorded: /lib cannot be written.'
    })
    expect(unwritable.next).toContain('--runs')
    const noSqlite = judge(
      findings({ library: { ...library, sqlite: null, reason: 'SQLite cannot be used: x' } })
    )
    expect(noSqlite.next).toContain('npm ci')
  })
})
