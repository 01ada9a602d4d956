import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { UserError } from '@shared/errors'
import { milestonesOf } from '@shared/milestones'
import { readReplicateArguments } from '../../../src/main/replicate/arguments'
import { planOf } from '../../../src/main/replicate/plan'
import { reportText, resultOf } from '../../../src/main/replicate/report'
import { readPresets } from '../../../src/main/server/presets'
import { runRow } from '../../support/run-rows'

const presets = readPresets(
  fileURLToPath(new URL('../../../resources/presets', import.meta.url)),
  (line) => expect.fail(line)
)
const modular = { dataset: { kind: 'modular' } } as const

/** A finished run that evaluates every 10 steps up to 100 and rises at these; null: never. */
function risen(train: number | null, test: number | null, over = {}) {
  const steps = Array.from({ length: 11 }, (_, i) => 10 * i)
  const points = (at: number | null): [number, number][] =>
    steps.map((step) => [step, at !== null && step >= at ? 1 : 0.1])
  const milestones = milestonesOf([
    { split: 'train', role: 'train', points: points(train) },
    { split: 'test', role: 'test', points: points(test) }
  ])
  return runRow('a', modular, { step: 100, milestones, endedAt: 90_000, ...over })
}
const coffee = { preset: 'modular-coffee', seed: 0, expected: 'groks' } as const
const control = { preset: 'modular-control', seed: 0, expected: 'stays' } as const

describe('the plan', () => {
  it('has every modular preset with each seed, the control said to stay, and the comparisons unless quick', () => {
    const quick = planOf(presets, { quick: true, seeds: [0, 5] })
    expect(
      quick.filter(({ expected }) => expected === 'stays').map(({ preset }) => preset)
    ).toEqual(['modular-control', 'modular-control'])
    expect(
      quick.filter(({ preset }) => preset === 'modular-coffee').map(({ seed }) => seed)
    ).toEqual([0, 5])
    expect(quick.every(({ preset }) => preset.startsWith('modular-'))).toBe(true)
    const whole = planOf(presets, { quick: false, seeds: [0] })
    expect(whole.slice(0, quick.length / 2).map(({ preset }) => preset)).toEqual(
      quick.filter(({ seed }) => seed === 0).map(({ preset }) => preset)
    )
    expect(whole.map(({ preset }) => preset)).toContain('comparison-mini')
    expect(whole.map(({ preset }) => preset)).not.toContain('comparison-base')
  })
})

describe('presets by name', () => {
  const some = (only: string[]) => planOf(presets, { quick: true, seeds: [1], only })
  it('are trained alone; a name that is none is refused with the nearest', () => {
    expect(some(['modular-control']).map(({ preset }) => preset)).toEqual(['modular-control'])
    expect(() => some(['modular-cofee'])).toThrow(/"modular-cofee" is none/)
    expect(() => some(['comparison-mini'])).toThrow(UserError)
  })
})

describe('a result', () => {
  it.each([
    ['a jump after memorising', risen(20, 60), coffee, true, /^grokked, as/],
    ['a jump at once', risen(20, 20), coffee, false, /^generalised without delay, against/],
    ['no jump', risen(20, null), coffee, false, /^did not reach \.95 on test by step 100, against/],
    ['no jump, as said', risen(20, null), control, true, /^did not reach .*, as it is said to$/],
    ['a jump of the control', risen(20, 60), control, false, /^grokked, against/],
    ['no memory', risen(null, null), control, false, /^did not memorise/],
    [
      'a failure',
      risen(20, 60, { state: 'failed', error: 'The loss of step 3 is no number.' }),
      coffee,
      false,
      /^failed: The loss of step 3/
    ]
  ])(
    'of %s is judged by what is said of the preset',
    (_title, run, planned, asExpected, verdict) => {
      const result = resultOf(run, planned)
      expect(result.asExpected).toBe(asExpected)
      expect(result.verdict).toMatch(verdict)
    }
  )

  it('is a line of the table, with brackets and minutes; what is not as said is named below', () => {
    const results = [resultOf(risen(20, 60), coffee), resultOf(risen(20, 60), control)]
    const text = reportText({
      ...{ date: '2026-11-24T12:00:00Z', engine: null, library: '/lib', results },
      machine: { processor: 'P', cores: 2, memoryBytes: 1 }
    })
    expect(text).toMatch(
      /modular-coffee +0 +20 \(after 10\) +test +60 \(after 50\) +40 \(30 to 50\) +1\.000 +1\.5 +yes/
    )
    expect(text).toMatch(
      /modular-control, seed 0: grokked, against what is said of it\n1 of 2 runs/
    )
  })
})

describe('the arguments', () => {
  it('have three seeds, and take others once each', () => {
    expect(readReplicateArguments([]).seeds).toEqual([0, 1, 2])
    expect(readReplicateArguments(['--seeds', '4, 4,2', '--quick'])).toMatchObject({
      ...{ seeds: [4, 2], quick: true, json: false, engine: 'auto' }
    })
  })
  it.each([['--seeds=1,x'], ['--engine=gpu'], ['--fast']])('refuse %s', (word) => {
    expect(() => readReplicateArguments([word])).toThrow(UserError)
  })
})
