/** Whole runs in half precision: what is recorded, how far they are from single precision, and that they resume exactly. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseRunConfig } from '@shared/config-input'
import type { Job, TrainerEvent } from '@shared/events'
import { measureCheckpoint } from '../../../src/main/inspect/measures'
import { unhurried } from '../../../src/main/inspect/pace'
import { createInbox } from '../../../src/main/trainer/inbox'
import { startRunEngine } from '../../../src/main/trainer/run-engine'
import { train } from '../../../src/main/trainer/train'
import { trainable } from '../../support/engines'

const native = trainable.find(({ name }) => name === 'native')!
/** Of the runs that are looked at closely. */
const steps = 30

/** Trains in a folder of its own, or goes on in one; gives back the lines and the last weights. */
async function run(
  precision: string,
  home = mkdtempSync(join(tmpdir(), 'grokscope-half-')),
  model: object = { family: 'gpt2', nLayer: 2, dModel: 16, nHead: 2 },
  length = steps
) {
  const config = parseRunConfig({
    dataset: { kind: 'comparison', entities: 20, attributes: 2, values: 4, phi: 3, probes: 30 },
    model,
    optimizer: { lr: 3e-3, warmup: 5 },
    ...{ batchSize: 32, budget: { steps: length }, engine: { precision } },
    evaluation: { every: 10, perDecade: 0, lossEvery: 1 },
    checkpoints: { every: 10 },
    seed: 7
  })
  const resume = { resume: true, type: 'train', runId: 'test', engine: 'native' } as const
  const job: Job = { ...resume, folder: home, config }
  const trials = { folder: home, ask: () => Promise.reject(new Error('no trial')), now: Date.now }
  await train(job, {
    startEngine: (flops) => startRunEngine(job, flops, trials, {}),
    inbox: createInbox(),
    measure: (...given) => measureCheckpoint(...given, unhurried),
    now: () => performance.now(),
    clock: () => performance.now(),
    emit: () => undefined
  })
  const events = readFileSync(join(home, 'events.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as TrainerEvent)
  const weights = ['model.safetensors', 'optimizer.safetensors'].map((file) =>
    readFileSync(
      join(home, 'checkpoints', `step-${String(length).padStart(9, '0')}`, file)
    ).toString('base64')
  )
  return { home, events, weights }
}

function series(events: readonly TrainerEvent[], name: string): (number | null)[] {
  return events.flatMap((event) => {
    const value = event.type === 'metrics' ? event.values[name] : undefined
    return value === undefined ? [] : [value]
  })
}

describe.skipIf(native.skip)(`runs in half precision ${native.skip ?? ''}`, () => {
  it.each([
    ['amp-bf16', 0.02],
    ['amp-fp16', 0.005]
  ])('%s learns as single precision does, and is labelled', async (precision, tolerance) => {
    const [half, whole] = [await run(precision), await run('fp32')]
    const started = half.events.find((event) => event.type === 'started')
    expect(started).toMatchObject({ engine: { precision, xla: false } })
    expect(started?.type === 'started' && started.engine.detail).toContain(precision)
    const [a, b] = [series(half.events, 'batchLoss'), series(whole.events, 'batchLoss')]
    expect(a).toHaveLength(steps)
    a.forEach((loss, i) => expect(Math.abs(loss! - b[i]!)).toBeLessThan(tolerance * b[i]!))
    expect(a).not.toEqual(b)
    // Gradients are unscaled before anybody sees them.
    const norm = series(half.events, 'gradNorm')
    series(whole.events, 'gradNorm').forEach((g, i) =>
      expect(Math.abs(norm[i]! - g!)).toBeLessThan(0.1 * g!)
    )
    const scales = series(half.events, 'lossScale')
    expect(scales).toEqual(precision === 'amp-fp16' ? [65536, 65536, 65536, 65536] : [])
  })

  it.each([
    { family: 'llama', nLayer: 1, dModel: 16, nHead: 2 },
    { family: 'rwkv', nLayer: 1, dModel: 16 },
    { family: 'mamba', nLayer: 1, dModel: 16, dState: 4 },
    { family: 'transformer1', nLayer: 1, dModel: 16, nHead: 2 }
  ])('trains %j with products in fp16', async (model) => {
    const half = await run('amp-fp16', undefined, model, 5)
    const whole = await run('fp32', undefined, model, 5)
    const [a, b] = [series(half.events, 'batchLoss'), series(whole.events, 'batchLoss')]
    expect(a).toHaveLength(5)
    a.forEach((loss, i) => expect(Math.abs(loss! - b[i]!)).toBeLessThan(0.005 * b[i]!))
    expect(a).not.toEqual(b)
    expect(series(half.events, 'gradNorm')).not.toContain(null)
  })

  it.each(['amp-bf16', 'amp-fp16'])('%s resumes to the bit', async (precision) => {
    const undisturbed = await run(precision)
    const cut = mkdtempSync(join(tmpdir(), 'grokscope-half-'))
    cpSync(undisturbed.home, cut, { recursive: true })
    for (const step of [20, 30]) {
      rmSync(join(cut, 'checkpoints', `step-0000000${step}`), { recursive: true })
    }
    const resumed = await run(precision, cut)
    expect(resumed.events.some((e) => e.type === 'started' && e.resumedFrom === 10)).toBe(true)
    expect(resumed.weights).toEqual(undisturbed.weights)
  })
})
