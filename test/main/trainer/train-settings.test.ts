/** Every setting of the optimizer, and dropout, in real runs: recorded equals eager, resumed equals never interrupted. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { RunConfig } from '@shared/config'
import { parseRunConfig } from '@shared/config-input'
import type { Job, TrainerEvent } from '@shared/events'
import { measureCheckpoint } from '../../../src/main/inspect/measures'
import { unhurried } from '../../../src/main/inspect/pace'
import { startEngine } from '../../../src/main/trainer/backend'
import { listCheckpoints, readCheckpoint } from '../../../src/main/trainer/checkpoint'
import { createInbox } from '../../../src/main/trainer/inbox'
import { train } from '../../../src/main/trainer/train'
import { trainable } from '../../support/engines'

const tiny = {
  dataset: { kind: 'comparison', entities: 20, attributes: 2, values: 4, phi: 3, probes: 30 },
  model: { family: 'gpt2', nLayer: 1, dModel: 8, nHead: 2 },
  batchSize: 32,
  evaluation: { every: 5, perDecade: 0, lossEvery: 1 },
  seed: 7
} as const
const optimizer = { lr: 3e-3, warmup: 3 }

/** Between them all settings of the optimizer, and the trees that its state then has; another model than the tiny one last. */
const settings: [string, object, string[], object?][] = [
  [
    'L2, cosine, EMA, a kept and scaled norm',
    {
      ...{ kind: 'adam', schedule: 'cosine', keepNorm: true, initScale: 2, decay: 'all' },
      grokfast: { filter: 'ema', alpha: 0.7 }
    },
    ['first', 'second', 'slow']
  ],
  [
    'linear fall, MA, decay by a list',
    {
      ...{ schedule: 'linear', lrFloor: 0.1, decay: 'list', decayList: 'wte, bias' },
      grokfast: { filter: 'ma', window: 3 }
    },
    ['first', 'queue', 'second']
  ],
  ['dropout', {}, ['first', 'second'], { ...tiny.model, dropout: 0.2 }],
  [
    'L2Wrap',
    { clipNorm: null },
    ['first', 'second'],
    { family: 'rwkv', nLayer: 1, dModel: 8, l2Wrap: true }
  ]
]

const newFolder = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'grokscope-settings-'))

let engine: Awaited<ReturnType<typeof startEngine>>

/** Trains in a folder to the end and gives back all lines of its event file. */
async function run(
  folder: string,
  config: RunConfig,
  over: Partial<Pick<Job, 'engine' | 'resume'>> = {}
): Promise<TrainerEvent[]> {
  await train(
    { type: 'train', runId: 'test', folder, config, engine: 'auto', resume: false, ...over },
    {
      startEngine: () => Promise.resolve(engine),
      inbox: createInbox(),
      measure: (...given) => measureCheckpoint(...given, unhurried),
      now: () => performance.now(),
      clock: () => performance.now(),
      emit: () => undefined
    }
  )
  const lines = fs.readFileSync(path.join(folder, 'events.jsonl'), 'utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as TrainerEvent)
}

/** A copy of a run folder as a kill would have left it after the checkpoint of `step`. */
function cutAfter(folder: string, step: number): string {
  const copy = newFolder()
  fs.cpSync(folder, copy, { recursive: true })
  for (const later of listCheckpoints(copy).filter((at) => at > step)) {
    const name = `step-${String(later).padStart(9, '0')}`
    fs.rmSync(path.join(copy, 'checkpoints', name), { recursive: true })
  }
  return copy
}

describe.each(trainable)('settings on $name', ({ name, skip }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    beforeAll(async () => {
      engine = await startEngine(name)
    })

    it.each(settings)(
      '%s: resumed to the bit, recorded as eager',
      async (_title, over, trees, model) => {
        const config = parseRunConfig({
          ...{ ...tiny, model: model ?? tiny.model },
          optimizer: { ...optimizer, ...over },
          ...{ budget: { steps: 14 }, checkpoints: { every: 7 } }
        })
        const straight = newFolder()
        await run(straight, config)
        const wanted = readCheckpoint(straight, 14)!
        expect(Object.keys(wanted.state).sort()).toEqual(trees)

        const resumed = cutAfter(straight, 7)
        const events = await run(resumed, config, { resume: true })
        expect(events.find((e) => e.type === 'started' && e.resumedFrom === 7)).toBeTruthy()
        expect(readCheckpoint(resumed, 14)).toEqual(wanted)

        const eager = newFolder()
        await run(eager, config, { engine: 'eager' })
        const others = readCheckpoint(eager, 14)!
        for (const [name, { values }] of wanted.weights) {
          const other = others.weights.get(name)!.values
          const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
          const error = values.reduce((most, x, i) => Math.max(most, Math.abs(x - other[i]!)), 0)
          expect(error, name).toBeLessThan(2e-4 * largest + 1e-6)
        }
      }
    )

    it('a run that stops early says why, and stops at the same step when it is resumed', async () => {
      const config = parseRunConfig({
        ...{ ...tiny, optimizer: { ...optimizer, lr: 0.02 } },
        budget: { steps: 400, stop: 'target', target: 0.3, tests: 'any' },
        checkpoints: { every: 10 }
      })
      const straight = newFolder()
      const ended = (await run(straight, config)).at(-1)!
      expect(ended).toMatchObject({ type: 'ended', outcome: 'finished' })
      expect(ended.type === 'ended' && ended.reason).toMatch(
        /^a test reached accuracy 0\.3 at step/
      )
      expect(ended.step).toBeLessThan(400)
      expect(ended.step % 5).toBe(0)
      expect(listCheckpoints(straight)).toContain(ended.step)

      // Cut between the evaluations that decide: what came before must be known again.
      const resumed = cutAfter(straight, Math.floor((ended.step - 1) / 10) * 10)
      const again = (await run(resumed, config, { resume: true })).at(-1)!
      expect(again).toMatchObject({ step: ended.step, outcome: 'finished' })
      expect(again.type === 'ended' && again.reason).toBe(ended.type === 'ended' && ended.reason)
    })

    it('an own list that names no parameter is refused with the names there are', async () => {
      const config = parseRunConfig({
        ...{ ...tiny, budget: { steps: 14 } },
        optimizer: { ...optimizer, decay: 'list', decayList: 'wtf' }
      })
      await expect(run(newFolder(), config)).rejects.toThrow(/"wtf", which is in the name of no/)
    })
  })
})
