import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  listCheckpoints,
  newestCheckpoint,
  keepRingState,
  pruneCheckpoints,
  readCheckpoint,
  stateOf,
  treeOf,
  writeCheckpoint,
  type CheckpointContent
} from '../../../src/main/trainer/checkpoint'
import type { HostArray, Tree } from '../../../src/main/models/params'
import { readSafetensors } from '../../../src/main/trainer/safetensors'

let folder: string
const at = (step: number, file: string): string =>
  path.join(folder, 'checkpoints', `step-${String(step).padStart(9, '0')}`, file)

function content(step: number): CheckpointContent {
  const array = (start: number) => ({
    shape: [2, 2],
    values: Float32Array.from([start, 0.1, -0, 1e-40])
  })
  return {
    step,
    evaluatedAt: step - 1,
    weights: new Map([['a.weight', array(step)]]),
    state: {
      first: new Map([['a.weight', array(step + 0.5)]]),
      second: new Map([['a.weight', array(step + 0.25)]]),
      slow: new Map([['a.weight', array(step + 0.125)]])
    },
    hfConfig: { model_type: 'gpt2' }
  }
}

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'grokscope-checkpoint-'))
})

describe('checkpoints', () => {
  it('come back bit for bit', () => {
    expect(writeCheckpoint(folder, content(7), 0)).toBe('step-000000007')
    expect(readCheckpoint(folder, 7)).toEqual(content(7))
    expect(Object.is(readCheckpoint(folder, 7)!.weights.get('a.weight')!.values[2], -0)).toBe(true)
  })

  it('of an optimizer with its moments alone, as the first version wrote them, are read', () => {
    const { first, second } = content(7).state
    writeCheckpoint(folder, { ...content(7), state: { first: first!, second: second! } }, 0)
    const stored = readSafetensors(fs.readFileSync(at(7, 'optimizer.safetensors')), 'it').tensors
    expect([...stored.keys()].sort()).toEqual(['first.a.weight', 'second.a.weight'])
    const shapes = { a: { weight: { shape: [2, 2] } } }
    const { state } = readCheckpoint(folder, 7)!
    const trees = stateOf<Record<string, Tree<HostArray>>>({ first: shapes, second: shapes }, state)
    expect(trees['second']).toEqual({ a: { weight: second!.get('a.weight') } })
    expect(() => stateOf({ slow: shapes }, state)).toThrow(/a\.weight with shape \[none\]/)
  })

  it('leave nothing but whole folders behind', () => {
    writeCheckpoint(folder, content(7), 0)
    expect(fs.readdirSync(path.join(folder, 'checkpoints'))).toEqual(['step-000000007'])
    expect(fs.readdirSync(at(7, '.')).sort()).toEqual([
      'config.json',
      'manifest.json',
      'model.safetensors',
      'optimizer.safetensors'
    ])
  })

  it('a write that was cut off is neither listed nor in the way', () => {
    fs.mkdirSync(path.join(folder, 'checkpoints', '.step-000000009.part'), { recursive: true })
    expect(listCheckpoints(folder)).toEqual([])
    writeCheckpoint(folder, content(9), 0)
    expect(newestCheckpoint(folder)?.step).toBe(9)
  })

  it('passes over a damaged one to the next older', () => {
    for (const step of [1, 2, 3, 4]) writeCheckpoint(folder, content(step), 0)
    fs.rmSync(at(4, 'manifest.json'))
    const bytes = fs.readFileSync(at(3, 'model.safetensors'))
    bytes[bytes.length - 1]! ^= 1
    fs.writeFileSync(at(3, 'model.safetensors'), bytes)
    fs.truncateSync(at(2, 'optimizer.safetensors'), 10)
    expect(newestCheckpoint(folder)?.step).toBe(1)
    fs.rmSync(at(1, 'config.json'))
    expect(newestCheckpoint(folder)).toBeUndefined()
  })

  it('rewrites a damaged folder of the same step', () => {
    writeCheckpoint(folder, content(5), 0)
    fs.rmSync(at(5, 'manifest.json'))
    writeCheckpoint(folder, content(5), 0)
    expect(newestCheckpoint(folder)?.step).toBe(5)
  })

  it('prunes all but the newest', () => {
    for (const step of [1, 20, 300]) writeCheckpoint(folder, content(step), 0)
    expect(pruneCheckpoints(folder, { keep: 2, thin: 0 })).toEqual([1])
    expect(listCheckpoints(folder)).toEqual([20, 300])
  })

  it('never prunes a state of the ring that was kept, which stays whole', () => {
    for (const step of [5, 6, 7]) writeCheckpoint(folder, content(step), 0)
    writeCheckpoint(folder, content(4), 0, 'ring')
    keepRingState(folder, 4, 'accuracy moved.')
    expect(listCheckpoints(folder, 'ring')).toEqual([])
    expect(pruneCheckpoints(folder, { keep: 1, thin: 0 })).toEqual([5, 6])
    expect(listCheckpoints(folder)).toEqual([4, 7])
    expect(readCheckpoint(folder, 4)?.step).toBe(4)
    expect(fs.readFileSync(at(4, 'kept.txt'), 'utf8')).toBe('accuracy moved.\n')
  })

  it('says what happened where the disk refuses', () => {
    fs.writeFileSync(path.join(folder, 'checkpoints'), 'a file where a folder belongs')
    expect(() => writeCheckpoint(folder, content(5), 0)).toThrow(
      /checkpoint of step 5 could not be written to/
    )
  })

  it('refuses weights of another shape by name', () => {
    const shapes = { a: { weight: { shape: [2, 3] } } }
    expect(() => treeOf(shapes, content(1).weights)).toThrow(
      /a\.weight with shape \[2,2\].*\[2,3\]/
    )
    expect(() => treeOf({ b: { shape: [1] } }, content(1).weights)).toThrow(/b with shape \[none\]/)
  })
})
