import { describe, expect, it } from 'vitest'
import { othersShare } from '../../../src/main/bench/processor'
import { interleave, quietest, stepsPerBlock } from '../../../src/main/bench/rounds'
import type { Block, Timed } from '../../../src/main/bench/rounds'

describe('interleaving', () => {
  /** Contenders of a fixed speed, whose first step takes longer; what they were asked is noted. */
  function fakes(speeds: Record<string, number>, others: (asked: number) => number = () => 0) {
    const asked: [name: string, steps: number][] = []
    const contenders = new Map<string, Timed>(
      Object.entries(speeds).map(([name, msPerStep]) => {
        let warm = false
        const block = async (steps: number): Promise<Block> => {
          asked.push([name, steps])
          const ms = steps * msPerStep * (warm ? 1 : 100)
          warm = true
          return { ms, cpuMs: 2 * ms, others: others(asked.length) }
        }
        return [name, { block }]
      })
    )
    return { asked, contenders }
  }
  const pace = { rounds: 3, blockMs: 1000, restMs: 0, limitMs: 100 }
  /** Each look at it is 10 ms later. */
  const clock = (): { now(): number; sleep(ms: number): Promise<void> } => {
    let time = 0
    return { now: () => (time += 10), sleep: async () => undefined }
  }

  it('asks everybody once a round, each round beginning with another, after all are warm', async () => {
    const { asked, contenders } = fakes({ a: 10, b: 50, c: 400 })
    await interleave(contenders, pace, clock())
    const warming = asked.slice(0, 6).map(([name]) => name)
    expect(warming).toEqual(['a', 'a', 'b', 'b', 'c', 'c'])
    const rounds = asked.slice(6).map(([name]) => name)
    expect(rounds.join('')).toBe('abc' + 'bca' + 'cab')
  })

  it('gives each the steps that fill a block and never counts a warm-up', async () => {
    const { contenders } = fakes({ a: 10, b: 400, c: 5000 })
    const results = await interleave(contenders, pace, clock())
    expect(Object.fromEntries(results)).toEqual({
      a: { steps: 100, msPerStep: [10, 10, 10], cpuMsPerStep: [20, 20, 20], others: 0 },
      b: { steps: 3, msPerStep: [400, 400, 400], cpuMsPerStep: [800, 800, 800], others: 0 },
      c: { steps: 1, msPerStep: [5000, 5000, 5000], cpuMsPerStep: [10000, 10000, 10000], others: 0 }
    })
  })

  it('rests before each block that counts', async () => {
    const rests: number[] = []
    const { contenders } = fakes({ a: 10, b: 20 })
    const sleep = async (ms: number): Promise<void> => void rests.push(ms)
    await interleave(contenders, { ...pace, restMs: 7 }, { ...clock(), sleep })
    expect(rests).toEqual(Array.from({ length: 6 }, () => 7))
  })

  it('goes on for quiet blocks, and says how quiet the machine was', async () => {
    // Two warm-ups, then two noisy blocks before it is quiet.
    const { asked, contenders } = fakes({ a: 10 }, (n) => (n <= 4 ? 0.5 : 0.01))
    const results = await interleave(contenders, pace, clock())
    expect(asked).toHaveLength(2 + 2 + 3)
    expect(results.get('a')).toMatchObject({ msPerStep: [10, 10, 10], others: 0.01 })
  })

  it('does not wait for ever for a quiet machine', async () => {
    const { asked, contenders } = fakes({ a: 10 }, () => 0.5)
    const results = await interleave(contenders, pace, clock())
    expect(asked.length).toBeLessThan(20)
    expect(results.get('a')).toMatchObject({ msPerStep: [10, 10, 10], others: 0.5 })
  })

  it('holds three rounds where time is up before the rounds are', async () => {
    const { contenders } = fakes({ a: 10 })
    const results = await interleave(contenders, { ...pace, rounds: 9, limitMs: 0 }, clock())
    expect(results.get('a')!.msPerStep).toEqual([10, 10, 10])
  })

  it('a block has at least one step, and a clock that stood still is no division by zero', () => {
    expect(stepsPerBlock(3000, 1000)).toBe(1)
    expect(stepsPerBlock(30, 1000)).toBe(33)
    expect(Number.isFinite(stepsPerBlock(0, 1000))).toBe(true)
  })
})

it('blocks are chosen by what others took, not by their speed, and stay in order', () => {
  const blocks = [
    { ms: 1, cpuMs: 1, others: 0.3 },
    { ms: 9, cpuMs: 9, others: 0.01 },
    { ms: 2, cpuMs: 2, others: 0.1 },
    { ms: 8, cpuMs: 8, others: 0.03 },
    { ms: 3, cpuMs: 3, others: 0 }
  ]
  expect(quietest(blocks, 2).map(({ ms }) => ms)).toEqual([9, 8])
  expect(quietest(blocks, 4).map(({ ms }) => ms)).toEqual([9, 2, 8, 3])
})

it('the share of others is what was used and not by the contender', () => {
  // Four cores for a second; busy for 3 s in all, 2 s of it the contender's.
  expect(othersShare(3000, 2000, 1000, 4)).toBe(0.25)
  // Clocks tick coarsely: never below nothing.
  expect(othersShare(1990, 2000, 1000, 4)).toBe(0)
})
