import { describe, expect, it } from 'vitest'
import { readArguments } from '../../../src/main/bench/arguments'
import { contenders } from '../../../src/main/bench/contenders'

describe('arguments of the benchmark', () => {
  it('has defaults: every contender, all cores', () => {
    expect(readArguments([], 6)).toEqual({
      json: false,
      quick: false,
      gpu: false,
      profile: false,
      help: false,
      threads: 6,
      rounds: 9,
      only: contenders.map(({ name }) => name)
    })
    expect(readArguments(['--quick'], 6)).toMatchObject({ quick: true, rounds: 5 })
  })

  it('reads options', () => {
    const words = [
      '--json',
      '--gpu',
      '--profile',
      '--threads',
      '2',
      '--rounds=3',
      '--only',
      'torch-eager'
    ]
    expect(readArguments(words, 6)).toMatchObject({
      json: true,
      gpu: true,
      profile: true,
      threads: 2,
      rounds: 3,
      only: ['torch-eager']
    })
  })

  it.each([
    [['--threads', '0'], '--threads 0'],
    [['--threads', '1.5'], '--threads 1.5'],
    [['--rounds', 'many'], '--rounds many'],
    [['--only', 'grokscope-native,jax'], '"jax"'],
    [['--fast'], '--fast'],
    [['more'], 'more']
  ])('refuses %j, naming the value', (words, named) => {
    expect(() => readArguments(words, 6)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining(named) })
    )
  })
})
