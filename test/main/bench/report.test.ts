import { describe, expect, it } from 'vitest'
import { disagreement, tolerances } from '../../../src/main/bench/agreement'
import type { Measured } from '../../../src/main/bench/measure'
import type { Report } from '../../../src/main/bench/report'
import { noiseNote, rowsOf, table } from '../../../src/main/bench/report'

function measured(contender: Measured['contender'], workload: string, median: number): Measured {
  const msPerStep = { median, min: median - 1, max: median + 2 }
  return {
    contender,
    workload,
    msPerStep,
    cpuMsPerStep: 2 * median,
    blocks: 3,
    steps: 5,
    others: 0,
    peakBytes: 1e9
  }
}

describe('rows', () => {
  it('have ratios to PyTorch on the same workload', () => {
    const rows = rowsOf([
      measured('grokscope-native', 'small', 30),
      measured('torch-compile', 'small', 40),
      measured('torch-eager', 'small', 60),
      measured('grokscope-native', 'large', 90),
      measured('torch-compile', 'large', 60)
    ])
    expect(rows.map((r) => [r.workload, r.ratioToTorchCompile, r.ratioToTorchEager])).toEqual([
      ['small', 0.75, 0.5],
      ['small', 1, 0.6667],
      ['small', 1.5, 1],
      ['large', 1.5, null],
      ['large', 1, null]
    ])
    expect(rows[0]).toMatchObject({ msPerStep: 30, spread: { min: 29, max: 32 } })
  })

  it('have no ratio to a contender that did not run', () => {
    const [row] = rowsOf([measured('grokscope-native', 'small', 30)])
    expect(row).toMatchObject({ ratioToTorchCompile: null, ratioToTorchEager: null })
  })
})

describe('the note on noise', () => {
  const rows = (others: number) => rowsOf([{ ...measured('torch-eager', 'small', 30), others }])
  const on = (threads: number) => ({ threads }) as Report['machine']

  it('is silent on a quiet machine', () => {
    expect(noiseNote({ machine: on(2), rows: rows(0.02) })).toEqual([])
  })

  it('warns of ratios where threads wait for each other', () => {
    const [many] = noiseNote({ machine: on(2), rows: rows(0.5) })
    expect(many).toMatch(/50 %.*can't be trusted/)
    const [one] = noiseNote({ machine: on(1), rows: rows(0.5) })
    expect(one).toMatch(/processor times/)
  })
})

it('columns are as wide as their widest cell', () => {
  expect(
    table([
      ['', 'ms'],
      ['long name', '1.0'],
      ['b', '100.0']
    ])
  ).toBe('              ms\nlong name    1.0\nb          100.0')
})

describe('agreement of contenders', () => {
  const expected = [
    { loss: 7, gradNorm: 2 },
    { loss: 6, gradNorm: 1 }
  ]
  const off = (step: number, key: 'loss' | 'gradNorm', by: number) =>
    expected.map((check, i) => (i === step ? { ...check, [key]: check[key] * (1 + by) } : check))

  it('allows for rounding, more of it after AdamW has been at work', () => {
    expect(disagreement(expected, expected)).toBeUndefined()
    expect(disagreement(expected, off(0, 'loss', 0.9 * tolerances.first))).toBeUndefined()
    expect(disagreement(expected, off(1, 'gradNorm', 0.9 * tolerances.later))).toBeUndefined()
  })

  it.each([
    [0, 'loss', 1.1 * tolerances.first],
    [0, 'gradNorm', -1.1 * tolerances.first],
    [1, 'loss', -1.1 * tolerances.later],
    [1, 'gradNorm', 1.1 * tolerances.later],
    [1, 'loss', NaN]
  ] as const)('finds step %i %s off by %f', (step, key, by) => {
    expect(disagreement(expected, off(step, key, by))).toMatch(`${key} of step ${step}`)
  })

  it('wants all steps', () => {
    expect(disagreement(expected, expected.slice(1))).toMatch('1 steps instead of 2')
  })
})
