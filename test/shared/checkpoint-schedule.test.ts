import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RunConfig } from '@shared/config'
import {
  checkpointSchedule,
  forecastCheckpoints,
  plannedCheckpoints,
  retainedCheckpoints
} from '@shared/checkpoint-schedule'

const configOf = (steps: number, checkpoints: object): RunConfig =>
  RunConfig.parse({ budget: { steps }, checkpoints })

const stepsOf = (config: RunConfig): number[] => {
  const { steps } = config.budget
  const { at } = checkpointSchedule(config.checkpoints, steps)
  return [...Array(steps + 1).keys()].filter(at)
}

const settings = fc.record({
  every: fc.integer({ min: 1, max: 90 }),
  perDecade: fc.integer({ min: 0, max: 12 }),
  denseUntil: fc.integer({ min: 0, max: 300 }),
  denseEvery: fc.integer({ min: 1, max: 40 }),
  keep: fc.option(fc.integer({ min: 1, max: 12 })),
  thin: fc.integer({ min: 0, max: 12 })
})

describe('the schedule of checkpoints', () => {
  it('is even, log-spaced, dense at first, and always has the last step', () => {
    expect(stepsOf(configOf(105, { every: 40 }))).toEqual([40, 80, 105])
    expect(stepsOf(configOf(100, { every: 1000, perDecade: 2 }))).toEqual([1, 3, 10, 32, 100])
    expect(stepsOf(configOf(65, { every: 30, denseUntil: 20, denseEvery: 6 }))).toEqual([
      6, 12, 18, 30, 60, 65
    ])
  })

  it("writes the reference's checkpoints: every 2,000 to 40,000, then every 50,000", () => {
    const config = configOf(200_000, { every: 50_000, denseUntil: 40_000, denseEvery: 2000 })
    const reference = [
      ...Array.from({ length: 20 }, (_, i) => 2000 * (i + 1)),
      ...[50_000, 100_000, 150_000, 200_000]
    ]
    expect(stepsOf(config)).toEqual(reference)
  })

  it('counts what falls on the steps so far', () => {
    fc.assert(
      fc.property(settings, fc.integer({ min: 1, max: 400 }), fc.nat(500), (given, steps, step) => {
        const config = configOf(steps, given)
        const { upTo } = checkpointSchedule(config.checkpoints, steps)
        expect(upTo(step)).toBe(stepsOf(config).filter((at) => at <= step).length)
      })
    )
  })
})

describe('what stays', () => {
  it('is everything, the newest, or the newest and some of each decade', () => {
    const steps = [1, 2, 5, 10, 20, 50, 100, 200, 300]
    expect(retainedCheckpoints(steps, { keep: null, thin: 0 })).toEqual(steps)
    expect(retainedCheckpoints(steps, { keep: 2, thin: 0 })).toEqual([200, 300])
    expect(retainedCheckpoints(steps, { keep: 2, thin: 1 })).toEqual([1, 10, 100, 200, 300])
  })

  it('is the same for one cleaning at the end and one after each checkpoint, and is foretold', () => {
    fc.assert(
      fc.property(settings, fc.integer({ min: 1, max: 400 }), (given, steps) => {
        const config = configOf(steps, given)
        const all = stepsOf(config)
        let there: number[] = []
        let most = 0
        for (const step of all) {
          there.push(step)
          most = Math.max(most, there.length)
          there = retainedCheckpoints(there, config.checkpoints)
        }
        expect(there).toEqual(retainedCheckpoints(all, config.checkpoints))
        const { written, kept } = plannedCheckpoints(config)
        expect(written).toBe(all.length)
        expect(kept).toBeGreaterThanOrEqual(most)
        expect(kept).toBeLessThanOrEqual(all.length)
        // Above the truth by no more than what is new and what a part shares with the newest.
        if (config.checkpoints.keep === null) expect(kept).toBe(most)
      })
    )
  })
})

describe('the forecast of disk space', () => {
  it('counts weights, both moments, the filter of the gradients and the ring', () => {
    const plain = configOf(100, { every: 10 })
    expect(forecastCheckpoints(plain, 1000)).toMatchObject({ kept: 10, bytesEach: 12_000 + 16_384 })
    const filtered = RunConfig.parse({
      budget: { steps: 100 },
      checkpoints: { every: 10, keep: 2, ring: 5 },
      optimizer: { grokfast: { filter: 'ma', window: 7 } }
    })
    const { bytesEach, bytes } = forecastCheckpoints(filtered, 1000)
    expect(bytesEach).toBe(4 * 1000 * 10 + 16_384)
    expect(bytes).toBe((2 + 1 + 5) * bytesEach)
  })

  it('takes no time for the longest run with a checkpoint at every step', () => {
    const config = configOf(100_000_000, { every: 1, keep: 10, thin: 100, perDecade: 100 })
    expect(plannedCheckpoints(config).written).toBe(100_000_000)
  })
})
