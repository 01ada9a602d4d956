import { describe, expect, it } from 'vitest'
import { areSeeds, seedlessKey, seedsOf } from '@shared/compare/seeds'
import { runRow } from '../../support/run-rows'

describe('seeds of a config', () => {
  const run = runRow('a', { seed: 1 })

  it('are the runs that differ in their seed alone, or in what they keep', () => {
    const others = [
      runRow('b', { seed: 2 }),
      runRow('c', { seed: 3, checkpoints: { every: 7 }, evaluation: { tensorboard: true } }),
      runRow('d', { seed: 4, optimizer: { lr: 1 } }),
      runRow('e', { seed: 5, evaluation: { every: 7 } }),
      runRow('f', { seed: 6 }, { trashed: true }),
      runRow('g', { seed: 7 }, { step: 0 })
    ]
    expect(seedsOf(run, [run, ...others]).map(({ id }) => id)).toEqual(['a', 'b', 'c'])
    expect(areSeeds([run, others[0]!, others[1]!])).toBe(true)
    expect(areSeeds([run, others[2]!])).toBe(false)
  })

  it('count a seed once: the run itself, else the one that got furthest, else the newest', () => {
    const again = runRow('z', { seed: 1 }, { step: 999_999 })
    const short = runRow('b', { seed: 2 }, { step: 10, createdAt: 9 })
    const old = runRow('c', { seed: 2 }, { createdAt: 1 })
    const late = runRow('d', { seed: 2 }, { createdAt: 2 })
    expect(seedsOf(run, [again, late, short, old]).map(({ id }) => id)).toEqual(['a', 'd'])
    expect(seedsOf(run, [short, old, late]).map(({ id }) => id)).toEqual(['a', 'd'])
  })

  it('go by values, not by how the config was written', () => {
    const { model, dataset, ...rest } = run.config
    expect(seedlessKey({ model, dataset, ...rest, seed: 5 })).toBe(seedlessKey(run.config))
  })
})
