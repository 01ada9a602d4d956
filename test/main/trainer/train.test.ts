import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parseRunConfig } from '@shared/config-input'
import type { Job, TrainerCommand, TrainerEvent, TrainerMessage } from '@shared/events'
import { UserError } from '@shared/errors'
import { stepCost } from '@shared/model-cost'
import { datasetShape } from '../../../src/main/datasets/index'
import { measureCheckpoint } from '../../../src/main/inspect/measures'
import { unhurried } from '../../../src/main/inspect/pace'
import { startEngine } from '../../../src/main/trainer/backend'
import {
  checkpointName,
  listCheckpoints,
  readCheckpoint
} from '../../../src/main/trainer/checkpoint'
import { readEventFiles } from '../../../src/main/tensorboard/reader'
import { createInbox } from '../../../src/main/trainer/inbox'
import { train } from '../../../src/main/trainer/train'
import { trainable } from '../../support/engines'

const config = parseRunConfig({
  dataset: { kind: 'comparison', entities: 20, attributes: 2, values: 4, phi: 3, probes: 30 },
  model: { family: 'gpt2', nLayer: 2, dModel: 16, nHead: 2 },
  optimizer: { lr: 3e-3, warmup: 5 },
  batchSize: 32,
  budget: { steps: 40 },
  evaluation: { every: 10, perDecade: 3 },
  checkpoints: { every: 10 },
  seed: 7
})

let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'grokscope-train-'))
})

interface Options {
  in?: string
  resume?: boolean
  /** Steps that it is extended to. */
  steps?: number
  fork?: Job['fork']
  wanted?: Job['engine']
  change?: Partial<Job['config']>
  /** Asked after each message; what it returns is sent as a command. */
  react?: (message: TrainerMessage) => TrainerCommand | undefined
}

/** Trains in a folder and gives back all lines of its event file. */
async function run(options: Options = {}): Promise<TrainerEvent[]> {
  const inbox = createInbox()
  const home = options.in ?? folder
  await train(
    {
      type: 'train',
      runId: 'test',
      folder: home,
      config: { ...config, ...options.change },
      engine: options.wanted ?? 'auto',
      resume: options.resume ?? false,
      steps: options.steps ?? null,
      fork: options.fork ?? null
    },
    {
      startEngine: () => Promise.resolve(engine),
      inbox,
      measure: (...given) => measureCheckpoint(...given, unhurried),
      now: () => performance.now(),
      clock: () => performance.now(),
      emit(message) {
        const command = options.react?.(message)
        if (command) inbox.put(command)
      }
    }
  )
  return readEvents(home)
}

function readEvents(home: string): TrainerEvent[] {
  const lines = fs.readFileSync(path.join(home, 'events.jsonl'), 'utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as TrainerEvent)
}

/** What was measured, by step and name; a later line replaces an earlier one, as in the history. */
function measured(events: TrainerEvent[]): Map<string, number | null> {
  const values = new Map<string, number | null>()
  for (const event of events) {
    if (event.type !== 'metrics') continue
    for (const [name, value] of Object.entries(event.values)) {
      values.set(`${event.step} ${name}`, value)
    }
  }
  return values
}

/** A run folder that holds what a server puts there for a fork of `folder`: a copy of one checkpoint. */
function forkOf(step: number): string {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'grokscope-fork-'))
  const name = path.join('checkpoints', checkpointName(step))
  fs.cpSync(path.join(folder, name), path.join(home, name), { recursive: true })
  return home
}

const finalWeights = (home: string): string =>
  ['model.safetensors', 'optimizer.safetensors']
    .map((file) =>
      fs.readFileSync(path.join(home, 'checkpoints', 'step-000000040', file)).toString('base64')
    )
    .join()

const is = (message: TrainerMessage, type: TrainerEvent['type'], step?: number): boolean =>
  message.type === 'event' &&
  message.event.type === type &&
  (step === undefined || message.event.step === step)

let engine: Awaited<ReturnType<typeof startEngine>>

