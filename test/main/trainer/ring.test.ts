import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { RunConfig } from '@shared/config'
import { listCheckpoints, type CheckpointContent } from '../../../src/main/trainer/checkpoint'
import { openRing, watchedMetric } from '../../../src/main/trainer/ring'

let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'grokscope-ring-'))
})

const content = (step: number): CheckpointContent => ({
  step,
  evaluatedAt: step,
  weights: new Map([['w', { shape: [1], values: Float32Array.of(step) }]]),
  state: {},
  hfConfig: {}
})

describe('the ring of recent states', () => {
  it('holds the newest while nothing moves, and keeps them when the metric bends', () => {
    const ring = openRing(folder, { ring: 3, bend: 0.1 }, 'accuracy', [[0, 0.2]], 0)
    for (let step = 10; step <= 50; step += 10) {
      ring.add(content(step), 0)
      expect(ring.evaluated(step + 5, { accuracy: 0.2 + step / 1000 })).toEqual([])
    }
    expect(listCheckpoints(folder, 'ring')).toEqual([30, 40, 50])
    expect(ring.evaluated(60, { accuracy: 0.35 })).toEqual([30, 40, 50])
    expect(listCheckpoints(folder, 'ring')).toEqual([])
    expect(listCheckpoints(folder)).toEqual([30, 40, 50])
    // It goes on bending: what comes next is kept too.
    ring.add(content(70), 0)
    expect(ring.evaluated(75, { accuracy: 0.6 })).toEqual([70])
    ring.add(content(80), 0)
    expect(ring.evaluated(85, { accuracy: 0.61 })).toEqual([])
  })

  it('keeps them for a fall as for a rise, and for nothing that is no number', () => {
    const ring = openRing(folder, { ring: 2, bend: 0.1 }, 'loss', [[0, 1]], 0)
    ring.add(content(1), 0)
    expect(ring.evaluated(2, { loss: null })).toEqual([])
    expect(ring.evaluated(3, { loss: 0.5 })).toEqual([1])
  })

  it('forgets states past the point of resumption', () => {
    const before = openRing(folder, { ring: 5, bend: 0.1 }, 'loss', [], 0)
    for (const step of [10, 20, 30]) before.add(content(step), 0)
    openRing(folder, { ring: 5, bend: 0.1 }, 'loss', [], 20)
    expect(listCheckpoints(folder, 'ring')).toEqual([10, 20])
  })

  it('refuses to watch what is not evaluated, naming what is', () => {
    const ring = openRing(folder, { ring: 2, bend: 0.1 }, 'acuracy/test', [], 0)
    expect(() => ring.evaluated(0, { 'accuracy/test': 0 })).toThrow(/"acuracy\/test"/)
  })

  it('watches the OOD test unless told otherwise', () => {
    const { checkpoints } = RunConfig.parse({})
    expect(watchedMetric(checkpoints, 'comparison')).toBe('accuracy/test_inferred_ood')
    expect(watchedMetric(checkpoints, 'modular')).toBe('accuracy/test')
    expect(watchedMetric({ ...checkpoints, watch: 'weightNorm' }, 'modular')).toBe('weightNorm')
  })
})
