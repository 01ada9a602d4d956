import { describe, expect, it } from 'vitest'
import { listFields } from '@shared/config-fields'
import {
  formatAccuracy,
  formatAbout,
  formatBytes,
  formatSpan,
  formatFlops,
  formatDuration,
  formatEta,
  formatLimits,
  formatMetric,
  formatSetting,
  formatWhen,
  plural
} from '../../src/renderer/src/format'

describe('numbers', () => {
  it('keep sensible digits', () => {
    expect(formatMetric(0.98734)).toBe('0.9873')
    expect(formatMetric(12.345)).toBe('12.35')
    expect(formatMetric(1234.5)).toBe('1,235')
    expect(formatMetric(0.000032)).toBe('3.20e-5')
    expect(formatMetric(0)).toBe('0')
  })

  it('tell a value that was not finite from one that is not there', () => {
    expect(formatMetric(null)).toBe('not finite')
    expect(formatMetric(undefined)).toBe('')
    expect(formatAccuracy(undefined)).toBe('')
    expect(formatAccuracy(1)).toBe('1.0000')
  })

  it('carry their unit', () => {
    expect(formatBytes(3.2 * 2 ** 30)).toBe('3.2 GB')
    expect(formatSpan([29_000, 86_000])).toBe('25 to 90 s')
    expect(formatSpan([60_000, 60_000])).toBe('about 60 s')
    expect([1000, 354_000, 5_000_000, 100_000_000].map(formatAbout)).toEqual([
      ...['5 s', '6 min', '83 min', '28 h']
    ])
    expect(formatFlops(6.1443e9)).toBe('6.14 GFLOP')
    expect(formatFlops(1.05e12)).toBe('1.05 TFLOP')
    expect(formatBytes(512)).toBe('0.5 KB')
    expect(plural(1, 'run')).toBe('1 run')
    expect(plural(2000, 'run')).toBe('2,000 runs')
    expect(plural(2, 'entry', 'entries')).toBe('2 entries')
  })
})

describe('times', () => {
  it('are as long as they need to be', () => {
    expect(formatDuration(45_000)).toBe('45 s')
    expect(formatDuration(72_000)).toBe('1 min 12 s')
    expect(formatDuration(14 * 60_000)).toBe('14 min')
    expect(formatDuration(200 * 60_000)).toBe('3 h 20 min')
    expect(formatDuration(52 * 3_600_000)).toBe('2 d 4 h')
  })

  it('give what remains as a range that holds the forecast', () => {
    expect(formatEta([101_000, 179_000], 139_000)).toBe('about 2 min left (1 to 3)')
    expect(formatEta([120_000, 120_000], 120_000)).toBe('about 2 min left')
    expect(formatEta([125_000, 170_000])).toBe('2 to 3 min left')
    expect(formatEta([31_000, 33_000])).toBe('30 to 35 s left')
    expect(formatEta([120_000, 120_000])).toBe('about 2 min left')
    expect(formatEta([3 * 3_600_000, 3.3 * 3_600_000])).toBe('3 to 3.3 h left')
  })

  it('name the day only when it is another one', () => {
    const now = new Date(2026, 1, 3, 18, 0).getTime()
    expect(formatWhen(new Date(2026, 1, 3, 14, 5).getTime(), now)).toBe('14:05')
    expect(formatWhen(new Date(2026, 0, 31, 9, 30).getTime(), now)).toBe('31 Jan 09:30')
    expect(formatWhen(new Date(2025, 11, 31, 9, 30).getTime(), now)).toBe('31 Dec 2025 09:30')
  })
})

it('writes settings as a reader expects them', () => {
  expect([null, '', true, false, 1000, 300000, 'matrices', 0.1].map(formatSetting)).toEqual([
    'empty',
    'empty',
    'yes',
    'no',
    '1000',
    '300,000',
    'matrices',
    '0.1'
  ])
})

it('gives every number field its range in a few words', () => {
  const limits = Object.fromEntries(listFields().map((f) => [f.path, formatLimits(f)]))
  expect(limits['dataset.entities']).toBe('4 to 20,000.')
  expect(limits['dataset.idShare']).toBe('Above 0, below 1.')
  expect(limits['optimizer.beta1']).toBe('From 0, below 1.')
  expect(limits['optimizer.clipNorm']).toBe('Above 0, up to 1,000,000, or empty.')
  expect(limits['optimizer.decay']).toBe('')
  expect(limits['budget.steps']).toBe('1 to 1e8.')
  expect(limits['seed']).toBe('0 to 4,294,967,295.')
})