describe.each(trainable)('train on $name', ({ name, skip }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    beforeAll(async () => {
      engine = await startEngine(name)
    })

    it('prunes as its schedule says, keeps the ring where the metric bends, and tells of both', async () => {
      const checkpoints = {
        ...config.checkpoints,
        ...{
          every: 10,
          keep: 1,
          thin: 1,
          ring: 2,
          ringEvery: 4,
          watch: 'loss/id_atomic',
          bend: 0.2
        }
      }
      const events = await run({ change: { checkpoints } })
      const told = new Set<number>()
      for (const event of events) {
        if (event.type !== 'checkpoint') continue
        told.add(event.step)
        for (const step of event.removed ?? []) told.delete(step)
      }
      const there = listCheckpoints(folder)
      expect([...told].sort((a, b) => a - b)).toEqual(there)
      // 10 is the first of its decade, 40 the newest; those between come from the ring.
      const ofRing = there.filter((step) => step % 10 !== 0)
      expect(there.filter((step) => step % 10 === 0)).toEqual([10, 40])
      expect(ofRing.length).toBeGreaterThan(1)
      expect(ofRing.every((step) => step % 4 === 0)).toBe(true)
    })

    it('an extended run is, bit for bit, one that was given all its steps at once', async () => {
      // 25 is no multiple of anything: the run has an evaluation and a checkpoint there that the other has not.
      const change = { budget: { ...config.budget, steps: 25 } }
      await run({ change })
      const extended = measured(await run({ change, resume: true, steps: 40 }))
      const weights = finalWeights(folder)
      const whole = fs.mkdtempSync(path.join(os.tmpdir(), 'grokscope-whole-'))
      const straight = measured(await run({ in: whole }))
      expect(finalWeights(whole)).toBe(weights)
      expect(straight.size).toBeGreaterThan(20)
      for (const [name, value] of straight)
        expect([name, extended.get(name)]).toEqual([name, value])
      const last = readEvents(folder)
      expect(last.filter(({ type }) => type === 'started')).toMatchObject([
        { steps: 25 },
        { steps: 40, resumedFrom: 25 }
      ])
      expect(last.at(-1)).toMatchObject({ type: 'ended', outcome: 'finished', step: 40 })
    })

    it('tells a whole run in numbered lines and learns', async () => {
      const events = await run()
      expect(events.map((e) => e.seq)).toEqual(events.map((_, i) => i + 1))
      expect(events[0]).toMatchObject({ type: 'started', step: 0, steps: 40, engine: { name } })
      expect(events[0]).toMatchObject({ cost: stepCost(config, datasetShape(config.dataset)) })
      expect(events.at(-1)).toMatchObject({ type: 'ended', outcome: 'finished', step: 40 })
      expect(listCheckpoints(folder)).toEqual([10, 20, 30, 40])

      const values = measured(events)
      const evaluated = [...values.keys()].filter((k) => k.endsWith(' accuracy/test_inferred_ood'))
      const steps = evaluated.map((k) => Number(k.split(' ')[0]))
      expect(steps).toEqual([0, 1, 2, 5, 10, 20, 22, 30, 40])
      const first = values.get('1 batchLoss')!
      // Before it has learned anything the model is close to uniform over the vocabulary.
      expect(first).toBeGreaterThan(0.9 * Math.log(20 + 2 + 4 + 6 + 6 + 1))
      expect(values.get('40 batchLoss')!).toBeLessThan(0.8 * first)
      expect(values.get('1 lr')).toBe(0)
      expect(values.get('40 lr')).toBe(3e-3)
    })

    it('gives the same numbers for the same seed and others for another', async () => {
      const again = fs.mkdtempSync(path.join(os.tmpdir(), 'grokscope-train-'))
      const other = fs.mkdtempSync(path.join(os.tmpdir(), 'grokscope-train-'))
      const values = measured(await run())
      expect(measured(await run({ in: again }))).toEqual(values)
      expect(measured(await run({ in: other, change: { seed: 8 } }))).not.toEqual(values)
    })

    it('agrees with itself run operation by operation', async () => {
      const other = fs.mkdtempSync(path.join(os.tmpdir(), 'grokscope-train-'))
      const values = measured(await run())
      const eager = measured(await run({ in: other, wanted: 'eager' }))
      expect([...eager.keys()]).toEqual([...values.keys()])
      for (const [key, value] of eager) {
        // One probe of 30 may tip over in an accuracy; losses and norms agree to rounding.
        const tolerance = key.includes('accuracy') ? 0.034 : 1e-4 * Math.abs(value!) + 1e-6
        expect(Math.abs(values.get(key)! - value!), key).toBeLessThanOrEqual(tolerance)
      }
    })

    it('forked with nothing changed is the parent, bit for bit, resumed or not', async () => {
      const parent = measured(await run())
      const home = forkOf(20)
      const fork = { run: 'parent', step: 20, moments: 'kept' } as const
      const stop = { type: 'interrupt', reason: 'the app was closed' } as const
      const events = await run({
        in: home,
        fork,
        react: (m) => (is(m, 'metrics', 30) ? stop : undefined)
      })
      expect(events[0]).toMatchObject({ type: 'started', step: 20 })
      expect(events[0]).not.toHaveProperty('resumedFrom')
      expect(events[1]).toMatchObject({ type: 'checkpoint', step: 20 })
      expect(events.at(-1)).toMatchObject({ type: 'ended', outcome: 'interrupted' })
      expect(events.at(-1)!.step).toBeLessThan(40)
      const forked = measured(await run({ in: home, fork, resume: true }))

      const later = [...parent].filter(([key]) => Number(key.split(' ')[0]) > 20)
      expect([...forked].filter(([key]) => !key.startsWith('20 '))).toEqual(later)
      // The step of the fork is evaluated again, so that its curves begin where they part.
      expect(forked.get('20 accuracy/train_inferred')).toBe(
        parent.get('20 accuracy/train_inferred')
      )
      expect(finalWeights(home)).toBe(finalWeights(folder))
    })

    it('forked with fresh moments corrects their bias from there on, resumed or not', async () => {
      await run({ change: { optimizer: { ...config.optimizer, weightDecay: 0 } } })
      const fork = { run: 'parent', step: 20, moments: 'reset' } as const
      const optimizer = { ...config.optimizer, weightDecay: 0, clipNorm: null, warmup: 0, lr: 1e-3 }
      const change = { optimizer, checkpoints: { ...config.checkpoints, every: 1 } }
      const home = forkOf(20)
      const stop = { type: 'stop' } as const
      const whole = measured(await run({ in: home, fork, change }))
      // The first update of Adam from zero moments moves every weight with a gradient by lr, whatever its size.
      const [before, after] = [20, 21].map((step) => readCheckpoint(home, step)!.weights)
      let moved = 0
      for (const [name, { values }] of after!) {
        const from = before!.get(name)!.values
        values.forEach((x, i) => (moved = Math.max(moved, Math.abs(x - from[i]!))))
      }
      expect(moved).toBeGreaterThan(0.99e-3)
      expect(moved).toBeLessThan(1.01e-3)

      const cut = forkOf(20)
      await run({ in: cut, fork, change, react: (m) => (is(m, 'metrics', 30) ? stop : undefined) })
      expect(measured(await run({ in: cut, fork, change, resume: true }))).toEqual(whole)
    })

    it('forked without its checkpoint says so', async () => {
      const fork = { run: 'parent', step: 20, moments: 'kept' } as const
      await expect(run({ fork })).rejects.toMatchObject({ code: 'fork.checkpoint' })
    })

    it('in another order of examples begins alike and goes another way', async () => {
      const values = measured(await run())
      const home = fs.mkdtempSync(path.join(os.tmpdir(), 'grokscope-train-'))
      const other = measured(await run({ in: home, change: { orderSeed: 8 } }))
      expect(other.get('0 loss/train_inferred')).toBe(values.get('0 loss/train_inferred'))
      expect(other.get('1 batchLoss')).not.toBe(values.get('1 batchLoss'))
    })

    it('resumed is the same as never interrupted, bit for bit', async () => {
      const straight = fs.mkdtempSync(path.join(os.tmpdir(), 'grokscope-train-'))
      const undisturbed = measured(await run({ in: straight }))

      const stop = { type: 'interrupt', reason: 'the app was closed' } as const
      const cut = await run({ react: (m) => (is(m, 'metrics', 22) ? stop : undefined) })
      expect(cut.at(-1)).toMatchObject({
        type: 'ended',
        outcome: 'interrupted',
        error: stop.reason
      })
      const at = cut.at(-1)!.step
      expect(at).toBeLessThan(40)
      expect(listCheckpoints(folder)).toContain(at)

      // As after a kill: the checkpoint of the last moment is not there, some steps are done twice.
      fs.rmSync(path.join(folder, 'checkpoints', `step-${String(at).padStart(9, '0')}`), {
        recursive: true
      })
      const events = await run({ resume: true })
      expect(events.find((e) => e.type === 'started' && e.resumedFrom === 20)).toBeTruthy()
      expect(measured(events)).toEqual(undisturbed)
      expect(finalWeights(folder)).toBe(finalWeights(straight))
    })

    it('pauses, checkpoints on demand, goes on and stops', async () => {
      const heard: string[] = []
      const events = await run({
        change: {
          budget: { ...config.budget, steps: 100000 },
          checkpoints: { ...config.checkpoints, every: 100000 }
        },
        react(message) {
          if (message.type === 'event') heard.push(message.event.type)
          if (is(message, 'metrics', 5)) return { type: 'pause' }
          if (is(message, 'paused')) return { type: 'checkpoint' }
          if (is(message, 'checkpoint') && heard.at(-2) === 'paused') return { type: 'resume' }
          if (is(message, 'resumed')) return { type: 'stop' }
          return undefined
        }
      })
      const paused = events.find((e) => e.type === 'paused')!
      expect(events.find((e) => e.type === 'checkpoint')!.step).toBe(paused.step)
      expect(events.find((e) => e.type === 'resumed')!.step).toBe(paused.step)
      expect(events.at(-1)).toMatchObject({ type: 'ended', outcome: 'stopped' })
      expect(events.at(-1)!.step).toBeLessThan(100000)
    })

    it('says that a run has diverged, and at which step', async () => {
      const change = { optimizer: { ...config.optimizer, lr: 1, weightDecay: 10, warmup: 0 } }
      const wild = {
        ...change,
        budget: { ...config.budget, steps: 4000 },
        evaluation: { ...config.evaluation }
      }
      wild.optimizer = { ...wild.optimizer, clipNorm: null, lr: 1, beta2: 0, eps: 1e-30 }
      await expect(run({ change: wild })).rejects.toThrow(/not a finite number/)
      expect(readEvents(folder).at(-1)).toMatchObject({
        type: 'ended',
        outcome: 'failed',
        error: expect.stringContaining('Lower optimizer.lr') as string
      })
    })

    it('keeps event files for TensorBoard where it is asked to, and goes on with them when resumed', async () => {
      const change = { evaluation: { ...config.evaluation, tensorboard: true } }
      const stop = (message: TrainerMessage): TrainerCommand | undefined =>
        is(message, 'metrics', 25) ? { type: 'interrupt', reason: 'test' } : undefined
      await run({ change, react: stop })
      const events = await run({ change, resume: true })
      const board = path.join(folder, 'tensorboard')
      expect(fs.readdirSync(board)).toHaveLength(2)
      const { steps, notes } = readEventFiles(board)
      const read = steps.flatMap(({ step, values }) =>
        [...values].map(([name, value]) => [`${step} ${name}`, value] as const)
      )
      const single = [...measured(events)].map(
        ([key, value]) => [key, value === null ? null : Math.fround(value)] as const
      )
      expect(new Map(read)).toEqual(new Map(single))
      expect(notes).toEqual([])
    })

    it('records numbers of inspect jobs at the start and at every checkpoint, of its very weights', async () => {
      const inspect = 'weights, logit-lens,causal-trace'
      const change = { checkpoints: { ...config.checkpoints, inspect, inspectRows: 9 } }
      const before = tf.memory().numTensors
      const events = await run({ change })
      expect(tf.memory().numTensors).toBe(before)
      const at = (name: string): number[] =>
        events.flatMap((event) =>
          event.type === 'metrics' && name in event.values ? [event.step] : []
        )
      expect(at('logit-lens/mrr/v1/layer-2')).toEqual([0, 10, 20, 30, 40])
      expect(at('causal-trace/strength/e1/layer-1')).toEqual([0, 10, 20, 30, 40])
      const values = measured(events)
      for (const step of [10, 40]) {
        const { weights } = readCheckpoint(folder, step)!
        const squares = [...weights.values()].flatMap(({ values }) => [...values].map((x) => x * x))
        const norm = Math.sqrt(squares.reduce((a, b) => a + b, 0))
        expect(values.get(`${step} weights/norm`)).toBeCloseTo(norm, 4)
      }
      const plain = await run({ in: fs.mkdtempSync(path.join(os.tmpdir(), 'grokscope-train-')) })
      for (const [name, value] of measured(plain)) expect(values.get(name)).toEqual(value)
    })

    it('makes up for what was cut off between a checkpoint and its numbers', async () => {
      const checkpoints = { ...config.checkpoints, inspect: 'weights' }
      const stop = (message: TrainerMessage): TrainerCommand | undefined =>
        is(message, 'metrics', 20) ? { type: 'interrupt', reason: 'test' } : undefined
      await run({ change: { checkpoints }, react: stop })
      const events = await run({ change: { checkpoints }, resume: true })
      const steps = events.flatMap((event) =>
        event.type === 'metrics' && 'weights/norm' in event.values ? [event.step] : []
      )
      expect(steps).toEqual([0, 10, 20, 30, 40])
    })

    it('fails with a way on where the event files cannot be written', async () => {
      fs.writeFileSync(path.join(folder, 'tensorboard'), 'a file is in the way')
      const change = { evaluation: { ...config.evaluation, tensorboard: true } }
      await expect(run({ change })).rejects.toThrow(UserError)
      expect(readEvents(folder).at(-1)).toMatchObject({
        ...{ type: 'ended', outcome: 'failed' },
        error: expect.stringContaining('No event file can be written to') as string
      })
    })

    it('holds the same number of tensors at every evaluation and none afterwards', async () => {
      const before = tf.memory().numTensors
      const during: number[] = []
      await run({
        react(message) {
          if (is(message, 'checkpoint')) during.push(tf.memory().numTensors)
          return undefined
        }
      })
      expect(during).toHaveLength(4)
      expect(new Set(during).size).toBe(1)
      expect(tf.memory().numTensors).toBe(before)
    })
  })
})
