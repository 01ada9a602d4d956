/** A run's own event files, across an interruption, as TensorBoard itself reads them. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parseRunConfig } from '@shared/config-input'
import { TrainerEvent, type Job } from '@shared/events'
import { measureCheckpoint } from '../../../src/main/inspect/measures'
import { unhurried } from '../../../src/main/inspect/pace'
import { startEngine } from '../../../src/main/trainer/backend'
import { createInbox } from '../../../src/main/trainer/inbox'
import { train } from '../../../src/main/trainer/train'
import { askPython, skipPython } from '../../support/python'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'grokscope-board-'))
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

const config = parseRunConfig({
  dataset: { kind: 'modular', modulus: 7 },
  model: { family: 'transformer1', dModel: 8, nHead: 2 },
  budget: { steps: 30 },
  evaluation: { every: 10, perDecade: 2, tensorboard: true },
  checkpoints: { every: 10 }
})

/** Trains in the folder until the budget's end, or until something was measured at a step. */
async function trainOn(until: number, resume: boolean): Promise<void> {
  const inbox = createInbox()
  const order = { runId: 'board', folder, config, engine: 'wasm', resume } as const
  await train({ type: 'train', ...order } satisfies Job, {
    startEngine: () => startEngine('wasm'),
    inbox,
    measure: (...given) => measureCheckpoint(...given, unhurried),
    now: Date.now,
    clock: () => performance.now(),
    emit(message) {
      const isThere = message.type === 'event' && message.event.step === until
      if (isThere) inbox.put({ type: 'interrupt', reason: 'The test goes on later.' })
    }
  })
}

describe.skipIf(skipPython)(`a run's event files in TensorBoard ${skipPython ?? ''}`, () => {
  it('are its curves, those of the resumed part in place of what it took back', async () => {
    await trainOn(20, false)
    // What was measured beyond the checkpoint that the run goes on from.
    fs.rmSync(
      path.join(
        folder,
        'checkpoints',
        fs.readdirSync(path.join(folder, 'checkpoints')).sort().at(-1)!
      ),
      {
        recursive: true
      }
    )
    await trainOn(Infinity, true)

    const lines = fs.readFileSync(path.join(folder, 'events.jsonl'), 'utf8').trimEnd().split('\n')
    const told = new Map<string, Map<number, number | null>>()
    let began = 0
    for (const line of lines) {
      const event = TrainerEvent.parse(JSON.parse(line))
      if (event.type === 'started' && event.resumedFrom !== undefined) began = event.resumedFrom
      if (event.type !== 'metrics') continue
      for (const [name, value] of Object.entries(event.values)) {
        if (!told.has(name)) told.set(name, new Map())
        told.get(name)!.set(event.step, value === null ? null : Math.fround(value))
      }
    }
    expect(began).toBe(10)
    const board = path.join(folder, 'tensorboard')
    expect(fs.readdirSync(board)).toHaveLength(2)
    const [read] = askPython('tensorboard_files.py', [{ read: board }]) as [
      Record<string, [step: number, at: number, value: number | null][]>
    ]
    const seen = Object.entries(read).map(
      ([name, points]) => [name, new Map(points.map(([step, , value]) => [step, value]))] as const
    )
    expect(new Map(seen)).toEqual(told)
  }, 180_000)
})
