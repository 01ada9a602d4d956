import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { parseRunConfig } from '@shared/config-input'
import type { Job } from '@shared/events'
import { startRunEngine } from '../../../src/main/trainer/run-engine'
import { openRunFolder } from '../../../src/main/trainer/run-folder'
import { findOneDnn } from '../../../src/main/trainer/trial'
import type { Trial, TrialAnswer } from '../../../src/main/trainer/trial'
import { trainable } from '../../support/engines'

const native = trainable.find(({ name }) => name === 'native')!
const config = parseRunConfig({
  dataset: { kind: 'modular', modulus: 7 },
  model: { family: 'transformer1', dModel: 8, nHead: 2 }
})
const now = (): number => Date.UTC(2026, 10, 24)

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'grokscope-trials-'))
})

/** A host whose processes take so long a step, without and with oneDNN. */
function host(without: number, withIt: number, gpu = false) {
  const asked: Trial[] = []
  const ask = (trial: Trial): Promise<TrialAnswer> => {
    asked.push(trial)
    return Promise.resolve({ type: 'timed', cpuMs: trial.oneDnn ? withIt : without, gpu })
  }
  return { asked, host: { folder: join(folder, 'trials'), ask, now } }
}

describe('trials of oneDNN', () => {
  it.each([
    [10, 9, true],
    [10, 9.8, false],
    [9, 10, false]
  ])('%d ms without, %d with: %s', async (without, withIt, oneDnn) => {
    const { host: given, asked } = host(without, withIt)
    const cpuMs = { with: withIt, without }
    expect(await findOneDnn(config, 2, given)).toEqual({ oneDnn, cpuMs, date: '2026-11-24' })
    expect(asked.map((trial) => [trial.oneDnn, trial.threads])).toEqual([
      [false, 2],
      [true, 2]
    ])
  })

  it('tries a kind of step once, and the first finding stays', async () => {
    const first = await findOneDnn(config, 2, host(10, 5).host)
    const { host: later, asked } = host(5, 10)
    const again = parseRunConfig({ ...config, seed: 8, budget: { steps: 9 } })
    expect(await findOneDnn(again, 2, later)).toEqual(first)
    expect(asked).toEqual([])
    await findOneDnn(config, 1, later)
    await findOneDnn({ ...config, batchSize: 7 }, 2, later)
    expect(asked).toHaveLength(4)
  })

  it('keeps to what another process found meanwhile', async () => {
    const slow = host(10, 5)
    const racing = {
      ...slow.host,
      ask: async (trial: Trial) => {
        if (trial.oneDnn) await findOneDnn(config, 2, host(5, 10).host)
        return slow.host.ask(trial)
      }
    }
    expect(await findOneDnn(config, 2, racing)).toMatchObject({ oneDnn: false })
  })

  it('tries again where its memory is damaged, and does without one', async () => {
    await findOneDnn(config, 2, host(10, 5).host)
    const [file] = readdirSync(join(folder, 'trials'))
    writeFileSync(join(folder, 'trials', file!), '{"oneDnn":')
    expect(await findOneDnn(config, 2, host(5, 10).host)).toMatchObject({ oneDnn: false })
  })

  it('says what failed, and has nothing to say on a GPU', async () => {
    const ask = (): Promise<TrialAnswer> => Promise.resolve({ type: 'failed', message: 'no addon' })
    expect(await findOneDnn(config, 2, { folder, ask, now })).toEqual({ failed: 'no addon' })
    expect(await findOneDnn(config, 2, host(1, 1, true).host)).toBeNull()
  })
})

describe.skipIf(native.skip)(`the engine of a run ${native.skip ?? ''}`, () => {
  const job = (engine: object, rest: Partial<Job> = {}): Job => ({
    ...{ type: 'train', runId: 'test', folder, engine: 'native', resume: false },
    config: parseRunConfig({ ...config, engine }),
    ...rest
  })
  const long = 1e15

  it('is tried where the run is long, and says what was found', async () => {
    const { host: given, asked } = host(5, 10)
    const info = await startRunEngine(job({}), long, given, {})
    expect(asked).toHaveLength(2)
    expect(info).toMatchObject({ name: 'native', precision: 'fp32', xla: false, oneDnn: false })
    expect(info.chosen).toBe(
      'oneDNN off: a step took 10 ms with it, 5 ms without (processor time, trial of 2026-11-24)'
    )
    expect(info).not.toHaveProperty('tf')
  })

  it('is not tried where the run is short, the user has decided, or nothing is recorded', async () => {
    const { host: given, asked } = host(5, 10)
    const short = await startRunEngine(job({}), 1e9, given, {})
    expect(short.chosen).toBe('oneDNN off: the run is too short for a trial')
    const environment = { TF_ENABLE_ONEDNN_OPTS: '0' }
    const byHand = await startRunEngine(job({}), long, given, environment)
    expect(byHand).not.toHaveProperty('chosen')
    const fixed = await startRunEngine(job({ oneDnn: 'off' }), long, given, {})
    expect(fixed).not.toHaveProperty('chosen')
    await startRunEngine(job({}, { engine: 'eager' }), long, given, {})
    expect(asked).toEqual([])
  })

  it('stays what it was when the run is resumed', async () => {
    const events = openRunFolder(folder, now)
    const before = { name: 'native', version: '2.21.0', detail: 'x', oneDnn: true } as const
    events.append({
      ...{ type: 'started', step: 0, steps: 9, stepsPerEpoch: 1, parameterCount: 1 },
      ...{ datasetHash: '', engine: { ...before, threads: 1, chosen: 'oneDNN on: tried' } }
    })
    events.close()
    const { host: given, asked } = host(5, 10)
    const environment: NodeJS.ProcessEnv = {}
    const info = await startRunEngine(job({}, { resume: true }), long, given, environment)
    expect(asked).toEqual([])
    expect(environment['TF_ENABLE_ONEDNN_OPTS']).toBe('1')
    expect(info).toMatchObject({ oneDnn: true, threads: 1, chosen: 'oneDNN on: tried' })
  })

  it('is told of XLA, bf16 and threads before the library loads', async () => {
    const environment: NodeJS.ProcessEnv = { TF_XLA_FLAGS: '--tf_xla_max_cluster_size=9' }
    const options = { precision: 'amp-bf16', xla: 'on', threads: 3 }
    const info = await startRunEngine(job(options), long, host(1, 1).host, environment)
    expect(environment).toMatchObject({
      TF_XLA_FLAGS: '--tf_xla_max_cluster_size=9 --tf_xla_enable_lazy_compilation=false',
      TF_ENABLE_ONEDNN_OPTS: '1',
      TF_NUM_INTRAOP_THREADS: '3'
    })
    expect(info).toMatchObject({ precision: 'amp-bf16', xla: true, threads: 3 })
    expect(info.detail).toMatch(/oneDNN, amp-bf16, XLA$/)
  })

  it('refuses before anything loads what an engine cannot do', async () => {
    const wanted = job({ precision: 'amp-bf16' }, { engine: 'wasm' })
    await expect(startRunEngine(wanted, long, host(1, 1).host, {})).rejects.toThrow(
      expect.objectContaining({ code: 'engine.option' })
    )
  })
})
