import { describe, expect, test } from 'vitest'
import { createProgressLine, progressText } from '../../../src/main/cli/progress'
import { recordedHost } from '../../support/cli'

const at = (step: number): Parameters<typeof progressText>[0] => ({
  step,
  steps: 2500,
  stepsPerSecond: 18.23,
  etaMs: [110_000, 120_000]
})

describe('the text of a line', () => {
  test('holds bar, step, values, remaining time and rate', () => {
    expect(progressText(at(1000), 'loss 0.512', 120)).toBe(
      '▕█████████▌              ▏  40% 1000/2500  loss 0.512  1 min 50 s to 2 min left  18.2 steps/s'
    )
  })

  test('drops what does not fit, never the step', () => {
    for (let columns = 20; columns < 140; columns++) {
      const text = progressText(at(1000), 'loss 0.512 train 0.991', columns)
      expect([...text].length).toBeLessThanOrEqual(columns)
      if (columns >= 24) expect(text).toContain('1000/2500')
    }
  })

  test('says nothing of a rate or time that is unknown', () => {
    const text = progressText({ step: 0, steps: 10, stepsPerSecond: null, etaMs: null }, '', 120)
    expect(text).toBe(`▕${' '.repeat(24)}▏   0% 0/10`)
  })
})

describe('on a terminal', () => {
  test('the line is rewritten at most ten times a second, and stays at the end', () => {
    let now = 0
    const host = recordedHost('/', { isTerminal: true, columns: () => 100, now: () => now })
    const line = createProgressLine(host)
    for (now = 0; now < 1000; now += 10) line.progress(at(now))
    const lines = host.stderr().split('\r')
    expect(lines.length - 1).toBe(10)
    line.metrics(1000, { 'accuracy/test_inferred_ood': 0.5 })
    line.end()
    expect(host.stderr().split('\r').at(-1)).toMatch(/OOD 0\.500.*\n$/s)
  })

  test('the values are those of the data that the run has, whatever their kind', () => {
    const host = recordedHost('/', { isTerminal: true, columns: () => 120, now: () => 1e6 })
    const line = createProgressLine(host)
    line.progress({ ...at(5), etaMs: null, stepsPerSecond: null })
    line.metrics(5, { 'accuracy/train': 1, 'accuracy/test': 0.25, 'loss/test': 9 })
    line.end()
    expect(host.stderr()).toMatch(/5\/2500 {2}train 1\.000 test 0\.250\n$/)
  })

  test('a note clears the line first', () => {
    const host = recordedHost('/', { isTerminal: true, now: () => 1e6 })
    const line = createProgressLine(host)
    line.progress(at(5))
    line.note('A note.')
    expect(host.stderr().endsWith('\r\u001b[KA note.\n')).toBe(true)
  })
})

describe('elsewhere', () => {
  test('evaluations are told every ten seconds, batch losses never, without control characters', () => {
    let now = 0
    const host = recordedHost('/', { now: () => now })
    const line = createProgressLine(host)
    line.progress(at(0))
    for (now = 0; now < 30_000; now += 1000) {
      line.metrics(now / 1000, { batchLoss: 2 })
      line.metrics(now / 1000, { 'accuracy/train_inferred': 0.25 })
    }
    line.end()
    const lines = host.stderr().trimEnd().split('\n')
    expect(lines.map((text) => /^step (\d+)\/2500/.exec(text)?.[1])).toEqual(['0', '10', '20'])
    expect(lines[1]).toBe('step 10/2500  loss 2.000 train 0.250  1 min 50 s to 2 min left')
  })
})
